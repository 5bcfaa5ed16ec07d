"""Releases, their commits, and the issues that those fix."""
