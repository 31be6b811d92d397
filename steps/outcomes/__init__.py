"""What a run comes to, for whoever asks: its refusal, its end, its summary and its report."""
