"""`vf rerun`: a campaign run again, followed to its end."""
