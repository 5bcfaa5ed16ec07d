"""The JSON in columns, read and written in one place for each: keys that are stored once never change."""
