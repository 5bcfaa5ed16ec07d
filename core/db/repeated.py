"""Two processes did the same thing at the same moment; one of them has to look again."""

from __future__ import annotations


class Repeated(Exception):
    """Somebody else has just stored the same thing: begin again, and it will be found."""
