"""The data of activities: each kind is read as it was written, by this version or by an older one."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from core.activity_data import ActivityData
from core.db.stored.activities import as_json, data_of, tags_of
from core.types import JSON, ActivityType
from tests.support.activity_rows import ROWS


def test_the_rows_have_every_kind_of_activity_and_of_data() -> None:
    assert {type_ for type_, _, _ in ROWS} == set(ActivityType)
    assert {type(data) for _, _, data in ROWS} == set(get_args(ActivityData))


@pytest.mark.parametrize(("type_", "stored", "data"), ROWS)
def test_each_kind_is_read_as_it_was_written(type_: ActivityType, stored: JSON, data: ActivityData) -> None:
    assert (data_of(type_, stored), data.type) == (data, type_)
    assert json.dumps(as_json(data)) == json.dumps(stored)


@pytest.mark.parametrize(("type_", "stored", "data"), ROWS)
def test_what_a_request_added_is_kept_apart(type_: ActivityType, stored: JSON, data: ActivityData) -> None:
    tags = {"integration": "slack", "assignedBy": "assignee_selector"}
    assert data_of(type_, stored | tags) == data
    assert tags_of(data, stored | tags) == tags
    assert tags_of(data, stored) == {}


@pytest.mark.parametrize("type_", ActivityType)
def test_a_row_that_lacks_everything_is_read(type_: ActivityType) -> None:
    assert data_of(type_, {}).type is type_


@pytest.mark.parametrize(("type_", "stored", "_"), ROWS)
def test_a_row_that_lacks_one_key_is_read(type_: ActivityType, stored: JSON, _: ActivityData) -> None:
    for missing in stored:
        assert data_of(type_, {key: value for key, value in stored.items() if key != missing}).type is type_


def test_a_priority_that_no_version_knows_is_unknown() -> None:
    assert as_json(data_of(ActivityType.SET_PRIORITY, {"priority": "urgent"})) == {"priority": None, "reason": None}
