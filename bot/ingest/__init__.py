"""Where events and alerts come in."""
