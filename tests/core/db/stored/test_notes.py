"""The data of notes: each kind is read as it was written, by this version or by an older one."""

from __future__ import annotations

from typing import get_args

import pytest

from core.db.stored.notes import as_json, data_of
from core.note_data import AdminAlertData, BulkNoteData, ChangeNoteData, DigestData, DirectNoteData, NoteData, NoteKind, RepeatNoteData
from core.types import JSON

ROWS: list[tuple[str, JSON, NoteData]] = [
    ("change", {}, ChangeNoteData()),
    ("change", {"mentions": [7], "is_broadcast": True}, ChangeNoteData((7,), is_broadcast=True)),
    ("repeat", {"count": 100}, RepeatNoteData(100)),
    ("bulk", {"issues": [1, 2, 3]}, BulkNoteData((1, 2, 3))),
    ("direct", {}, DirectNoteData()),
    ("told", {"text": "No process works as sender."}, AdminAlertData("No process works as sender.")),
    ("digest", {}, DigestData()),
]
"""Each kind under its stored name, with its data as the database has had it since the first version."""


def test_the_rows_have_every_kind_of_note_and_of_data() -> None:
    assert {kind for kind, _, _ in ROWS} == set(NoteKind)
    assert {type(data) for _, _, data in ROWS} == set(get_args(NoteData))


@pytest.mark.parametrize(("kind", "stored", "data"), ROWS)
def test_each_kind_is_read_as_it_was_written(kind: str, stored: JSON, data: NoteData) -> None:
    assert (data_of(kind, stored), data.kind) == (data, kind)
    assert as_json(data) == stored


@pytest.mark.parametrize("kind", NoteKind)
def test_a_row_that_lacks_everything_is_read(kind: NoteKind) -> None:
    assert data_of(kind, {}).kind is kind
