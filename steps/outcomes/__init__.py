"""What becomes of a run: its refusal, its end, its summary and its report."""
