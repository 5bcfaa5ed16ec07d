"""Whether a request really comes from Slack. Pure: secrets, headers, bytes and the time come in, yes or no goes out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

MAX_AGE = 300
"""Seconds a signed request stays valid, into the past and into the future: Slack's own recommendation."""


def is_genuine(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of the secrets signed these bytes within MAX_AGE seconds. Two secrets are in use while one is being replaced."""
    stamp = headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "").encode("latin-1", "replace")
    if not _is_fresh(stamp, now):
        return False
    # Every secret is tried and each comparison takes the same time, so that the answer's delay tells nothing.
    return any([hmac.compare_digest(sign(secret, stamp, body), given) for secret in secrets])  # noqa: C419


def sign(secret: str, stamp: str, body: bytes) -> bytes:
    """The value of ``X-Slack-Signature`` for a body sent at ``stamp``, in epoch seconds."""
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return b"v0=" + digest.hexdigest().encode()


def _is_fresh(stamp: str, now: datetime) -> bool:
    # int() would also read spaces, signs, underscores and the digits of other scripts.
    if not (0 < len(stamp) <= 12 and stamp.isascii() and stamp.isdigit()):
        return False
    # Slack's stamp is whole seconds, so ours is cut the same way: one that is exactly 300 s old passes.
    return abs(int(now.timestamp()) - int(stamp)) <= MAX_AGE
