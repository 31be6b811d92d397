"""What runs in AWS: the state machines' steps, the streaming workers, and what each of them is made of."""
