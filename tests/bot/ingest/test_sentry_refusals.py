"""What the door of the Sentry SDKs refuses, and how: what is wrong, and for how long to be silent."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
import zstandard

from bot.ingest.limits import MAX_EVENT_BYTES, MIB
from tests.support.ingest.app import Answer, Doorstep
from tests.support.ingest.sdk_events import envelope, one


def test_an_unknown_key_is_refused(doorstep: Doorstep) -> None:
    project = doorstep.project()
    for path in ("envelope", "store"):
        for query in ("", "?sentry_key=", f"?sentry_key={'0' * 32}", "?sentry_key=%00%ff", "?sentry_key=" + "a" * 5_000):
            _assert_refused(doorstep.knock(f"/api/{project.id}/{path}/{query}", one({"message": "m"})), 401)
    _assert_refused(doorstep.knock(f"/api/{project.id}/envelope/", one({}, dsn=f"http://{'0' * 32}@x/{project.id}")), 401)
    _assert_refused(doorstep.knock(f"/api/{project.id}/envelope/", one({}, dsn=["x"])), 401)
    _assert_refused(doorstep.knock(f"/api/{project.id}/envelope/", one({}, dsn="http://[x")), 401)
    assert doorstep.issues(project) == []


def test_the_key_of_another_project_is_refused(doorstep: Doorstep) -> None:
    project, other = doorstep.project(), doorstep.project()
    for named in (str(other.id), "0", "shop", "%00", "9" * 400, f"{project.id}%20"):
        _assert_refused(doorstep.knock(f"/api/{named}/envelope/?sentry_key={project.public_key}", one({"message": "m"})), 403)
        _assert_refused(doorstep.knock(f"/api/{named}/store/?sentry_key={project.public_key}", b"{}"), 403)
    assert doorstep.issues(project) == doorstep.issues(other) == []


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"", ""),
        (b"hello", ""),
        (b'{}\n{"type":"event"}\n', ""),
        (b'{}\n{"type":"event"}\n[]', ""),
        (b'{}\n{"type":"event","length":99}\n{}', ""),
        (b'{}\n{"type":"event"}\n' + b"[" * 200_000, ""),
        (one({"message": "m"}), "gzip"),
        (gzip.compress(one({"message": "m"}))[:-3], "gzip"),
        (one({"message": "m"}), "snappy"),
    ],
)
def test_a_malformed_envelope_is_refused_with_what_is_wrong_and_nothing_is_stored(doorstep: Doorstep, body: bytes, encoding: str) -> None:
    project = doorstep.project()
    _assert_refused(doorstep.envelope(project, body, {"Content-Encoding": encoding} if encoding else None), 400)
    assert doorstep.issues(project) == []


@pytest.mark.parametrize("body", [b"", b"hello", b"[]", b'{"event_id":1', b"{", b"\x78\x9c"])
def test_a_malformed_event_at_the_store_is_refused(doorstep: Doorstep, body: bytes) -> None:
    project = doorstep.project()
    _assert_refused(doorstep.knock(f"/api/{project.id}/store/?sentry_key={project.public_key}", body), 400)


@pytest.mark.parametrize(
    ("make", "encoding"),
    [
        (lambda: one({"message": "x" * MAX_EVENT_BYTES}), ""),
        (lambda: gzip.compress(one({"message": "x" * MAX_EVENT_BYTES})), "gzip"),
        (lambda: gzip.compress(envelope(({"type": "attachment", "length": 200 * MIB}, bytes(101 * MIB))), 9), "gzip"),
        (lambda: zstandard.ZstdCompressor().compress(envelope(({"type": "attachment", "length": 90 * MIB}, bytes(90 * MIB)))), "zstd"),
        (lambda: gzip.compress(envelope(({"type": "attachment", "length": 21 * MIB}, bytes(21 * MIB))), 0), "gzip"),
    ],
    ids=["an event", "a packed event", "a gzip bomb", "a zstd bomb", "a packed body"],
)
def test_what_is_too_large_is_refused(doorstep: Doorstep, make: Callable[[], bytes], encoding: str) -> None:
    project = doorstep.project()
    _assert_refused(doorstep.envelope(project, make(), {"Content-Encoding": encoding} if encoding else None), 413)
    assert doorstep.issues(project) == []


def test_an_event_over_one_mebibyte_is_refused_at_the_store(doorstep: Doorstep) -> None:
    _assert_refused(doorstep.store(doorstep.project(), {"message": "x" * MAX_EVENT_BYTES}), 413)


def test_who_has_used_up_the_quota_is_told_for_how_long_to_be_silent(doorstep_with_quota: Doorstep) -> None:
    project, other = doorstep_with_quota.project(), doorstep_with_quota.project()
    answers = [doorstep_with_quota.store(project, {"message": "m"}) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    _assert_refused(answers[3], 429)
    seconds = int(answers[3].headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert answers[3].headers["X-Sentry-Rate-Limits"] == f"{seconds}:error:project"
    assert doorstep_with_quota.envelope(project, one({"message": "m"})).status == 429
    assert doorstep_with_quota.envelope(project, envelope(({"type": "session"}, {}))).status == 200
    assert doorstep_with_quota.envelope(other, one({"message": "m"})).status == 200
    assert doorstep_with_quota.issues(project)[0].times_seen == 3


def test_when_more_comes_than_can_be_stored_senders_are_told_to_be_silent_for_a_while(doorstep_with_little_room: Doorstep) -> None:
    doorstep = doorstep_with_little_room
    project = doorstep.project()
    with ThreadPoolExecutor(4) as senders:
        with doorstep.core.database.write() as work:
            work.events.lock_project(project.id)
            waiting = [senders.submit(asyncio.run, doorstep.knocked_apart(project, {"message": f"m{number}"})) for number in range(4)]
            refused, other = itertools.islice(as_completed(waiting), 2)
            assert {refused.result().status, other.result().status} == {429}
            _assert_refused(refused.result(), 429)
            assert refused.result().headers["Retry-After"] == "3"
            assert refused.result().headers["X-Sentry-Rate-Limits"] == "3:error:project"
        assert sorted(one.result().status for one in waiting) == [200, 200, 429, 429]
    assert [issue.times_seen for issue in doorstep.issues(project)] == [1, 1]
    assert doorstep.store(project, {"message": "m0"}).status == 200


@pytest.mark.parametrize("path", ["envelope", "store"])
def test_when_there_is_no_room_for_an_event_it_is_refused_before_all_of_it_is_read(
    doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    project = doorstep.project()
    before = doorstep.doorway.memory.left
    monkeypatch.setattr(doorstep.doorway.memory, "left", 5_000)
    event = {"message": "m" * 6_000}
    body = one(event) if path == "envelope" else json.dumps(event).encode()
    _assert_refused(doorstep.knock(f"/api/{project.id}/{path}/?sentry_key={project.public_key}", body), 429)
    assert doorstep.store(project, {"message": "small"}).status == 200
    assert doorstep.doorway.memory.left == 5_000
    monkeypatch.undo()
    assert doorstep.envelope(project, one(event)).status == 200
    assert doorstep.doorway.memory.left == before


@pytest.mark.parametrize("path", ["envelope/", "store/", "envelope", "store"])
def test_a_browsers_preflight_is_answered(doorstep: Doorstep, path: str) -> None:
    asks = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-sentry-auth"}
    answer = doorstep.knock(f"/api/1/{path}?sentry_key=x", headers=asks, method="OPTIONS")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert {"x-sentry-auth", "content-type"} <= set(answer.headers["Access-Control-Allow-Headers"].lower().split(", "))


def test_a_browser_may_read_why_it_was_refused(doorstep: Doorstep) -> None:
    answer = doorstep.knock("/api/1/envelope/", b"{}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"X-Sentry-Error", "X-Sentry-Rate-Limits", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


def test_while_the_database_is_away_senders_are_asked_to_try_again(doorstep_without_database: Doorstep) -> None:
    answer = doorstep_without_database.knock(f"/api/1/store/?sentry_key={'0' * 32}", b"{}")
    _assert_refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def _assert_refused(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.json["detail"][-1] == "."
    assert answer.headers["X-Sentry-Error"] == answer.json["detail"]
