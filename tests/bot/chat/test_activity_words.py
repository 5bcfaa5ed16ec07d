"""Every kind of activity, from a row of the database to what people and programs are told of it: in both chats and over HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.api.reading.activities_json import activity_json
from bot.chat import cards
from bot.chat.elements import plain
from bot.msteams import notices
from bot.slack import render
from core.activity_data import ActivityData
from core.issues.activity import in_words
from core.types import JSON, ActivityType, Source
from core.views import ActivityView, PersonView
from tests.support.activity_rows import ROWS
from tests.support.issues import ADA, NEW, move

SOURCES = [(Source.SLACK, ADA), (Source.SCHEDULER, None), (Source.INGEST, None), (Source.ALERTMANAGER, None), (Source.API, None)]


def told(activity: ActivityView) -> str:
    """The sentence of a note in a thread, which both chats show letter by letter."""
    notice = cards.line([activity], NEW)
    sentence = plain(notice.text).strip()
    assert render.notice(notice, "nonce")["text"] == sentence
    assert words_of(notices.notice(notice)).strip() == sentence
    return sentence


def words_of(message: JSON) -> str:
    """The text of a message for Teams without the signs that keep it from being Markdown."""
    return str(message["text"]).replace("\\", "")


@pytest.mark.parametrize(("type_", "stored", "data"), ROWS)
@pytest.mark.parametrize(("source", "user"), SOURCES)
def test_each_kind_has_a_sentence_in_both_chats(
    type_: ActivityType, stored: JSON, data: ActivityData, source: Source, user: PersonView | None
) -> None:
    sentence = told(move(type_, source, user, **stored))
    assert sentence.strip() == sentence
    assert len(sentence.split()) >= (2 if user else 1)
    assert in_words(data).strip()


DETAILS: list[tuple[ActivityType, dict[str, Any], str]] = [
    (ActivityType.ASSIGNED, {"assigneeType": "team", "assigneeName": "checkout"}, "#checkout"),
    (ActivityType.ASSIGNED, {"assigneeName": "Grace"}, "@Grace"),
    (ActivityType.MERGE, {"into": 1, "name": "SHOP-1"}, "SHOP-1"),
    (ActivityType.MERGE, {"into": 1}, "another issue"),
    (ActivityType.MERGE, {"issues": [{"id": 2}, {"id": 3}]}, "2 issues"),
    (ActivityType.NOTE, {"text": "It is the cache."}, "It is the cache."),
    (ActivityType.SET_PRIORITY, {"priority": "low"}, "low"),
    (ActivityType.SET_PRIORITY, {}, "another"),
    (ActivityType.UNDO, {"of": 1, "what": "resolved"}, "resolved"),
    (ActivityType.UNDO, {"of": 1}, "the last change"),
]


@pytest.mark.parametrize(("type_", "stored", "detail"), DETAILS)
def test_what_the_data_says_is_in_the_sentence(type_: ActivityType, stored: JSON, detail: str) -> None:
    assert detail in told(move(type_, **stored))


@pytest.mark.parametrize("type_", ActivityType)
def test_a_row_of_an_older_version_that_lacks_everything_has_its_words_all_the_same(type_: ActivityType) -> None:
    for source, user in SOURCES:
        assert told(move(type_, source, user))
    assert activity_json(move(type_))["type"] == type_.name.lower()


@pytest.mark.parametrize(("type_", "stored", "_"), ROWS)
def test_the_api_spells_each_kind_byte_for_byte_as_ever(type_: ActivityType, stored: JSON, _: ActivityData) -> None:
    tags = {"integration": "slack", "assignedBy": "assignee_selector"}
    told_of = {"id": "99", "type": type_.name.lower(), "user": None, "dateCreated": "2026-11-23T12:00:00Z", "source": "api"}
    activity = replace(move(type_, Source.API, None, **stored), tags=tags)
    assert json.dumps(activity_json(activity)["data"]) == json.dumps(stored | tags)
    assert activity_json(activity).items() >= told_of.items()
