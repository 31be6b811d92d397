"""What could not be delivered, wherever it is kept: to be looked at, and to be replayed."""
