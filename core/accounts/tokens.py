"""Random secrets that are shown once and stored as hashes, and the scopes of API tokens."""

from __future__ import annotations

import hashlib
import secrets

from core.types import Role

SCOPES = ("event:read", "event:write", "event:admin", "project:releases", "org:read")
SCOPES_OF_ROLE = {
    Role.VIEWER: ("event:read", "org:read"),
    Role.MEMBER: ("event:read", "event:write", "project:releases", "org:read"),
    Role.ADMIN: SCOPES,
}


def new_token() -> str:
    """Return 32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def new_hook_key() -> str:
    """36 random bytes, in hexadecimal.

    A key longer than a block of SHA-256 (64 bytes) counts in an HMAC as its hash: so the hash, which is all that is kept of the key, is enough
    to check what was signed with it.
    """
    return secrets.token_hex(36)


def sha256(token: str) -> str:
    """Return the hash to store. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
