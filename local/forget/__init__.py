"""`vf forget`: removes one person from the demand table and the bucket's copies."""
