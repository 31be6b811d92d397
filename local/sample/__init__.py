"""Realistic input files: same kind, rows and seed, same bytes.

Every file says beforehand what the pipelines must make of it (`SampleSummary`), because faults and
repeated fans are placed, not met by chance.
"""

from local.sample.generate import SampleError, SampleSummary, generate, suggested_key

__all__ = ["SampleError", "SampleSummary", "generate", "suggested_key"]
