"""Thread notes and direct messages: the kinds, and the data that each kind keeps until it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class NoteKind(StrEnum):
    """The kinds of notes, with their names in the database."""

    CHANGE = "change"
    """A change of one issue, in the thread of its message."""
    REPEAT = "repeat"
    """A repeated alert of a watch, in the thread of the issue's message."""
    BULK = "bulk"
    """A change of many issues, in the channel."""
    DIRECT = "direct"
    """A change of one issue, to a person."""
    ADMIN_ALERT = "told"
    """A problem that an admin must fix, to that admin."""
    DIGEST = "digest"
    """The summary of a day, in the channel."""


@dataclass(frozen=True)
class ChangeNoteData:
    """The users to mention, and whether the note also appears in the channel outside of the thread."""

    mentions: tuple[int, ...] = ()
    is_broadcast: bool = False
    kind: ClassVar = NoteKind.CHANGE


@dataclass(frozen=True)
class RepeatNoteData:
    """The number of events of the issue; None in old rows without the number."""

    count: int | None
    kind: ClassVar = NoteKind.REPEAT


@dataclass(frozen=True)
class BulkNoteData:
    """The changed issues."""

    issue_ids: tuple[int, ...]
    kind: ClassVar = NoteKind.BULK


@dataclass(frozen=True)
class DirectNoteData:
    """Nothing beyond the activities that the note is about."""

    kind: ClassVar = NoteKind.DIRECT


@dataclass(frozen=True)
class AdminAlertData:
    """The text for the admin."""

    text: str
    kind: ClassVar = NoteKind.ADMIN_ALERT


@dataclass(frozen=True)
class DigestData:
    """Nothing: the counts of the day are read when the digest is sent."""

    kind: ClassVar = NoteKind.DIGEST


NoteData = ChangeNoteData | RepeatNoteData | BulkNoteData | DirectNoteData | AdminAlertData | DigestData
"""The data of a note of any kind; ``kind`` says which kind."""
