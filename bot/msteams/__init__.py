"""Microsoft Teams: the Bot Framework's activities in, Adaptive Cards out."""
