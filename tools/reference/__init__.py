"""The pages of docs/ that are made of the code: `make reference` writes them; a test tells stale ones."""
