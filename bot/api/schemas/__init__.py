"""The schemas of responses and bodies, for ``/openapi.json``."""
