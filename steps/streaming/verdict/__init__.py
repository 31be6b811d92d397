"""When a campaign's counts are final, and what its channel is told: verdictReporter's work."""
