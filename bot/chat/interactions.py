"""Interactions of people in a chat, independent of the platform: every platform's parse module creates them, ``dispatch`` answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.targets import Targets


@dataclass(frozen=True)
class ChatPerson:
    """A person, as the platform knows them.

    ``tenant`` is the person's Slack workspace or Microsoft tenant, ``subject`` their id in it (Slack's user id, the Entra object id). ``handle`` is
    the id to address them by, if it is different (Teams' ``29:…``).
    """

    platform: str
    tenant: str
    subject: str
    name: str = ""
    handle: str = ""
    time_zone: str | None = None


@dataclass(frozen=True)
class Place:
    """The place of an interaction. ``message`` is the platform id of the pressed message, ``service_url`` the destination of replies in Teams."""

    channel: str
    message: str | None = None
    thread: str | None = None
    service_url: str | None = None


@dataclass(frozen=True)
class Press:
    """A pressed control of a card or a notice (one issue), or of a list (the ticked issues).

    ``choice`` is the picked choice, if the control offers choices. A list's ``targets.page`` is the page that it showed or, for the verb ``page``,
    the page to show.
    """

    verb: str
    targets: Targets
    choice: str | None = None


@dataclass(frozen=True)
class FormSubmitted:
    """A submitted form. Values are text: a choice's value, a date-time as ISO 8601 with offset or epoch seconds."""

    verb: str
    targets: Targets
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TypedCommand:
    """A typed command, without the bot's own name. People named in it appear as ``@<subject>`` (see ``commands``)."""

    text: str
    people: Mapping[str, ChatPerson] = field(default_factory=dict)
    is_overheard: bool = field(default=False, compare=False)
    """Whether other people could read it: it was typed in a channel, a thread or a group. Does not count when commands are compared."""


@dataclass(frozen=True)
class Lookup:
    """Letters typed into a picker. ``issue_id`` is None in a form about several issues."""

    source: str
    issue_id: int | None
    text: str


@dataclass(frozen=True)
class HomeOpened:
    """A person opened their own page with the bot: Slack's App Home."""


@dataclass(frozen=True)
class LinksShared:
    """A message with links of ours; they may unfold into live copies."""

    urls: tuple[str, ...]


@dataclass(frozen=True)
class ThreadReply:
    """A reply in the thread of a copy; ``Place.thread`` names the copy. It may become a comment."""

    text: str


InteractionPayload = Press | FormSubmitted | TypedCommand | Lookup | HomeOpened | LinksShared | ThreadReply


@dataclass(frozen=True)
class Interaction:
    """What a person did, who and where. ``request_id`` is the platform's own id of the interaction: a repetition changes nothing."""

    person: ChatPerson
    place: Place
    payload: InteractionPayload
    request_id: str


@dataclass(frozen=True)
class ChannelChanged:
    """News of a channel from the platform. ``name`` is its current name. ``is_open`` is true if the bot was added to it, or if it was unarchived or
    restored; then ``channel`` may be empty, if the platform names only the team.
    """

    platform: str
    channel: str
    name: str = ""
    is_open: bool = False
