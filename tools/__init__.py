"""What a developer makes of the code for docs/: the sample report and the pictures."""
