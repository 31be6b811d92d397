"""Realistic input files: same kind, rows and seed, same bytes."""
