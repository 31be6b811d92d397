"""Exact counts per campaign, from the changes of the demand table: processSavedScores' work."""
