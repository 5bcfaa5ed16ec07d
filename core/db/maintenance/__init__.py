"""Upgrade, copy and check a whole database."""
