"""What tags and affected users are stored and searched under. A tag whose name is too long gets a name that no other tag has."""

from __future__ import annotations

import hashlib

MAX_TAG_KEY_CHARS = 32
MAX_TAG_VALUE_CHARS = 200
PERSON_PREFIXES = {"id": "id", "email": "email", "username": "username", "ip_address": "ip"}
"""What stands before the name of an affected user, such as ``id:42``, by the field of the event's user; the first field that is set counts."""
_DIGEST_BYTES = 5


def tag_key(name: str, max_chars: int = MAX_TAG_KEY_CHARS) -> str:
    """Return the name if it has at most ``max_chars`` characters, else its beginning and a digest of all of it.

    Cut without the digest, two names with the same beginning would be one tag, whose values are those of both.
    """
    if len(name) <= max_chars:
        return name
    digest = hashlib.blake2s(name.encode(errors="replace"), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{name[: max_chars - len(digest) - 1]}-{digest}"
