"""The state machine's steps, one module a state, and the streaming workers beside them."""
