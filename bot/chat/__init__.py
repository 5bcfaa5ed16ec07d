"""What can be said and done in any chat."""
