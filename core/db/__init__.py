"""All SQL: a store for each noun."""
