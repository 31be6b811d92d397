"""Top-ranked fans for the Entry Service: saveEntryScoring's work."""
