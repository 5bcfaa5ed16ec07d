"""Words that open something: made at random, told once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """32 random bytes, in hexadecimal."""
    return secrets.token_hex(32)


def sha256(token: str) -> str:
    """What is kept of it. Tokens are random, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
