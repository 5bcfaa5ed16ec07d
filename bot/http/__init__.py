"""What all doors need to read HTTP requests."""
