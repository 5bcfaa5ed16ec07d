"""Handle interactions and draw messages, the same for every chat platform."""
