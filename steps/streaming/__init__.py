"""What the streaming workers decide, and how they write it. Free of Polars and Great Expectations."""
