"""`vf forget`: one person taken out of the demand table and of the bucket's copies."""
