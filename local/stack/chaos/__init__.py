"""`vf demo --chaos` and the tests of faults: everything delivered twice, or calls that fail."""
