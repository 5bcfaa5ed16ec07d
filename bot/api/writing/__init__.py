"""Read and check what requests ask for: bodies and parameters."""
