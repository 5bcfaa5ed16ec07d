"""What requests ask for: bodies and parameters, read and checked."""
