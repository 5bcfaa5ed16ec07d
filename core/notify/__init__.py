"""Decide who gets which notification in which channel, and keep the outbox."""
