"""Heartbeats of processes, and refused requests."""
