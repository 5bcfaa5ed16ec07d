"""Releases, their commits, and what those fix."""
