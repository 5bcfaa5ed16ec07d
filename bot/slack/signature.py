"""Whether a request really comes from Slack. Pure: secrets, headers, bytes and the time come in, what is wrong goes out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

MAX_AGE = 300
"""Seconds a signed request stays valid, into the past and into the future: Slack's own recommendation."""


Fault = Literal["no_signature", "wrong_signature", "stale"]
"""Why a request is not taken for Slack's."""


def fault(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Fault | None:
    """None where one of the secrets signed these bytes within MAX_AGE seconds. Two secrets are in use while one is being replaced.

    ``stale`` is only what was signed by one of them, so that it tells of a wrong clock and not of a stranger.
    """
    stamp, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not given or not _is_stamp(stamp):
        return "no_signature"
    # Every secret is tried and each comparison takes the same time, so that the answer's delay tells nothing.
    signed = given.encode("latin-1", "replace")
    if not any([hmac.compare_digest(sign(secret, stamp, body), signed) for secret in secrets]):  # noqa: C419
        return "wrong_signature"
    # Slack's stamp is whole seconds, so ours is cut the same way: one that is exactly 300 s old passes.
    return None if abs(int(now.timestamp()) - int(stamp)) <= MAX_AGE else "stale"


def sign(secret: str, stamp: str, body: bytes) -> bytes:
    """The value of ``X-Slack-Signature`` for a body sent at ``stamp``, in epoch seconds."""
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return b"v0=" + digest.hexdigest().encode()


def _is_stamp(stamp: str) -> bool:
    # int() would also read spaces, signs, underscores and the digits of other scripts.
    return 0 < len(stamp) <= 12 and stamp.isascii() and stamp.isdigit()
