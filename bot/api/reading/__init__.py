"""Read requests of the API: selections, pages, and rows as JSON."""
