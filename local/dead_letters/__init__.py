"""What could not be delivered, wherever it is kept: listed and replayed."""
