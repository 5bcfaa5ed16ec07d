"""What a tag is stored and searched under: its name, or where that is too long, a name that no other tag has."""

from __future__ import annotations

import hashlib

MAX_TAG_KEY_CHARS = 32
_DIGEST_BYTES = 5


def tag_key(name: str, max_chars: int = MAX_TAG_KEY_CHARS) -> str:
    """Return the name if it has at most ``max_chars`` characters, else its beginning and a digest of all of it.

    Cut without the digest, two names with the same beginning would be one tag, whose values are those of both.
    """
    if len(name) <= max_chars:
        return name
    digest = hashlib.blake2s(name.encode(errors="replace"), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{name[: max_chars - len(digest) - 1]}-{digest}"
