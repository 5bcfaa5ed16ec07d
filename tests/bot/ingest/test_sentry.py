"""The endpoint of the Sentry SDKs over real HTTP: what it takes, whatever comes."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
import socket
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.ingest.limits import MIB
from bot.ingest.sentry import SentryEndpoint
from core.types import JSON, Level
from core.views import ProjectView
from tests.examples import examples
from tests.support.ingest.app import Doorstep
from tests.support.ingest.sdk_events import BROWSER, ID, NODE, PYTHON, RAVEN, SENTRY_CLI, envelope, one


def test_an_envelope_of_the_python_sdk_becomes_an_issue(doorstep: Doorstep) -> None:
    project = doorstep.project()
    session = {"sid": "a" * 32, "init": True, "started": "2026-11-01T10:00:00Z", "status": "crashed", "errors": 1, "attrs": {"release": "shop@1.4.2"}}
    body = envelope(
        ({"type": "session", "content_type": "application/json"}, session),
        ({"type": "event", "length": len(json.dumps(PYTHON)), "content_type": "application/json"}, PYTHON),
        event_id=ID,
        sent_at="2026-11-01T10:11:12.200000Z",
        trace={"trace_id": "a" * 32},
    )
    headers = {
        "X-Sentry-Auth": f"Sentry sentry_key={project.public_key}, sentry_version=7, sentry_client=sentry.python/2.75.0",
        "Content-Type": "application/x-sentry-envelope",
        "Content-Encoding": "gzip",
    }
    answer = doorstep.knock(f"/api/{project.id}/envelope/", gzip.compress(body), headers)
    assert (answer.status, answer.json) == (200, {"id": ID})
    (issue,) = doorstep.issues(project)
    assert (issue.title, issue.culprit) == ("ZeroDivisionError: division by zero", "POST /checkout")
    assert (issue.release, issue.environment, issue.users_seen) == ("shop@1.4.2", "production", 1)
    assert issue.payload["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"]["order"] == "<Order 1042>"
    assert "hunter2" not in json.dumps(issue.payload)


def test_an_envelope_of_the_browser_sdk_is_taken_as_plain_text_with_the_key_in_the_query(doorstep: Doorstep) -> None:
    project = doorstep.project()
    body = one(BROWSER, event_id=ID, sent_at="2026-11-03T09:20:01Z", sdk={"name": "sentry.javascript.browser", "version": "9.1.0"})
    answer = doorstep.envelope(project, body.rstrip(b"\n"), {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://shop.example.com"})
    assert (answer.status, answer.json) == (200, {"id": ID})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Sentry-Rate-Limits" in answer.headers["Access-Control-Expose-Headers"]
    (issue,) = doorstep.issues(project)
    assert (issue.title[:28], issue.users_seen) == ("TypeError: Cannot read prope", 0)
    assert "hunter2" not in json.dumps(issue.payload)


def test_an_envelope_of_the_node_sdk_is_taken_without_a_content_type(doorstep: Doorstep) -> None:
    project = doorstep.project()
    auth = f"Sentry sentry_version=7, sentry_key={project.public_key}"
    answer = doorstep.knock(f"/api/{project.id}/envelope/", one(NODE, event_id=ID), {"X-Sentry-Auth": auth, "Content-Type": ""})
    assert answer.status == 200
    (issue,) = doorstep.issues(project)
    assert (issue.level, issue.culprit) == (Level.FATAL, "db in connect")


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [(bytes, ""), (zlib.compress, "deflate"), (zlib.compress, ""), (lambda body: base64.b64encode(zlib.compress(body)), "")],
    ids=["JSON", "deflate", "zlib", "base64"],
)
def test_an_event_of_raven_is_taken_at_the_store(doorstep: Doorstep, pack: Callable[[bytes], bytes], encoding: str) -> None:
    project = doorstep.project()
    auth = (
        f"Sentry sentry_timestamp=1793700000.1, sentry_client=raven-python/6.10.0, sentry_version=6, sentry_key={project.public_key}, sentry_secret=x"
    )
    headers = {"X-Sentry-Auth": auth, "Content-Type": "application/octet-stream"} | ({"Content-Encoding": encoding} if encoding else {})
    answer = doorstep.knock(f"/api/{project.id}/store/", pack(json.dumps(RAVEN).encode()), headers)
    assert (answer.status, answer.json) == (200, {"id": ID})
    (issue,) = doorstep.issues(project)
    assert (issue.title, issue.level) == ("order 42 is lost", Level.WARNING)
    assert issue.payload["tags"] == {"component": "orders"}


def test_an_event_of_sentry_cli_is_taken_without_the_environment_that_it_ships(doorstep: Doorstep) -> None:
    project = doorstep.project()
    answer = doorstep.envelope(project, one(SENTRY_CLI, event_id=SENTRY_CLI["event_id"]))
    assert (answer.status, answer.json) == (200, {"id": ID})
    (issue,) = doorstep.issues(project)
    assert issue.title == "Deploy failed: disk full"
    assert issue.payload["extra"] == {"environ": "[Filtered]"}
    assert "hunter2" not in json.dumps(issue.payload)


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstandard.ZstdCompressor().compress)],
)
def test_every_compression_of_the_sdks_is_taken(doorstep: Doorstep, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    project = doorstep.project()
    assert doorstep.envelope(project, compress(one({"message": "packed"})), {"Content-Encoding": encoding}).status == 200
    assert doorstep.issues(project)[0].title == "packed"


def test_an_envelope_that_comes_in_chunks_is_taken(doorstep: Doorstep) -> None:
    project = doorstep.project()
    assert doorstep.envelope(project, one({"message": "x" * 200_000}), {"Transfer-Encoding": "chunked"}).status == 200
    assert len(doorstep.issues(project)) == 1


@pytest.mark.parametrize("where", ["header", "bare header", "authorization", "query", "dsn"])
@pytest.mark.parametrize("slash", ["/", ""])
def test_the_key_is_found_wherever_it_stands(doorstep: Doorstep, where: str, slash: str) -> None:
    project = doorstep.project()
    auth = f"Sentry sentry_version=7,sentry_key={project.public_key}"
    bare = auth.removeprefix("Sentry ")
    headers = {"header": {"X-Sentry-Auth": auth}, "bare header": {"X-Sentry-Auth": bare}, "authorization": {"Authorization": auth}}.get(where, {})
    query = f"?sentry_key={project.public_key}" if where == "query" else ""
    dsn = {"dsn": doorstep.dsn(project)} if where == "dsn" else {}
    assert doorstep.knock(f"/api/{project.id}/envelope{slash}{query}", one({"message": "m"}, **dsn), headers).status == 200


def test_a_new_project_works_at_once_though_its_number_was_refused_before(doorstep: Doorstep) -> None:
    project = doorstep.project()
    coming = str(project.id + 1)
    assert doorstep.knock(f"/api/{coming}/envelope/?sentry_key={'0' * 32}", b"{}").status == 401
    new = doorstep.project()
    assert str(new.id) == coming
    assert doorstep.envelope(new, one({"message": "m"})).status == 200


def test_an_event_that_comes_twice_is_counted_once(doorstep: Doorstep) -> None:
    project = doorstep.project()
    answers = [doorstep.envelope(project, one(PYTHON)), doorstep.store(project, PYTHON), doorstep.envelope(project, one(PYTHON) + one(PYTHON)[3:])]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {"id": ID})] * 3
    assert [issue.times_seen for issue in doorstep.issues(project)] == [1]


def test_events_of_the_same_error_are_counted_in_one_issue(doorstep: Doorstep) -> None:
    project = doorstep.project()
    for number in range(3):
        assert doorstep.store(project, {"message": f"order {number} is lost", "user": {"id": number % 2}}).status == 200
    assert [(issue.times_seen, issue.users_seen) for issue in doorstep.issues(project)] == [(3, 2)]


def test_an_event_without_an_id_takes_that_of_its_envelope(doorstep: Doorstep) -> None:
    assert doorstep.envelope(doorstep.project(), one({"message": "m"}, event_id=ID)).json == {"id": ID}


def test_two_events_without_ids_are_two_events(doorstep: Doorstep) -> None:
    project = doorstep.project()
    items = [({"type": "event"}, {"message": "m"})] * 2
    assert len(doorstep.envelope(project, envelope(*items, event_id=ID)).json["id"]) == 32
    assert doorstep.issues(project)[0].times_seen == 2


@pytest.mark.parametrize(("header", "expected"), [({"event_id": ID}, ID), ({}, None)])
def test_an_envelope_without_events_is_taken_and_forgotten(doorstep: Doorstep, header: JSON, expected: str | None) -> None:
    project = doorstep.project()
    before = doorstep.items("check_in")
    kinds = ["session", "sessions", "transaction", "client_report", "check_in", "attachment", "feedback", "user_report", "replay_video", "no such"]
    answer = doorstep.envelope(project, envelope(*[({"type": kind}, {"a": 1}) for kind in kinds], **header))
    assert (answer.status, answer.json) == (200, {"id": expected})
    assert doorstep.issues(project) == []
    assert doorstep.items("check_in") == before + 1
    assert not doorstep.items("no such")


def test_a_large_attachment_beside_an_event_is_let_go(doorstep: Doorstep) -> None:
    project = doorstep.project()
    attachment = ({"type": "attachment", "length": 30 * MIB, "filename": "video.webm"}, bytes(30 * MIB))
    assert doorstep.envelope(project, envelope(attachment, ({"type": "event"}, {"message": "m"}))).status == 200
    assert doorstep.issues(project)[0].title == "m"


@pytest.fixture(scope="module")
def victim(doorstep: Doorstep) -> ProjectView:
    return doorstep.project()


PIECES = st.sampled_from(
    [b"{}", b"\n", b'{"type":"event"}', b'{"type":"event","length":5}', b'{"type":"x"}', b'{"message":"\\ud800\\u0000"}', b'{"a":', b"1e999"]
)
BODIES = st.binary(max_size=200) | st.lists(PIECES, max_size=9).map(b"".join) | st.lists(PIECES, max_size=9).map(b"\n".join)
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.ZstdCompressor().compress, "x": bytes,
}  # fmt: skip


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES, encoding=st.sampled_from(sorted(ENCODINGS)), packing=st.sampled_from(sorted(ENCODINGS)), path=st.sampled_from(["envelope", "store"])
)
def test_whatever_bytes_come_the_door_does_not_break(
    doorstep: Doorstep, victim: ProjectView, body: bytes, encoding: str, packing: str, path: str
) -> None:
    sent = ENCODINGS[packing](body)
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = doorstep.knock(f"/api/{victim.id}/{path}/?sentry_key={victim.public_key}", sent, headers)
    assert answer.status in {200, 400, 413}


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Content-Encoding", b"Content-Length", b"Transfer-Encoding", b"X-Sentry-Auth", b"Authorization", b"Expect", b"Upgrade", b"Host"]
        ),
        st.sampled_from(
            [b"gzip", b"0", b"5", b"99999999999999999999", b"-1", b"chunked", b"Sentry sentry_key=\xff", b"100-continue", b"websocket", b""]
        )
        | st.binary(max_size=12),
    )
    | st.tuples(st.binary(max_size=12), st.binary(max_size=12)),
    max_size=4,
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=HEADERS, query=st.sampled_from([b"sentry_key=KEY", b"sentry_key=KEY&sentry_key=%00", b"%ff=%fe", b""]), body=BODIES)
def test_whatever_is_written_to_the_socket_the_door_does_not_break(
    doorstep: Doorstep, victim: ProjectView, headers: list[tuple[bytes, bytes]], query: bytes, body: bytes
) -> None:
    first = b"POST /api/%d/envelope/?%b HTTP/1.1" % (victim.id, query.replace(b"KEY", victim.public_key.encode()))
    lines = [first, b"Connection: close", *(b"%b: %b" % header for header in headers)]
    statuses = said_to(doorstep.port, b"\r\n".join(lines) + b"\r\n\r\n" + body)
    assert statuses <= {100, 200, 400, 401, 403, 413, 429}
    assert doorstep.envelope(victim, envelope()).status == 200


def said_to(port: int, data: bytes) -> set[int]:
    """The statuses of all that is answered to these bytes; none where the connection is only closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        said = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                said += piece
    return {int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", bytes(said))}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["values", "type", "value", "id", "message"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["timestamp", "level", "release", "environment", "user", "tags", "exception", "message", "logentry", "fingerprint", "extra"])


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.dictionaries(FIELDS, VALUES, max_size=6))
def test_whatever_an_event_holds_it_is_stored(doorstep: Doorstep, victim: ProjectView, event: JSON) -> None:
    assert doorstep.store(victim, event).status == 200


def test_the_routes_stand_beside_others(doorstep: Doorstep) -> None:
    app = Starlette(routes=SentryEndpoint(doorstep.doorway).routes())
    assert {getattr(route, "path", "") for route in app.routes} == {
        "/api/{project_id}/envelope/",
        "/api/{project_id}/envelope",
        "/api/{project_id}/store/",
        "/api/{project_id}/store",
    }
