"""What can be shown to a person, in neutral words, before any platform says it: text, cards, controls, forms and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from bot.chat.targets import OneIssue, Targets


@dataclass(frozen=True)
class Bold:
    """Text that stands out."""

    text: str


@dataclass(frozen=True)
class Code:
    """Text in a fixed-width face: an id, a command to type."""

    text: str


@dataclass(frozen=True)
class Link:
    """Text that leads somewhere. ``url`` is always made by us, never taken from an event."""

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
"""Plain strings in it are foreign text: each platform escapes them, so they can ping nobody and forge nothing."""


def plain(text: Text) -> str:
    """The text without any dress, times in UTC: for fallbacks, notifications and the command line."""
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
    """A verb to press. ``asks`` says that pressing opens a form first; ``choice`` comes back with the press."""

    verb: str
    label: str
    asks: bool = False
    style: Style = "plain"
    choice: str = ""


REFRESH, SHOW = Button("refresh", "Refresh"), Button("show", "Show")
"""They change nothing: what a copy presses by itself to be true, and what stands below a direct message about an issue."""


@dataclass(frozen=True)
class Picker:
    """A verb with a choice that is found by typing; ``source`` names what is searched, such as ``assignee``."""

    verb: str
    label: str
    source: str


@dataclass(frozen=True)
class Menu:
    """Several verbs behind one control: the ways to resolve, or what is wanted less often."""

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
    """The alert message: one issue as it is now, with what can be done about it."""

    issue_id: int
    version: int
    title: str
    url: str
    short_id: str
    level: str
    """``fatal``, ``error``, ``warning``, ``info`` or ``debug``: a word, so that nothing rests on colour."""
    where: str
    excerpt: str
    state: Text
    facts: tuple[Fact, ...]
    people: Text
    controls: tuple[Control, ...]
    footer: Text
    fallback: str
    """What a notification, a screen reader and the search see."""


@dataclass(frozen=True)
class Option:
    """Something to choose: what is read and what comes back."""

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
    """A line to type, or several."""

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
    """A choice that is found by typing; ``source`` names what is searched, ``chosen`` what was found before."""

    name: str
    label: str
    source: str
    chosen: Option | None = None


Field = ChoiceField | TextField | MomentField | LookupField


@dataclass(frozen=True)
class Form:
    """What a verb asks before it acts: a Slack modal, a Teams dialog. Without fields it only asks *sure?*."""

    verb: str
    targets: Targets
    """The issues that it concerns. Their page comes back with what is filled in, so that the list can be drawn again."""
    title: str
    """At most 24 characters: Slack's limit for a modal's title."""
    intro: Text
    fields: tuple[Field, ...]
    submit: str
    is_dangerous: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each field whose value was wrong."""


@dataclass(frozen=True)
class Notice:
    """A sentence or two: a private answer to one person, a line in a thread, a direct message.

    ``is_refusal`` says that nothing was changed. ``buttons`` concern ``issue``: Undo after a change, Show below a direct message.
    ``is_private`` says that it is for the person who asked alone; see ``is_private`` below, which every refusal is.
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
    """Whether it is for the person who asked alone."""


@dataclass(frozen=True)
class Row:
    """An issue on a board: what can be ticked."""

    issue_id: int
    title: str
    """Short id and title; Slack shows 75 characters."""
    details: str
    """State, counts, assignee; as long."""


@dataclass(frozen=True)
class Board:
    """A page of issues with tick boxes: the answer to *list*, the inbox, what a storm brought.

    Every button of it comes back with the ticked issues. ``Button.choice`` is the page that the board shows (for what is done to the ticked
    ones) or that is to be shown next (verb ``page``): a short text that ``bot.chat.issue_lists`` writes and reads, at most 1,500 characters.
    """

    heading: str
    rows: tuple[Row, ...]
    """At most ten: Slack's limit for a group of tick boxes."""
    buttons: tuple[Button, ...]
    """What can be done to the ticked ones, then the pages."""
    intro: tuple[Text, ...] = ()
    """What came of the last press, a line for each issue."""
    footer: Text = ()
    is_private: bool = False
    """Whether it is for the person who asked alone, as a list of bookmarks is."""


@dataclass(frozen=True)
class Home:
    """A person's own page: what they look after, their snoozes, the inbox."""

    boards: tuple[Board, ...]


@dataclass(frozen=True)
class Unfolded:
    """The issues behind pasted links, by link. What is not ours or not theirs to see is left out."""

    cards: Mapping[str, Card]


@dataclass(frozen=True)
class Options:
    """What a typeahead offers."""

    options: tuple[Option, ...]


@dataclass(frozen=True)
class Nothing:
    """There is nothing to say: a reply in a thread that nobody asked to have as a comment."""


@dataclass(frozen=True)
class Changed:
    """An issue was changed as asked. Where no copy of it is redrawn by the sender, a platform shows its card (``Answering.card``)."""

    issue_id: int


Reply = Card | Changed | Form | Notice | Listing | Board | Home | Unfolded | Options | Nothing
Content = Card | Board | Notice
"""What the sender posts and keeps true, or says once."""


def is_private(reply: Reply) -> bool:
    """Whether a reply is for the person who asked alone.

    Every platform must bring such a reply where nobody else reads: into a message that only this person sees, a dialog, their direct
    messages. Where none of these can be reached the reply is not brought at all, and never to a channel or a thread.
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
    """The same reply, for the person who asked alone. A kind that is never private, such as a card, stays as it is."""
    return replace(reply, is_private=True) if isinstance(reply, Notice | Listing | Board) else reply
