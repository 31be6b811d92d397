"""One module a state of the machines: its handler, and what it does with a run. No state imports another."""
