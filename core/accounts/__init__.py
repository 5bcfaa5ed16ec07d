"""Who there is, and how they prove it."""
