"""The elements of replies, independent of the platform: text, cards, controls, forms and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from bot.chat.targets import OneIssue, Targets


@dataclass(frozen=True)
class Bold:
    """Bold text."""

    text: str


@dataclass(frozen=True)
class Code:
    """Text in a fixed-width font: an id, or a command to type."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link. ``url`` is always ours, never taken from an event."""

    text: str
    url: str


@dataclass(frozen=True)
class Moment:
    """A point in time, shown in the reader's own time zone where the platform can, else in UTC.

    ``style`` is ``time`` (14:02) or ``date_time`` (Nov 23, 14:02).
    """

    at: datetime
    style: Literal["time", "date_time"] = "date_time"


Span = str | Bold | Code | Link | Moment
Text = tuple[Span, ...]
"""Text for people. Plain strings in it are foreign text: each platform escapes them, so that they can neither mention people nor imitate our own
text.
"""


def plain(text: Text) -> str:
    """Return the text without formatting, with times in UTC: for fallbacks, notifications and the command line."""
    return "".join(_plain(span) for span in text)


def _plain(span: Span) -> str:
    match span:
        case str():
            return span
        case Moment(at, "time"):
            return f"{at:%H:%M} UTC"
        case Moment(at):
            return f"{at:%Y-%m-%d %H:%M} UTC"
        case Bold(text) | Code(text) | Link(text):
            return text


Style = Literal["plain", "primary", "danger"]


@dataclass(frozen=True)
class Button:
    """A button for a verb. ``asks`` is true if pressing opens a form first; ``choice`` comes back with the press."""

    verb: str
    label: str
    asks: bool = False
    style: Style = "plain"
    choice: str = ""


REFRESH, SHOW = Button("refresh", "Refresh"), Button("show", "Show")
"""Verbs that change nothing: the refresh that a copy requests itself, and the button below a direct message about an issue."""


@dataclass(frozen=True)
class Picker:
    """A verb with a choice that is found by typing; ``source`` names the searched list, such as ``assignee``."""

    verb: str
    label: str
    source: str


@dataclass(frozen=True)
class Menu:
    """Several verbs behind one control: the ways to resolve, or the rarely used verbs."""

    label: str
    buttons: tuple[Button, ...]


Control = Button | Picker | Menu


@dataclass(frozen=True)
class Fact:
    """A labelled value, such as *Events: 12*."""

    label: str
    value: Text


@dataclass(frozen=True)
class Card:
    """The alert message: one issue in its current state, with its controls."""

    issue_id: int
    version: int
    title: str
    url: str
    short_id: str
    level: str
    """``fatal``, ``error``, ``warning``, ``info`` or ``debug``: a word, so that color is never the only sign."""
    where: str
    excerpt: str
    state: Text
    facts: tuple[Fact, ...]
    people: Text
    controls: tuple[Control, ...]
    footer: Text
    fallback: str
    """The text for notifications, screen readers and search."""


@dataclass(frozen=True)
class Option:
    """A choice: the text to read, and the value that comes back."""

    label: str
    value: str


@dataclass(frozen=True)
class ChoiceField:
    """One of a few options."""

    name: str
    label: str
    options: tuple[Option, ...]
    initial: str = ""


@dataclass(frozen=True)
class TextField:
    """A text input, with one line or several."""

    name: str
    label: str
    hint: str = ""
    initial: str = ""
    is_optional: bool = True
    is_long: bool = False


@dataclass(frozen=True)
class MomentField:
    """A date and time, in the person's own time zone."""

    name: str
    label: str
    hint: str = ""
    initial: datetime | None = None


@dataclass(frozen=True)
class LookupField:
    """A choice that is found by typing; ``source`` names the searched list, ``chosen`` is the earlier choice."""

    name: str
    label: str
    source: str
    chosen: Option | None = None


Field = ChoiceField | TextField | MomentField | LookupField


@dataclass(frozen=True)
class Form:
    """The questions of a verb before it acts: a Slack modal, a Teams dialog. Without fields it only asks for confirmation."""

    verb: str
    targets: Targets
    """The issues of the form. Their page comes back with the submission, so that the list can be drawn again."""
    title: str
    """At most 24 characters: Slack's limit for a modal's title."""
    intro: Text
    fields: tuple[Field, ...]
    submit: str
    is_dangerous: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each field with an invalid value."""


@dataclass(frozen=True)
class Notice:
    """One or two sentences: a private reply to one person, a note in a thread, a direct message.

    ``is_refusal`` says that nothing was changed. ``buttons`` are about ``issue``: Undo after a change, Show below a direct message. ``is_private``
    is true if only the person who asked may see it; every refusal is private, see the function ``is_private``.
    """

    text: Text
    is_refusal: bool = False
    issue: OneIssue | None = None
    buttons: tuple[Button, ...] = ()
    is_private: bool = False


@dataclass(frozen=True)
class Listing:
    """Lines under a heading, such as the answer to *list* or *help*."""

    heading: str
    lines: tuple[Text, ...]
    footer: Text = ()
    is_private: bool = False
    """Whether only the person who asked may see it."""


@dataclass(frozen=True)
class Row:
    """An issue on a board, with a tick box."""

    issue_id: int
    title: str
    """Short id and title; Slack shows 75 characters."""
    details: str
    """State, counts and assignee; also at most 75 characters."""


@dataclass(frozen=True)
class Board:
    """A page of issues with tick boxes: the reply to *list*, the inbox, the issues of a storm.

    Every button comes back with the ticked issues. ``Button.choice`` is the page that the board shows (for actions on the ticked issues) or the
    page to show next (verb ``page``): a short text that ``bot.chat.issue_lists`` writes and reads, at most 1,500 characters.
    """

    heading: str
    rows: tuple[Row, ...]
    """At most ten: Slack's limit for a group of tick boxes."""
    buttons: tuple[Button, ...]
    """The actions on the ticked issues, then the pages."""
    intro: tuple[Text, ...] = ()
    """The result of the last press, one line per issue."""
    footer: Text = ()
    is_private: bool = False
    """Whether only the person who asked may see it, as for a list of bookmarks."""


@dataclass(frozen=True)
class Home:
    """A person's own page: their issues, their snoozes, the inbox."""

    boards: tuple[Board, ...]


@dataclass(frozen=True)
class Unfolded:
    """The issues behind pasted links, by link. Links that are not ours, and issues that the person may not see, are left out."""

    cards: Mapping[str, Card]


@dataclass(frozen=True)
class Options:
    """The choices of a typeahead."""

    options: tuple[Option, ...]


@dataclass(frozen=True)
class Nothing:
    """No reply, as for a thread reply that does not become a comment."""


@dataclass(frozen=True)
class Changed:
    """The issue was changed as requested. If the sender redraws no copy of it, the platform shows its card (``Answering.card``)."""

    issue_id: int


Reply = Card | Changed | Form | Notice | Listing | Board | Home | Unfolded | Options | Nothing
Content = Card | Board | Notice
"""Everything that the sender posts and keeps up to date, or sends once."""


def is_private(reply: Reply) -> bool:
    """Return whether only the person who asked may see a reply.

    Every platform must show such a reply where nobody else reads: in a message that only this person sees, a dialog, or their direct messages. If
    it can reach none of these, it does not send the reply, and never to a channel or a thread.
    """
    match reply:
        case Notice():
            return reply.is_private or reply.is_refusal
        case Listing() | Board():
            return reply.is_private
        case Home() | Options():
            return True
        case Card() | Changed() | Form() | Unfolded() | Nothing():
            return False
    assert_never(reply)


def made_private(reply: Reply) -> Reply:
    """Return the reply as a private one. A kind that is never private, such as a card, stays as it is."""
    return replace(reply, is_private=True) if isinstance(reply, Notice | Listing | Board) else reply
