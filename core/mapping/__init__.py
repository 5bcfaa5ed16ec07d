"""The frames of an event, in original code: finds source maps, decodes them in a process of its own, and keeps them for a while."""
