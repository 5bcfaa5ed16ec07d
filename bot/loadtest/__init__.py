"""Events for trying Quell out and for measuring it: made as an SDK makes them, and sent over HTTP at a given rate."""
