"""Run everything that happens at a given time."""
