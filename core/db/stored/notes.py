"""Read and write the data of thread notes in the database. A missing key is read as unknown or empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.note_data import AdminAlertData, BulkNoteData, ChangeNoteData, DigestData, DirectNoteData, NoteData, NoteKind, RepeatNoteData
from core.types import JSON


def data_of(kind: str, stored: JSON) -> NoteData:
    """Return the data of a note of this kind from its stored form."""
    return _READERS[NoteKind(kind)](stored)


def as_json(data: NoteData) -> JSON:
    """Return the stored form of the data."""
    match data:
        case ChangeNoteData(mentions, is_broadcast):
            return ({"mentions": list(mentions)} if mentions else {}) | ({"is_broadcast": True} if is_broadcast else {})
        case RepeatNoteData(count):
            return {"count": count}
        case BulkNoteData(issue_ids):
            return {"issues": list(issue_ids)}
        case AdminAlertData(text):
            return {"text": text}
        case DirectNoteData() | DigestData():
            return {}


def _change(stored: JSON) -> ChangeNoteData:
    return ChangeNoteData(tuple(stored.get("mentions") or ()), bool(stored.get("is_broadcast")))


_READERS: Mapping[NoteKind, Callable[[JSON], NoteData]] = {
    NoteKind.CHANGE: _change,
    NoteKind.REPEAT: lambda stored: RepeatNoteData(stored.get("count")),
    NoteKind.BULK: lambda stored: BulkNoteData(tuple(stored.get("issues") or ())),
    NoteKind.DIRECT: lambda _: DirectNoteData(),
    NoteKind.ADMIN_ALERT: lambda stored: AdminAlertData(stored.get("text") or ""),
    NoteKind.DIGEST: lambda _: DigestData(),
}
