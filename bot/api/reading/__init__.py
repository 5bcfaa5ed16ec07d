"""What the API answers: selections, pages, and rows as JSON."""
