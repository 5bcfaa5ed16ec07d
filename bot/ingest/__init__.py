"""Take in events and alerts."""
