"""What becomes of a batch of events; ``core.occurrences`` is its door."""
