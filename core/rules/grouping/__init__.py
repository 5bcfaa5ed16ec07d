"""The grouping rules: one module for each part of an event, and one for each older version of the rules."""
