"""Secrets, connections, and what is safe to show."""
