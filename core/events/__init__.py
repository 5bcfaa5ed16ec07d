"""Process incoming events."""
