"""What a person did in a chat, in neutral words: every platform's parse module makes these, dispatch answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.targets import Targets


@dataclass(frozen=True)
class ChatPerson:
    """Who did it, as the platform knows them.

    ``tenant`` is the Slack workspace or the Microsoft tenant the person belongs to, ``subject`` their id in it (Slack's user id, the Entra
    object id). ``handle`` is the id to address them by where that differs (Teams' ``29:…``).
    """

    platform: str
    tenant: str
    subject: str
    name: str = ""
    handle: str = ""
    time_zone: str | None = None


@dataclass(frozen=True)
class Place:
    """Where it was done. ``message`` is the platform's id of the pressed message, ``service_url`` where a Teams answer goes."""

    channel: str
    message: str | None = None
    thread: str | None = None
    service_url: str | None = None


@dataclass(frozen=True)
class Press:
    """A control was pressed: of a card or a notice about one issue, or of a list, about what is ticked there.

    ``choice`` is what was picked, where the control offers choices. A list's ``targets.page`` is the page that it showed, or for the verb
    ``page`` is to show.
    """

    verb: str
    targets: Targets
    choice: str | None = None


@dataclass(frozen=True)
class FormSubmitted:
    """A form was filled and sent. Values are text: a choice's value, a date-time as ISO 8601 with offset or epoch seconds."""

    verb: str
    targets: Targets
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TypedCommand:
    """A command was typed, without the bot's own name. People named in it stand as ``@<subject>`` (see ``commands``)."""

    text: str
    people: Mapping[str, ChatPerson] = field(default_factory=dict)
    is_overheard: bool = field(default=False, compare=False)
    """Whether other people could read it: it was typed in a channel, a thread or a group. The same words are the same command anywhere."""


@dataclass(frozen=True)
class Lookup:
    """Somebody types into a picker and wants to see what fits. ``issue_id`` is None in a form about several issues."""

    source: str
    issue_id: int | None
    text: str


@dataclass(frozen=True)
class HomeOpened:
    """Somebody looks at their own page with the bot: Slack's App Home."""


@dataclass(frozen=True)
class LinksShared:
    """Somebody wrote a message with links that are ours; they may unfold into live copies."""

    urls: tuple[str, ...]


@dataclass(frozen=True)
class ThreadReply:
    """Somebody wrote in the thread of a copy; ``Place.thread`` names the copy. It may become a comment."""

    text: str


InteractionPayload = Press | FormSubmitted | TypedCommand | Lookup | HomeOpened | LinksShared | ThreadReply


@dataclass(frozen=True)
class Interaction:
    """A deed, by whom and where. ``request_id`` is the platform's own id of it: the same one again changes nothing."""

    person: ChatPerson
    place: Place
    payload: InteractionPayload
    request_id: str


@dataclass(frozen=True)
class ChannelChanged:
    """The platform says something of a channel itself. ``name`` is what it is called now. ``is_open`` says that the bot was added to it, or that
    it was unarchived or restored; ``channel`` may be empty then, where the platform names only the team that it belongs to.
    """

    platform: str
    channel: str
    name: str = ""
    is_open: bool = False
