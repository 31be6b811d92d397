"""One job of each kind on a stack made for it in AWS: `make smoke STACK=NAME`."""
