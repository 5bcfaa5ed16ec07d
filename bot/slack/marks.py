"""What is written into messages and modals so that it comes back with a press: verb, issue, version. Pure.

People can read and forge all of it, so none of it is ever proof of anything: who may do what is decided when it comes back.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from .shapes import Malformed

PREFIX = "v1:"
"""Of every action id and callback id of ours. A later layout gets the next number, and old messages stay readable."""

MORE = "more"
"""The word in place of a verb where the chosen option is the verb."""

_ACTION = re.compile(r"v1:([a-z][a-z0-9_.-]{0,99})(?::([a-z0-9_.-]{1,100}))?")
_BLOCK = re.compile(r"i([0-9]{1,18})\.v([0-9]{1,18})\..{0,100}")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
_LARGEST = 10**18


def action_id(verb: str, detail: str = "") -> str:
    """``v1:resolve``, or with a detail ``v1:assign:assignee``: what a picker searches, which of several menus it is."""
    return f"{PREFIX}{verb}:{detail}" if detail else f"{PREFIX}{verb}"


def read_action_id(value: str) -> tuple[str, str] | None:
    """The verb and the detail; None where the control is not ours."""
    if not value.startswith(PREFIX):
        return None
    found = _ACTION.fullmatch(value)
    if found is None:
        raise Malformed
    return found[1], found[2] or ""


def read_verb(value: str) -> str:
    """A verb that came as an option's value."""
    if not _WORD.fullmatch(value):
        raise Malformed
    return value


def block_id(issue_id: int, version: int, nonce: str) -> str:
    """``i12.v3.<nonce>``. A new nonce at each redraw, or clients keep what was chosen in the controls before."""
    return f"i{issue_id}.v{version}.{nonce}"


def read_block_id(value: str) -> tuple[int, int] | None:
    """The issue and its version; None where the block is not a card's."""
    found = _BLOCK.fullmatch(value)
    return (int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True)
class Origin:
    """What a modal was opened for: a submission itself names neither the issue nor the channel."""

    issue: int
    version: int
    channel: str = ""
    message: str = ""

    def written(self) -> str:
        """As ``private_metadata``: at most 3,000 characters, Slack's limit; ours are ids and never come near."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, written: object) -> Origin:
        """Reads it back. Raises Malformed."""
        try:
            values = json.loads(written) if isinstance(written, str) else None
        except (ValueError, RecursionError):
            raise Malformed from None
        if not isinstance(values, dict):
            raise Malformed
        return cls(_whole(values.get("issue")), _whole(values.get("version")), _short(values.get("channel")), _short(values.get("message")))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
        raise Malformed
    return value


def _short(value: object) -> str:
    if not isinstance(value, str) or len(value) > 255 or not value.isascii() or not value.isprintable():
        raise Malformed
    return value
