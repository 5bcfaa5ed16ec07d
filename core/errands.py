"""Errands: what there is to send to a channel, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["alert", "redraw", "numbers", "line", "storm", "digest", "direct"]
"""A new copy of an issue, a copy that is behind, one whose counts are old; a line in a thread or in the channel; what a storm brought; the
summary of a day; a line for one person alone."""


@dataclass(frozen=True)
class Claim:
    """A channel with work to do, taken by one sender until the lease ends. ``fence`` tells an old claim from the newest one.

    ``is_direct`` says that ``channel`` is a person's own id. ``name`` is what people call the channel, where that is known. ``is_probe`` says
    that its platform is away, and that one thing shall be tried there, due or not. ``claimed_at`` is when it was taken, ``waited_for`` what it
    had waited for until then.
    """

    channel_id: int
    organisation_id: int
    platform: str
    tenant: str | None
    channel: str
    service_url: str | None
    fence: int
    is_direct: bool = False
    name: str | None = None
    is_probe: bool = False
    claimed_at: datetime | None = None
    waited_for: str | None = None


@dataclass(frozen=True)
class Wait:
    """Why nothing is sent to a channel until then: it wants to be repaired, our credentials are not taken, the platform gives no answer, it asked
    for patience, our own rate limits want a turn to be waited for, or something failed and is tried again. ``because`` says it in the platform's
    words.
    """

    until: datetime
    kind: Literal["repair", "account", "outage", "patience", "turn", "retry"] | None = None
    because: str = ""


@dataclass(frozen=True)
class Errand:
    """One thing to send to a channel."""

    kind: Kind
    row: int
    """The number of its row: among the messages, the storms, else the lines."""
    issue_id: int | None
    external_id: str | None
    """The posted thing to redraw; for a line the message in whose thread it stands, none where it is said in the channel itself."""
    key: str
    """``message-12``, ``line-7``, ``storm-3``: stored with what is posted, to find it again."""
    tries: int
    asked_at: datetime | None
    """An earlier try may have reached the platform at that time; its answer is not known."""
    troubled_at: datetime | None = None
    """When it failed first, if it has not worked since."""

    @property
    def is_posted(self) -> bool:
        """Whether carrying it out makes something new in the chat. What is redrawn may be drawn twice."""
        return self.kind in ("alert", "line", "digest", "direct") or self.external_id is None
