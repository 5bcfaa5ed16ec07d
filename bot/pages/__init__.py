"""The issue page: what a card's title leads to."""
