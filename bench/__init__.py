"""How fast, against what, and in how much memory: `python -m bench`."""
