"""The shapes of answers and bodies, for ``/openapi.json``."""
