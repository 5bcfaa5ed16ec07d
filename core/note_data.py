"""Thread notes and direct messages: the kinds, and what is kept of each kind until it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class NoteKind(StrEnum):
    """The kinds of notes, under the names that the database has for them."""

    CHANGE = "change"
    """A change of one issue, in the thread of its message."""
    REPEAT = "repeat"
    """A watch that tells of an issue again, in the thread of its message."""
    BULK = "bulk"
    """A change of many issues, in the channel."""
    DIRECT = "direct"
    """A change of one issue, to a person."""
    ADMIN_ALERT = "told"
    """Something that an admin has to repair, to that admin."""
    DIGEST = "digest"
    """The summary of a day, in the channel."""


@dataclass(frozen=True)
class ChangeNoteData:
    """The users to mention, and whether the channel sees the note outside of the thread too."""

    mentions: tuple[int, ...] = ()
    is_broadcast: bool = False
    kind: ClassVar = NoteKind.CHANGE


@dataclass(frozen=True)
class RepeatNoteData:
    """How many events the issue had; None in a row that does not say it."""

    count: int | None
    kind: ClassVar = NoteKind.REPEAT


@dataclass(frozen=True)
class BulkNoteData:
    """The issues that were changed."""

    issue_ids: tuple[int, ...]
    kind: ClassVar = NoteKind.BULK


@dataclass(frozen=True)
class DirectNoteData:
    """Nothing beyond the activities that the note is about."""

    kind: ClassVar = NoteKind.DIRECT


@dataclass(frozen=True)
class AdminAlertData:
    """What the admin is told."""

    text: str
    kind: ClassVar = NoteKind.ADMIN_ALERT


@dataclass(frozen=True)
class DigestData:
    """Nothing: the numbers of the day are read when the digest is sent."""

    kind: ClassVar = NoteKind.DIGEST


NoteData = ChangeNoteData | RepeatNoteData | BulkNoteData | DirectNoteData | AdminAlertData | DigestData
"""The data of a note of any kind; ``kind`` says which kind."""
