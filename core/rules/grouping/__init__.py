"""What makes two events the same issue: one module for each part of an event, one for each version of the rules."""
