"""How long a run takes and what it costs on AWS, by a model: `python -m bench scaling`, docs/scaling.md."""
