"""What the `vf` command shows: its commands, the view of a running job, summaries and progress."""
