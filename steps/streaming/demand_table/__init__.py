"""The merge into the demand table: what a write means, how it is put, and the writer that sends it."""
