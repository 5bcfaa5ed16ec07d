"""Figures, not tests: run with ``make bench``. Each one says what it measured; targets stand beside them."""
