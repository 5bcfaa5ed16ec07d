"""Change issues and answer questions about them."""
