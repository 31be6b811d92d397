"""How a partition's records are put on a stream."""
