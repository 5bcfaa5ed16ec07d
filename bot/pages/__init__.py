"""The issue page that the title of a card links to."""
