"""Random secrets that are shown once and stored as hashes."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """Return 32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def sha256(token: str) -> str:
    """Return the hash to store. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
