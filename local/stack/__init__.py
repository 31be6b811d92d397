"""The embedded AWS with the template on it, fakes of the services outside, and faults between them."""
