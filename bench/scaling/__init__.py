"""How long a run takes on AWS, what it costs and what binds: `python -m bench scaling`, docs/scaling.md."""
