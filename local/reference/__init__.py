"""The pages of docs/ that are made of the code: `python -m local.reference` writes them anew."""
