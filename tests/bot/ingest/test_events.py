"""What becomes of an event: what it is called, when it happened, whom it hit, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ingest.errors import BadEvent
from bot.ingest.events import MAX_BREADCRUMBS, occurrence, read_event
from core.bootstrap import Core
from core.events.record import Occurrence
from core.occurrence import MAX_DOOR_CHARS
from core.types import JSON, Level
from tests.examples import examples

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
MAX_PAYLOAD_BYTES = 256 * 1024


def crash(**more: Any) -> JSON:
    frames = [
        {"filename": "flask/app.py", "module": "flask.app", "function": "dispatch", "in_app": False},
        {"filename": "shop/cart.py", "module": "shop.cart", "function": "total", "lineno": 7, "in_app": True},
        {"filename": "decimal.py", "module": "decimal", "function": "quantize", "in_app": False},
    ]
    cause = {"type": "KeyError", "value": "'tea'"}
    raised = {"type": "ValueError", "value": "no such article\nask the shop", "stacktrace": {"frames": frames}}
    return {"event_id": ID, "platform": "python", "exception": {"values": [cause, raised]}} | more


@pytest.mark.parametrize("written", [ID, "9ec79c33-ec99-42ab-8353-589fcb2e04dc", ID.upper(), f" {ID}\n"])
def test_an_event_id_is_taken_with_hyphens_or_without(written: str) -> None:
    assert occurrence({"event_id": written}, NOW).event_id == ID


@pytest.mark.parametrize(
    "nothing",
    [None, "", "x" * 32, ID[1:], ID + "0", 7, True, [ID], {"id": ID}, "/" + ID[1:], "0" * 32, "00000000-0000-0000-0000-000000000000", "\u0660" * 32],
)
def test_an_event_without_an_id_of_its_own_is_given_one(nothing: Any) -> None:
    made = [occurrence(event, NOW).event_id for event in ({"event_id": nothing}, {"event_id": nothing}, {})]
    assert [len(event_id) for event_id in made] == [32] * 3
    assert len({*made, ID, "0" * 32}) == 5


@pytest.mark.parametrize("text", [b"", b"[]", b"1", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"\x00"])
def test_what_is_no_json_object_is_bad(text: bytes) -> None:
    with pytest.raises(BadEvent):
        read_event(text)


def test_an_exception_is_called_by_its_type_and_the_first_line_of_its_value() -> None:
    kept = occurrence(crash(), NOW)
    assert (kept.title, kept.message) == ("ValueError: no such article", "no such article\nask the shop")
    assert kept.details == {"type": "ValueError", "value": "no such article\nask the shop", "filename": "shop/cart.py", "function": "total"}


@pytest.mark.parametrize(
    ("event", "title", "culprit"),
    [
        (crash(), "ValueError: no such article", "shop.cart in total"),
        (crash(transaction="POST /checkout"), "ValueError: no such article", "POST /checkout"),
        ({"exception": [{"type": "Error"}]}, "Error", ""),
        ({"exception": [{"value": "boom"}]}, "boom", ""),
        ({"exception": [{"stacktrace": {"frames": [{"filename": "a.js", "function": "f"}]}}]}, "a.js in f", "a.js in f"),
        ({"message": "\n all is lost \nreally"}, "all is lost", ""),
        ({"message": {"message": "all is %s", "params": ["lost"]}}, "all is lost", ""),
        ({"logentry": {"message": "all is %s", "formatted": "all is lost"}}, "all is lost", ""),
        ({"logentry": {"message": "%s of {} is %d in %(x)s", "params": ["half", "it", 1]}}, "half of it is 1 in %(x)s", ""),
        ({"logentry": {"message": "in %(place)s", "params": {"place": "Rome"}}}, "in Rome", ""),
        ({"logentry": {"message": "%999999999s", "params": ["x"]}}, "%999999999s", ""),
        ({"transaction": "GET /"}, "GET /", "GET /"),
        ({"logger": "shop.cart"}, "shop.cart", ""),
        ({"culprit": "shop.cart in total", "message": "m"}, "m", "shop.cart in total"),
        ({}, "(an event without a message)", ""),
        ({"message": "x" * 300}, "x" * 254 + "…", ""),
        ({"message": "a\0b\ud800"}, "ab?", ""),
    ],
)
def test_titles_and_culprits(event: JSON, title: str, culprit: str) -> None:
    kept = occurrence(event, NOW)
    assert (kept.title, kept.culprit) == (title, culprit)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-23T11:30:00Z", NOW - timedelta(minutes=30)),
        ("2026-11-23T11:30:00.000000Z", NOW - timedelta(minutes=30)),
        ("2026-11-23T11:30:00.000000000+00:00", NOW - timedelta(minutes=30)),
        ("2026-11-23T12:30:00+01:00", NOW - timedelta(minutes=30)),
        ("2026-11-23T11:30:00", NOW - timedelta(minutes=30)),
        (NOW.timestamp() - 1800, NOW - timedelta(minutes=30)),
        (int(NOW.timestamp()) - 1800, NOW - timedelta(minutes=30)),
        (str(NOW.timestamp() - 1800), NOW - timedelta(minutes=30)),
        ("2020-01-01T00:00:00Z", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        ("yesterday", NOW),
        (None, NOW),
        (True, NOW),
        (-1, NOW),
        (1e300, NOW),
        (float("nan"), NOW),
        ("nan", NOW),
        ([], NOW),
    ],
)
def test_the_moment_of_an_event_is_read_however_it_is_written(written: Any, expected: datetime) -> None:
    assert occurrence({"timestamp": written}, NOW).happened_at == expected


@pytest.mark.parametrize("off", [timedelta(hours=3), timedelta(hours=-3), timedelta(days=400), timedelta(minutes=-5)])
def test_a_clock_that_is_wrong_is_put_right(off: timedelta) -> None:
    event = {"timestamp": (NOW - timedelta(minutes=30) + off).isoformat()}
    assert occurrence(event, NOW, sent_at=NOW + off).happened_at == NOW - timedelta(minutes=30)


def test_the_way_here_is_not_taken_for_a_wrong_clock() -> None:
    happened_at = NOW - timedelta(minutes=2)
    assert occurrence({"timestamp": happened_at.isoformat()}, NOW, sent_at=NOW - timedelta(seconds=20)).happened_at == happened_at


@pytest.mark.parametrize(
    ("written", "level"),
    [("warning", Level.WARNING), ("WARN", Level.WARNING), ("fatal", Level.FATAL), ("critical", Level.FATAL), ("log", Level.INFO), (30, Level.WARNING),
     ("loud", Level.ERROR), (7, Level.ERROR), (None, Level.ERROR), ({}, Level.ERROR), (True, Level.ERROR), (1e400, Level.ERROR)],
)  # fmt: skip
def test_levels(written: Any, level: Level) -> None:
    assert occurrence({"level": written}, NOW).level is level


@pytest.mark.parametrize(
    ("user", "person"),
    [
        ({"id": 42, "email": "ada@example.com"}, "id:42"),
        ({"id": "", "email": "ada@example.com"}, "email:ada@example.com"),
        ({"username": "ada"}, "username:ada"),
        ({"ip_address": "10.0.0.1"}, "ip:10.0.0.1"),
        ({"ip_address": "{{auto}}"}, None),
        ({"id": None}, None),
        ({"id": ["x"]}, None),
        ("ada", None),
        (None, None),
    ],
)
def test_whom_it_hit(user: Any, person: str | None) -> None:
    assert occurrence({"user": user}, NOW).person == person


def test_a_long_id_of_a_person_becomes_a_short_one_that_stays_the_same() -> None:
    one, again, other = (occurrence({"user": {"id": letter * 200}}, NOW).person for letter in "aab")
    assert one == again != other
    assert one
    assert len(one) <= 64


@pytest.mark.parametrize(
    "tags",
    [{"a": "b", "n": 1, "ok": True, "none": None, "odd": []}, [["a", "b"], ["n", 1], ["ok", True], ["none", None], "x", ["y"], [[], 1]]],
    ids=["a mapping", "pairs"],
)
def test_tags_are_a_mapping_of_texts_however_they_were_sent(tags: Any) -> None:
    assert occurrence({"tags": tags}, NOW).payload["tags"] == {"a": "b", "n": "1", "ok": "true"}


def test_labels_are_cut_to_what_is_stored() -> None:
    kept = occurrence({"release": "r" * 300, "environment": "e" * 300, "platform": "p" * 300}, NOW)
    assert (len(kept.release or ""), len(kept.environment or ""), len(kept.platform)) == (250, 64, 64)
    assert occurrence({"release": 2, "environment": ""}, NOW).release == "2"
    assert occurrence({"release": [], "environment": " "}, NOW).environment is None


def test_the_newest_breadcrumbs_are_kept() -> None:
    crumbs = [{"message": f"step {number}"} for number in range(300)]
    for written in (crumbs, {"values": crumbs}):
        kept = occurrence({"breadcrumbs": written}, NOW).payload["breadcrumbs"]["values"]
        assert (len(kept), kept[-1]) == (MAX_BREADCRUMBS, {"message": "step 299"})


def test_of_an_event_that_is_too_large_the_newest_frames_and_the_labels_are_kept() -> None:
    frames = [{"function": f"f{number}", "vars": {f"v{index}": "x" * 900 for index in range(10)}} for number in range(100)]
    event = crash(exception={"values": [{"stacktrace": {"frames": frames}, "type": "E", "value": "v" * 20_000}]}, extra={"a": ["é" * 5_000] * 50})
    kept = occurrence(event, NOW).payload
    stack = kept["exception"]["values"][0]["stacktrace"]["frames"]
    assert stack[-1]["function"] == "f99"
    assert 1 < len(stack) < 100
    assert kept["exception"]["values"][0]["type"] == "E"
    assert len(json.dumps(kept)) <= MAX_PAYLOAD_BYTES


def test_what_is_not_in_an_event_of_sentrys_is_not_kept() -> None:
    assert "surprise" not in occurrence({"surprise": "x"}, NOW).payload


def test_a_number_that_no_database_holds_becomes_a_text_or_nothing() -> None:
    extra = occurrence({"extra": {"huge": 10**30, "nan": float("nan"), "inf": float("inf")}}, NOW).payload["extra"]
    assert extra == {"huge": "1" + "0" * 30, "nan": None, "inf": None}


def test_what_is_deeper_than_anybody_looks_is_cut() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"deeper": [deep]}
    assert len(json.dumps(occurrence({"extra": deep}, NOW).payload)) < 1_000


NAMES = st.sampled_from(
    ["event_id", "timestamp", "level", "platform", "release", "environment", "transaction", "logger", "user", "id", "email", "tags", "exception",
     "values", "type", "value", "stacktrace", "frames", "function", "module", "context_line", "in_app", "vars", "breadcrumbs", "request", "headers",
     "logentry", "message", "params", "formatted", "fingerprint", "extra", "contexts", "sentry.interfaces.Message", "name", "key", "env", "password"],
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.text(st.characters(), max_size=5)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4), max_leaves=15
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=8))
def test_whatever_an_event_holds_it_is_taken(event: JSON) -> None:
    _fits_the_database(occurrence(event, NOW, NOW))


@settings(max_examples=examples(20), deadline=None)
@given(
    st.sampled_from(["exception", "extra", "contexts", "breadcrumbs", "threads"]),
    st.sampled_from(["x", "é", "\U0001f600", "\x01", '"']),
    st.integers(1, 4),
)
def test_however_large_an_event_is_what_is_kept_of_it_is_bounded(part: str, letter: str, depth: int) -> None:
    value: Any = letter * 9_000
    for _ in range(depth):
        value = {"a": [value] * 12, "b": value}
    _fits_the_database(occurrence({part: value, **dict.fromkeys(("release", "transaction", "logger", "message"), letter * 500)}, NOW))


def _fits_the_database(kept: Occurrence) -> None:
    longest = {
        "event_id": 32,
        "title": 255,
        "culprit": 255,
        "message": 1_024,
        "platform": 64,
        "person": 64,
        "release": 250,
        "environment": 64,
        "door": MAX_DOOR_CHARS,
    }
    for field in fields(kept):
        value = getattr(kept, field.name)
        if isinstance(value, str):
            assert len(value) <= longest[field.name]
            assert "\0" not in value
            value.encode()
    assert kept.title
    assert kept.happened_at <= NOW
    text = json.dumps(kept.payload, allow_nan=False)
    assert len(text) <= MAX_PAYLOAD_BYTES
    assert "\\u0000" not in text
    json.dumps(kept.payload, ensure_ascii=False).encode()
    json.dumps(kept.details, ensure_ascii=False, allow_nan=False).encode()


def test_the_oddest_event_is_stored_in_both_databases(core: Core) -> None:
    core.directory.create_organization("odd")
    project = core.directory.create_project("shop", "odd", None)
    odd = "a\0b\ud800\udfff\U0001f600"
    event = {
        "message": odd * 300, "release": odd * 100, "environment": odd * 100, "platform": odd * 100, "transaction": odd * 100,
        "tags": {odd: odd}, "user": {"id": odd * 20}, "extra": {odd: [odd, float("inf"), 10**40, -(2**63)]}, "timestamp": -(2**63),
    }  # fmt: skip
    kept = occurrence(event, core.clock())
    assert [recorded.effect for recorded in core.occurrences.record(project.id, [kept])] == ["new"]
