"""Who is told what, in which channel."""
