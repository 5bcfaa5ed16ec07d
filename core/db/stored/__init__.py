"""The JSON in columns: one module for each kind reads and writes it. Stored keys never change."""
