"""`vf check`: what the pipeline and the gate make of a file, without any AWS."""
