"""What becomes of events that come in."""
