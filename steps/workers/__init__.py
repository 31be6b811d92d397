"""The streaming workers' handlers, one module a Lambda."""
