"""The `vf` commands, a module each: options in, one call, what is printed, an exit code."""
