"""What is read from envelopes, and what is not."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.envelopes import Envelope, EnvelopeReader
from bot.ingest.errors import MalformedRequest, Refused, TooLarge
from bot.ingest.limits import MAX_EVENT_BYTES, MAX_LINE_BYTES

EVENT = b'{"message":"lost"}'

READ = {
    "one event without a length": (b'{}\n{"type":"event"}\n' + EVENT, [EVENT], {"event": 1}),
    "one event without a length and a newline": (b'{}\n{"type":"event"}\n' + EVENT + b"\n", [EVENT], {"event": 1}),
    "one event with a length": (b'{}\n{"type":"event","length":18}\n' + EVENT, [EVENT], {"event": 1}),
    "one event with a length and a newline": (b'{}\n{"type":"event","length":18}\n' + EVENT + b"\n", [EVENT], {"event": 1}),
    "a length of null": (b'{}\n{"type":"event","length":null}\n' + EVENT, [EVENT], {"event": 1}),
    "newlines in a payload with a length": (b'{}\n{"type":"event","length":4}\n{\n\n}\n', [b"{\n\n}"], {"event": 1}),
    "Windows newlines": (b'{}\r\n{"type":"event","length":18}\r\n' + EVENT + b"\r\n", [EVENT], {"event": 1}),
    "several items": (
        b'{}\n{"type":"session"}\n{"a":1}\n{"type":"event"}\n' + EVENT + b'\n{"type":"attachment","length":3}\nabc\n{"type":"event"}\n{}',
        [EVENT, b"{}"],
        {"session": 1, "event": 2, "attachment": 1},
    ),
    "an empty attachment": (b'{}\n{"type":"attachment","length":0}\n\n{"type":"event"}\n' + EVENT, [EVENT], {"attachment": 1, "event": 1}),
    "an empty attachment at the end": (b'{}\n{"type":"attachment","length":0}', [], {"attachment": 1}),
    "an empty payload without a length": (b'{}\n{"type":"session"}\n\n{"type":"session"}\n', [], {"session": 2}),
    "an unknown type": (b'{}\n{"type":"metric_buckets","length":2}\n[]\n', [], {"metric_buckets": 1}),
    "binary payloads": (b'{}\n{"type":"attachment","length":4}\n\x00\xff\n\n\n{"type":"event"}\n{}', [b"{}"], {"attachment": 1, "event": 1}),
    "no items": (b"{}", [], {}),
    "no items and newlines": (b"{}\n\n\n", [], {}),
}

MALFORMED = {
    "nothing": b"",
    "an empty line": b"\n{}",
    "text": b"hello",
    "a header that is a list": b'[]\n{"type":"event"}\n{}',
    "an item's header that is text": b"{}\nhello\n{}",
    "an item's header that is a number": b"{}\n1\n{}",
    "an item without a type": b'{}\n{"length":2}\n{}',
    "a type that is no text": b'{}\n{"type":{}}\n{}',
    "a negative length": b'{}\n{"type":"event","length":-1}\n{}',
    "a length that is text": b'{}\n{"type":"event","length":"2"}\n{}',
    "a length that is true": b'{}\n{"type":"event","length":true}\n{}',
    "a length that is too long": b'{}\n{"type":"event","length":20}\n{}',
    "a length that is too long for an attachment": b'{}\n{"type":"attachment","length":20}\n{}',
    "a length and no payload": b'{}\n{"type":"event","length":20}',
    "a length that is too short": b'{}\n{"type":"event","length":1}\n{}\n',
    "bytes that are no UTF-8": b'{"a":"\xff\xfe"}\n',
    "a deep header": b"[" * 50_000,
    "an endless header": b" " * (MAX_LINE_BYTES + 1),
}

TOO_LARGE = {
    "an event over the limit": b'{}\n{"type":"event"}\n' + b" " * (MAX_EVENT_BYTES + 1),
    "an event that says it is": b'{}\n{"type":"event","length":%d}\n' % (MAX_EVENT_BYTES + 1),
    "too many items": b"{}\n" + b'{"type":"session"}\n{}\n' * 1_001,
    "too many events": b"{}\n" + b'{"type":"event"}\n{}\n' * 11,
}


def read_envelope(body: bytes) -> Envelope:
    reader = EnvelopeReader()
    reader.feed(body)
    return reader.finish()


@pytest.mark.parametrize(("body", "events", "items"), READ.values(), ids=READ.keys())
def test_these_are_read(body: bytes, events: list[bytes], items: dict[str, int]) -> None:
    envelope = read_envelope(body)
    assert (list(envelope.events), dict(envelope.items)) == (events, items)


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_these_are_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(MalformedRequest, match=r"^[A-Z].*\.$"):
        read_envelope(body)


@pytest.mark.parametrize("body", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_these_are_too_large(body: bytes) -> None:
    with pytest.raises(TooLarge, match=r"^[A-Z].*\.$"):
        read_envelope(body)


@pytest.mark.parametrize(("body", "events", "items"), READ.values(), ids=READ.keys())
def test_it_does_not_matter_in_what_pieces_they_come(body: bytes, events: list[bytes], items: dict[str, int]) -> None:
    envelope = _read_in_pieces(body, 1)
    assert (list(envelope.events), dict(envelope.items)) == (events, items)


@given(st.lists(st.binary(max_size=40)), st.integers(1, 7))
def test_whatever_the_payloads_hold_they_come_out_as_they_went_in(payloads: list[bytes], size: int) -> None:
    events = payloads[:10]
    body = b'{"event_id":null}\n' + b"".join(json.dumps({"type": "event", "length": len(one)}).encode() + b"\n" + one + b"\n" for one in events)
    assert list(_read_in_pieces(body, size).events) == events


@given(st.binary(max_size=60) | st.lists(st.sampled_from([b"{}", b"\n", b'{"type":"event"}', b'{"type":"x","length":3}', b"a"])).map(b"".join))
def test_random_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(read_envelope(body), Envelope)


def _read_in_pieces(body: bytes, size: int) -> Envelope:
    reader = EnvelopeReader()
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.finish()
