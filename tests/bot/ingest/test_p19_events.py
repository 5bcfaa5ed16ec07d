"""What strangers send to the door of events costs time and memory in proportion to its size, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import brotli  # type: ignore[import-untyped]
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from bot.ingest.app import IngestContext
from bot.ingest.envelopes import EnvelopeReader
from bot.ingest.errors import MalformedRequest, TooLarge
from bot.ingest.events import occurrence, read_event
from bot.ingest.hooks import alertmanager, generic
from bot.ingest.hooks.reports import MAX_VALUES as MOST_IN_A_HOOK
from bot.ingest.hooks.reports import ReportOrigin, parse_json
from bot.ingest.json_text import MAX_VALUES, load_json, weight
from bot.ingest.limits import MAX_EVENT_BYTES, MAX_EVENTS, MAX_HELD_BYTES, MIB
from bot.ingest.sentry import SentryEndpoint, _EventRequest
from bot.workers import workers_for
from core.bootstrap import Core
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON
from tests.support.growth import AT_MOST, growth
from tests.support.ingest.app import Doorstep

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KINDS = ("extra", "contexts", "request", "modules", "user", "threads", "breadcrumbs", "sdk")


def frames(number: int, frame: Callable[[int], JSON]) -> JSON:
    return {"exception": {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": [frame(one) for one in range(number)]}}]}}


def member(number: int, parent: int | None = None) -> JSON:
    """An exception in a group; without a parent that of the number before."""
    ids = {"exception_id": number, "parent_id": number - 1 if parent is None else parent, "is_exception_group": True}
    return {"type": "E" * 1_000 + f"{number}", "value": "v", "mechanism": ids}


HOSTILE: dict[str, Callable[[int], JSON]] = {
    "names of hyphens, four defaults": lambda n: {"fingerprint": ["{{ default }}"] * 4, **frames(n, lambda _: {"filename": "-" * 1_015})},
    "fifty defaults": lambda n: {"fingerprint": ["{{ default }}"] * 50, **frames(n, lambda one: {"function": f"{one}"})},
    "a hundred exceptions": lambda n: {"exception": {"values": [{"type": "a" * 9, "value": "b" * 200}] * n}},
    "generated names": lambda n: frames(n, lambda _: {"module": "$" + "1" * 1_000 + "g", "function": "@" + "1" * 1_000 + "g"}),
    "lines of code": lambda n: frames(n, lambda _: {"context_line": "a " * 400}),
    "beginnings of tokens": lambda n: {"message": "-eyJ" * n},
    "many of them": lambda n: {"extra": {f"{one}": "-eyJ" * 2_000 for one in range(n)}},
    "hints of secrets": lambda n: {kind: {f"{one}": "pass -eyJ = 2000 ://a:b@ " * 400 for one in range(n)} for kind in KINDS},
    "names": lambda n: {"extra": {"a" * 150 + f"{one}": 1 for one in range(n)}},
    "deep lists": lambda n: {"extra": [[[[[[[[["a" * 40]]]]]]]]] * n},
    "card numbers": lambda n: {"extra": [[4_111_111_111_111_111] * 200] * n},
    "large numbers": lambda n: {"extra": [10**4_000] * n},
    "tags": lambda n: {"tags": {f"{one}": "b" * 100 for one in range(n)}},
    "breadcrumbs": lambda n: {"breadcrumbs": [{"message": "pass=1 ://u:p@h " * 20, "data": {"a": "b"}}] * n},
    "a template that names one parameter many times": lambda n: {"logentry": {"message": "%(a)s" * n, "params": {"a": "x" * n}}},
    "line breaks": lambda n: {"message": "\n" * n, "transaction": "\n" * n},
    "quotes": lambda n: {"message": "\"'" * n},
    "a fingerprint of spaces": lambda n: {"fingerprint": ["{{" + " " * n + "}"]},
    "lines of JSON": lambda n: {"message": '{"a":' + "[" * n + "]" * n + "}"},
    "a long line of JSON": lambda n: {"message": json.dumps({"event": "x 17 " * n})},
    "lines of logfmt": lambda n: {"message": "a=1 " * n},
    "ids": lambda n: {"message": "550e8400-e29b-41d4-a716-446655440000 a@b.c " * n},
    "digits": lambda n: {"exception": {"values": [{"type": "1" * n, "value": "1" * n}]}},
    "files": lambda n: {"message": "/home/a/b.js " * n},
    "groups in groups": lambda n: {"exception": {"values": [member(one) for one in range(n)]}},
    "a group of many": lambda n: {"exception": {"values": [member(one, 0) for one in range(n)]}},
    "values that are no texts": lambda n: {"exception": {"values": [{"type": "E", "value": [{"a": 1}] * n}]}},
    "fifty variables": lambda n: {"fingerprint": ["{{ message }}", "{{ stack.function }}"] * 25, "logentry": {"message": [1] * n}},
    "a deep recursion": lambda n: frames(n, lambda one: {"function": "fg"[one % 2] * 100}),
    "addresses": lambda n: {**frames(n, lambda one: {"instruction_addr": hex(one)}), "debug_meta": {"images": [{"image_addr": "0x1"}] * n}},
    "widths": lambda n: {"logentry": {"message": "%64d" * n, "params": [1] * n}},
    "emoji": lambda n: {"message": "\U0001f600" * n},
}


def of_size(make: Callable[[int], JSON], size: int) -> bytes:
    """The event of that kind that is about so many bytes of JSON."""
    number = max(size // max(len(json.dumps(make(9))) // 9, 1), 1)
    while len(json.dumps(make(number))) > size:
        number = number * 9 // 10
    return json.dumps(make(number)).encode()


def read(text: bytes) -> None:
    occurrence(read_event(text), NOW)


@pytest.mark.slow
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_event_is_read_in_proportion_to_its_size(make: Callable[[int], JSON]) -> None:
    assert growth(read, of_size(make, 200_000), of_size(make, 400_000)) <= AT_MOST


def test_a_default_that_is_named_again_costs_next_to_nothing() -> None:
    event = frames(250, lambda one: {"filename": "-" * 1_000 + f"{one}", "function": "f"})
    once = {**event, "fingerprint": ["{{ default }}"]}
    fifty = {**event, "fingerprint": ["{{ default }}"] * 50}
    assert growth(fingerprints, once, fifty) <= AT_MOST


def test_what_an_event_repeats_within_reason_counts_as_often_as_it_is_named() -> None:
    small = {"message": "lost"}
    known = {fingerprints({**small, "fingerprint": ["{{ default }}"] * times})[0] for times in range(1, 6)}
    assert len(known) == 5
    large = frames(250, lambda one: {"function": "f" * 1_000 + f"{one}"})
    own = {fingerprints({**large, "fingerprint": ["{{ default }}"] * 3 + [word]})[0] for word in ("one", "other")}
    assert len(own) == 2, "own words count behind a default of any length"


# Memory ----------------------------------------------------------------------------------------------------------------

DENSE: dict[str, bytes] = {
    "empty objects": b'{"extra":[' + b"{}," * (MAX_VALUES // 2 - 4) + b"{}]}",
    "empty lists in lists": b'{"extra":[' + (b"[" + b"[]," * 199 + b"[]],") * 200 + b"[]]}",
    "objects of one name": b'{"extra":[' + b'{"a":1},' * 49_000 + b"0]}",
    "texts": b'{"extra":[' + b'"ab",' * 99_000 + b"0]}",
    "numbers": b'{"extra":[' + b"1.5," * 99_000 + b"0]}",
    "one object of many names": b'{"extra":{' + b",".join(b'"%d":{}' % one for one in range(49_000)) + b"}}",
    "all kinds of parts": json.dumps({kind: [[{}] * 100] * 38 for kind in (*KINDS, "exception", "logentry", "debug_meta", "stacktrace")}).encode(),
}


def peak(work: Callable[[], object]) -> int:
    """Bytes that are held at the most while it runs."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("text", DENSE.values(), ids=DENSE.keys())
def test_an_event_takes_memory_in_proportion_to_what_it_is_counted_as(text: bytes) -> None:
    read(text)
    assert peak(lambda: read(text)) < 6 * weight(text) + MIB


@pytest.mark.slow
@pytest.mark.parametrize("text", DENSE.values(), ids=DENSE.keys())
def test_ten_events_of_an_envelope_take_little_more_than_one(text: bytes) -> None:
    arrival = _EventRequest(NOW, None, None)
    arrival.occurrences([text])
    one = peak(lambda: arrival.occurrences([text]))
    assert peak(lambda: arrival.occurrences([text] * MAX_EVENTS)) < 2 * one + MAX_EVENTS * MIB


def test_an_event_of_too_many_values_is_refused_before_anything_is_made_of_it() -> None:
    text = b'{"extra":[' + b"{}," * 349_000 + b"0]}"
    assert len(text) < MAX_EVENT_BYTES

    def refused() -> None:
        with pytest.raises(TooLarge, match=r"^The event has more than 100,000 values\.$"):
            read(text)

    assert peak(refused) < 3 * len(text)


def test_commas_and_brackets_inside_of_texts_are_no_values() -> None:
    message = ',{["\\' * 60_000
    text = json.dumps({"message": message}).encode()
    assert read_event(text) == {"message": message}
    assert weight(text) >= len(text)


@pytest.mark.parametrize(
    "text", [b"{" * 150_000, b"[" * 150_000 + b"]" * 150_001, b'{"a' + b"," * 150_000, b'["' + b'\\"' * 150_000 + b"[" * 150_000]
)
def test_what_is_no_json_is_refused_whatever_stands_in_it(text: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        load_json(text, "The event")


@pytest.mark.parametrize("unit", [b"{},", b'"', b'\\"', b'",', b"[", b"\\", b'"\\', b","])
def test_values_are_counted_in_proportion_to_the_text(unit: bytes) -> None:
    def count(text: bytes) -> None:
        with pytest.raises((ValueError, RecursionError, TooLarge)):
            load_json(text, "The event")

    assert growth(count, unit * (MIB // len(unit) // 4), unit * (MIB // len(unit) // 2)) <= AT_MOST


def test_a_hook_reads_no_more_values_than_it_can_hold() -> None:
    body = b"[" + b"{}," * (MOST_IN_A_HOOK // 2) + b"{}]"
    for read_hook in (generic.read, alertmanager.read):
        with pytest.raises(TooLarge, match=r"^The body has more than 300,000 values\.$"):
            read_hook(body, ReportOrigin(1, NOW))
    reports = json.dumps([{"title": "x", "tags": {f"tag{one}": "value" for one in range(40)}}] * 1_000).encode()
    assert len(generic.read(reports, ReportOrigin(1, NOW)).items) == 1_000
    assert peak(lambda: parse_json(reports)) < 6 * weight(reports, MOST_IN_A_HOOK)


def test_an_envelope_of_empty_lines_is_refused() -> None:
    with pytest.raises(MalformedRequest, match=r"^The envelope has more than 1000 empty lines\.$"):
        EnvelopeReader().feed(b"{}\n" + b"\n" * 100_000)


# Others meanwhile -------------------------------------------------------------------------------------------------------


@pytest.fixture
def door(ingest_core: Core) -> Iterator[tuple[Starlette, IngestContext]]:
    workers = workers_for(ingest_core.settings.database_url)
    doorway = IngestContext(ingest_core, workers)
    yield Starlette(routes=SentryEndpoint(doorway).routes()), doorway
    workers.close()


async def knock(app: Starlette, path: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, all in this thread and this loop but what the door itself gives away."""
    path, _, query = path.partition("?")
    chunks = iter([body[start : start + 65_536] for start in range(0, len(body), 65_536)])
    answers: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        data = next(chunks, None)
        return {"type": "http.request", "body": data or b"", "more_body": data is not None}

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        answers.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode(), "headers": raw}
    await app(scope, receive, send)
    return int(answers[0]["status"])


async def longest_stretch(work: Awaitable[int]) -> tuple[int, float, float]:
    """What it answers; the longest CPU time for which the loop's thread came to nobody else, and all that it took."""
    began = before = time.thread_time()
    longest = 0.0
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    return task.result(), longest, time.thread_time() - began


def envelope(*texts: bytes, rest: bytes = b"") -> bytes:
    return b"{}\n" + b"".join(b'{"type":"event","length":%d}\n%s\n' % (len(text), text) for text in texts) + rest


def bodies() -> dict[str, tuple[bytes, str]]:
    hard = of_size(HOSTILE["hints of secrets"], 1_000_000)
    deep = of_size(HOSTILE["names of hyphens, four defaults"], 1_000_000)
    return {
        "ten of the hardest events": (gzip.compress(envelope(*[hard, deep] * 5)), "gzip"),
        "ten of too many values": (gzip.compress(envelope(*[b'{"extra":[' + b"{}," * 349_000 + b"0]}"] * 10)), "gzip"),
        "ninety megabytes of nothing": (gzip.compress(envelope(b"{}", rest=b'{"type":"attachment"}\n' + bytes(90 * MIB))), "gzip"),
        "the same by brotli": (bytes(brotli.compress(envelope(b"{}", rest=b'{"type":"attachment"}\n' + bytes(90 * MIB)), quality=4)), "br"),
        "nothing but line breaks": (gzip.compress(b"{}\n" + b"\n" * 90 * MIB), "gzip"),
        "a thousand items": (gzip.compress(b"{}\n" + (b'{"type":"session","a":"' + b"x" * 60_000 + b'"}\n{}\n') * 999), "gzip"),
        "members of gzip": (gzip.compress(b"{}\n") + gzip.compress(b"") * 5_000, "gzip"),
    }


@pytest.mark.slow
async def test_a_hostile_body_never_holds_the_loop_for_long(doorstep: Doorstep, door: tuple[Starlette, IngestContext]) -> None:
    app, _ = door
    project = doorstep.project()
    path = f"/api/{project.id}/envelope/?sentry_key={project.public_key}"
    await knock(app, path, envelope(b"{}"), {})
    began = time.thread_time()
    read(of_size(HOSTILE["hints of secrets"], 1_000_000))
    hardest = time.thread_time() - began
    for name, (body, encoding) in bodies().items():
        status, longest, _ = await longest_stretch(knock(app, path, body, {"Content-Encoding": encoding}))
        assert status in {200, 400, 413}, name
        # Reading one of these events takes so long; the loop is kept for a part of that at the most, however many there are.
        assert longest < hardest / 4, name


@pytest.mark.parametrize("size", [491_200, 491_456, 491_457, 491_600, 3 * MIB])
def test_an_event_beside_a_large_log_arrives_by_every_compression(doorstep: Doorstep, size: int) -> None:
    project = doorstep.project()
    log = b"log line 1234567890\n" * (size // 20)
    attachment = b'{"type":"attachment","length":%d}\n%s\n' % (len(log), log)
    ways: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "br": lambda data: bytes(brotli.compress(data, quality=4))}
    for number, (encoding, compress) in enumerate(ways.items(), start=1):
        if size > MIB and encoding == "br":
            continue  # That is what a bomb looks like.
        text = json.dumps({"event_id": f"{number:032x}", "message": f"lost by {encoding}"}).encode()
        answer = doorstep.envelope(project, compress(envelope(text, rest=attachment)), {"Content-Encoding": encoding})
        assert (answer.status, answer.json) == (200, {"id": f"{number:032x}"})
    assert {issue.title for issue in doorstep.issues(project)} >= {"lost by gzip"}


@pytest.mark.parametrize("where", ["store", "envelope", "event in an envelope"])
def test_a_byte_order_mark_is_passed_over(doorstep: Doorstep, where: str) -> None:
    project, mark, text = doorstep.project(), b"\xef\xbb\xbf", b'{"message":"marked"}'
    if where == "store":
        answer = doorstep.knock(f"/api/{project.id}/store/?sentry_key={project.public_key}", mark + text)
    else:
        answer = doorstep.envelope(project, mark + envelope(text) if where == "envelope" else envelope(mark + text))
    assert answer.status == 200
    assert [issue.title for issue in doorstep.issues(project)] == ["marked"]


def test_a_body_that_is_refused_is_refused_in_a_sentence(doorstep: Doorstep) -> None:
    project = doorstep.project()
    answer = doorstep.envelope(project, envelope(b'{"extra":[' + b"{}," * 349_000 + b"0]}"))
    assert (answer.status, answer.json) == (413, {"detail": "The event has more than 100,000 values."})
    assert doorstep.doorway.memory.left == MAX_HELD_BYTES


def test_what_is_read_is_held_by_its_values_too(doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    project, text = doorstep.project(), b'{"extra":[' + b"{}," * 49_000 + b"0]}"
    before = doorstep.doorway.memory.left
    monkeypatch.setattr(doorstep.doorway.memory, "left", 3 * len(text))
    assert doorstep.envelope(project, gzip.compress(envelope(text)), {"Content-Encoding": "gzip"}).status == 429
    assert doorstep.doorway.memory.left == 3 * len(text)
    monkeypatch.undo()
    assert doorstep.doorway.memory.left == before
    assert doorstep.envelope(project, gzip.compress(envelope(text)), {"Content-Encoding": "gzip"}).status == 200
