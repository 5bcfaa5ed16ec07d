"""Encode verb, issue and version in messages and modals, so that they come back with a press. Pure.

People can read and forge all of it, so it proves nothing: permissions are checked when it comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.elements import Form, Notice
from bot.chat.interactions import Place
from bot.chat.targets import OneIssue, SeveralIssues, Targets
from bot.slack.payload import MalformedPayload

PREFIX = "v1:"
"""The prefix of all our action ids and callback ids. A later layout gets the next number, and old messages stay readable."""

MENU = "menu"
"""The word in place of a verb if the chosen option names the verb."""
TICK = "tick"
"""The word in place of a verb for tick boxes: the ticks count when a button beside them is pressed."""
MAX_URL_CHARS = 200
"""The maximum length of a link that unfolds, in characters: ours are short, and the message's id contains it."""

_ACTION = re.compile(r"v1:([a-z][a-z0-9_.-]{0,99})(?::([a-z0-9_.-]{1,100}))?")
_BLOCK = re.compile(r"[in]([0-9]{1,18})\.v([0-9]{1,18})\..{0,100}")
_BOARD = re.compile(r"b([0-9]{1,3}\..{1,100})")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
_UNFURL = re.compile(r"unfurl:([0-9]+\.[0-9]+):(\S+)")
_MAX_NUMBER = 10**18
_MAX_IDS = 100
_MAX_WORD_CHARS, _MAX_URL_CHARS, _MAX_PAGE_CHARS = 255, 1000, 1500  # characters of an id, of a response_url and of a board's page


def action_id(verb: str, detail: str = "") -> str:
    """Return ``v1:resolve`` or, with a detail, ``v1:assign:assignee``: the list that a picker searches, or the number of a similar control."""
    return f"{PREFIX}{verb}:{detail}" if detail else f"{PREFIX}{verb}"


def read_action_id(value: str) -> tuple[str, str] | None:
    """Return the verb and the detail, or None if the control is not ours."""
    if not value.startswith(PREFIX):
        return None
    found = _ACTION.fullmatch(value)
    if found is None:
        raise MalformedPayload
    return found[1], found[2] or ""


def option_value(verb: str, choice: str) -> str:
    """Return ``merge`` or, with a choice, ``priority:high``: the value of an option for a verb."""
    return f"{verb}:{choice}" if choice else verb


def read_option(value: str) -> tuple[str, str | None]:
    """Return the verb and the choice in an option's value."""
    verb, _, choice = value.partition(":")
    if not _WORD.fullmatch(verb):
        raise MalformedPayload
    return verb, choice or None


def block_id(issue: OneIssue, nonce: str) -> str:
    """Return ``i12.v3.<nonce>``, for the controls of a card. The nonce is new at each redraw, because clients keep the choices in a block with the
    same id.
    """
    return f"i{issue.issue_id}.v{issue.version}.{nonce}"


def notice_block_id(issue: OneIssue, nonce: str) -> str:
    """Return ``n12.v3.<nonce>``, for the buttons of a notice, which is not redrawn when the issue changes."""
    return f"n{issue.issue_id}.v{issue.version}.{nonce}"


def read_block_id(value: str) -> OneIssue | None:
    """Return the issue and its version as shown, or None if the block belongs to neither a card nor a notice."""
    found = _BLOCK.fullmatch(value)
    return OneIssue(int(found[1]), int(found[2])) if found else None


def is_notice(value: str) -> bool:
    """Return whether a block id belongs to a notice."""
    return value.startswith("n") and read_block_id(value) is not None


def board_block_id(number: int, nonce: str) -> str:
    """Return ``b0.<nonce>``, for the buttons of a board. ``number`` distinguishes several boards on a page."""
    return f"b{number}.{nonce}"


def ticks_block_id(number: int, nonce: str) -> str:
    """Return ``t0.<nonce>``, for the tick boxes of the same board."""
    return f"t{number}.{nonce}"


def read_board_block_id(value: str) -> str | None:
    """Return the block id of the tick boxes that belong to these buttons, or None if the block is not a board's."""
    found = _BOARD.fullmatch(value)
    return f"t{found[1]}" if found else None


def unfurl_id(ts: str, url: str) -> str:
    """Return ``unfurl:<ts>:<url>``, the id of a copy that a pasted link unfolded into: it has no ``ts`` of its own."""
    return f"unfurl:{ts}:{url}"


def read_unfurl_id(value: str) -> tuple[str, str] | None:
    """Return the message and the link in it, or None for the id of a message of our own."""
    found = _UNFURL.fullmatch(value)
    return (found[1], found[2]) if found else None


@dataclass(frozen=True)
class ModalOrigin:
    """Where a modal was opened: a submission itself contains neither the issues nor the place."""

    targets: Targets
    channel: str = ""
    message: str = ""
    thread: str = ""
    response_url: str = ""
    """The URL to redraw the ephemeral message in which the form was opened; nothing else can redraw it. A secret for 30 minutes."""

    @classmethod
    def at(cls, place: Place, about: Form | Notice, response_url: str = "") -> ModalOrigin:
        """Create the origin from the place of the press and the issues."""
        targets = about.targets if isinstance(about, Form) else about.issue or SeveralIssues()
        return cls(targets, place.channel, place.message or "", place.thread or "", response_url)

    @property
    def place(self) -> Place:
        """Return the place of the press."""
        return Place(self.channel, self.message or None, self.thread or None)

    def written(self) -> str:
        """Return the text for ``private_metadata``: ids and a page, well below Slack's limit of 3,000 characters."""
        # Zeros in place of issue and version mean several issues; processes of an earlier Quell understand them too.
        one = self.targets if isinstance(self.targets, OneIssue) else OneIssue(0, 0)
        several = self.targets if isinstance(self.targets, SeveralIssues) else SeveralIssues()
        values = {
            "issue": one.issue_id,
            "version": one.version,
            "channel": self.channel,
            "message": self.message,
            "thread": self.thread,
            "ids": several.ids,
            "response_url": self.response_url,
            "page": several.page,
        }
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def read(cls, written: object) -> ModalOrigin:
        """Parse the text. Raises MalformedPayload."""
        try:
            values = json.loads(written) if isinstance(written, str) else None
        except (ValueError, RecursionError):
            raise MalformedPayload from None
        if not isinstance(values, dict):
            raise MalformedPayload
        one = OneIssue(_whole(values.get("issue")), _whole(values.get("version")))
        several = SeveralIssues(_wholes(values.get("ids", [])), _page(values.get("page", "")))
        return cls(
            targets=one if one.issue_id else several,
            channel=_bounded(values, "channel"),
            message=_bounded(values, "message"),
            thread=_bounded(values, "thread"),
            response_url=_bounded(values, "response_url", _MAX_URL_CHARS),
        )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MAX_NUMBER:
        raise MalformedPayload
    return value


def _wholes(values: object) -> tuple[int, ...]:
    if not isinstance(values, list) or len(values) > _MAX_IDS:
        raise MalformedPayload
    return tuple(_whole(value) for value in values)


def _page(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_PAGE_CHARS:
        raise MalformedPayload
    return value


def _bounded(values: Mapping[str, Any], key: str, limit: int = _MAX_WORD_CHARS) -> str:
    value = values.get(key, "")
    if not isinstance(value, str) or len(value) > limit or not value.isascii() or not (value == "" or value.isprintable()):
        raise MalformedPayload
    return value
