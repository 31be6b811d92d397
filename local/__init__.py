"""Everything that only a laptop needs: the `vf` command, the embedded AWS, the fake services."""
