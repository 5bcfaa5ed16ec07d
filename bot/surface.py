"""What can be shown to a person, in neutral words, before any platform says it: text, cards, controls, forms and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


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
    """A verb to press. ``asks`` says that pressing opens a form first."""

    verb: str
    label: str
    asks: bool = False
    style: Style = "plain"


@dataclass(frozen=True)
class Picker:
    """A verb with a choice that is found by typing; ``source`` names what is searched, such as ``assignee``."""

    verb: str
    label: str
    source: str


@dataclass(frozen=True)
class More:
    """The verbs that are wanted less often, behind one control."""

    label: str
    buttons: tuple[Button, ...]


Control = Button | Picker | More


@dataclass(frozen=True)
class Fact:
    """A labelled value, such as *Events: 12*."""

    label: str
    value: Text


@dataclass(frozen=True)
class Card:
    """The alert message: one issue as it is now, with what can be done about it (chat.md §2)."""

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
    """A choice that is found by typing; ``source`` names what is searched. ``options`` are offered before the first letter."""

    name: str
    label: str
    source: str
    options: tuple[Option, ...] = ()


Field = ChoiceField | TextField | MomentField | LookupField


@dataclass(frozen=True)
class Form:
    """What a verb asks before it acts: a Slack modal, a Teams dialog. Without fields it only asks *sure?*."""

    verb: str
    issue_id: int
    version: int
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
    """A private answer to one person. ``is_refusal`` says that nothing was changed."""

    text: Text
    is_refusal: bool = False


@dataclass(frozen=True)
class Listing:
    """Lines under a heading, such as the answer to *list* or *help*."""

    heading: str
    lines: tuple[Text, ...]
    footer: Text = ()


@dataclass(frozen=True)
class Options:
    """What a typeahead offers."""

    options: tuple[Option, ...]


Reply = Card | Form | Notice | Listing | Options
