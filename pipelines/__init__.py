"""What the contract says about files, rows and records: pure Polars, no AWS."""
