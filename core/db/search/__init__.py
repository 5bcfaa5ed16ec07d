"""Turn searches into SQL."""
