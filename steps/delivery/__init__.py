"""How a partition's records leave for a stream."""
