"""Secrets, connections, and text that is safe to show."""
