"""Native crashes: what a dump and its form become, over real HTTP and in the database."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.ingest.crashes.endpoint import MAX_DUMP_BYTES, MAX_FIELD_BYTES
from bot.ingest.crashes.minidump import MAX_FRAMES, Minidump
from bot.ingest.crashes.native import crash_event
from bot.ingest.events import occurrence
from bot.ingest.limits import MIB
from core.types import Level
from core.views import ProjectView
from tests.support.growth import AT_MOST, growth
from tests.support.ingest.app import Answer, Doorstep
from tests.support.ingest.message_pack import packed
from tests.support.ingest.minidumps import ARM64, LIBC, MAC, SHOP, STACK_AT, WINDOWS, X86, Crash, Loaded, minidump

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KERNEL = Loaded("C:\\Windows\\System32\\KERNELBASE.dll", 0x7FF8_0000_0000, 0x20_0000)
SHOP_EXE = Loaded("C:\\Program Files\\Shop\\shop.exe", 0x7FF6_0000_0000, 0x10_0000)


def form(parts: Mapping[str, bytes], files: Mapping[str, bytes] | None = None) -> bytes:
    written = b""
    for name, value in parts.items():
        written += f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
    for name, value in (files or {}).items():
        head = f'--b0undary\r\ncontent-disposition: form-data; name="{name}"; filename="a;b.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n'
        written += head.encode() + value + b"\r\n"
    return written + b"--b0undary--\r\n"


def upload(doorstep: Doorstep, project: ProjectView, body: bytes, kind: str = 'multipart/form-data; boundary="b0undary"', **headers: str) -> Answer:
    return doorstep.knock(f"/api/{project.id}/minidump/?sentry_key={project.public_key}", body, {"Content-Type": kind} | headers)


def hashes(crash: Crash, **fields: str) -> tuple[str, ...]:
    return occurrence(crash_event(Minidump(minidump(crash)), {name: value.encode() for name, value in fields.items()}, NOW), NOW).hashes


# What becomes of it -------------------------------------------------------------------------------------------------------


def test_a_crash_is_an_issue_and_the_answer_is_its_number(doorstep: Doorstep) -> None:
    project = doorstep.project()
    own = {"release": "shop@1.4.2", "environment": "production", "user": {"id": "42"}, "tags": {"page": "cart"}}
    fields = {"sentry": json.dumps(own).encode(), "prod": b"Shop", "ver": b"9", "ptype": b"renderer", "guid": b"abc"}
    answer = upload(doorstep, project, form(fields, {"upload_file_minidump": minidump(), "log": b"x" * 100_000}))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    (issue,) = doorstep.issues(project)
    assert (issue.title, issue.level, issue.release, issue.environment) == ("SIGSEGV: shop + 0x1234", Level.FATAL, "shop@1.4.2", "production")
    assert issue.payload["event_id"] == uuid.UUID(answer.body.decode()).hex
    assert issue.payload["tags"] == {"page": "cart", "prod": "Shop", "ptype": "renderer"}
    assert issue.payload["extra"]["guid"] == "abc"
    assert issue.payload["contexts"]["os"]["name"] == "Linux"
    assert issue.users_seen == 1


def test_the_same_crash_is_one_issue_wherever_the_module_was_loaded(doorstep: Doorstep) -> None:
    project = doorstep.project()
    for base in (0x5000_0000, 0x7777_0000):
        moved = Crash(at=base + 0x1234, modules=(Loaded(SHOP.path, base, SHOP.size), LIBC), address=base)
        assert upload(doorstep, project, form({}, {"upload_file_minidump": minidump(moved)})).status == 200
    assert upload(doorstep, project, form({}, {"upload_file_minidump": minidump(Crash(at=SHOP.base + 0x1235))})).status == 200
    assert [issue.times_seen for issue in doorstep.issues(project)] == [2, 1]


def test_a_dump_alone_or_packed_is_taken(doorstep: Doorstep) -> None:
    import gzip

    project = doorstep.project()
    assert upload(doorstep, project, minidump(), "application/octet-stream").status == 200
    packed = gzip.compress(form({}, {"upload_file_minidump": minidump()}))
    assert upload(doorstep, project, packed, **{"Content-Encoding": "gzip"}).status == 200
    assert [issue.times_seen for issue in doorstep.issues(project)] == [2]


def test_the_exceptions_own_address_does_not_count_where_the_registers_are_known() -> None:
    assert hashes(Crash(address=0)) == hashes(Crash(address=0xDEADBEEF))


@pytest.mark.parametrize(
    ("crash", "kind"),
    [
        (Crash(code=6), "SIGABRT"),
        (Crash(code=0xC0000005, system=WINDOWS), "EXCEPTION_ACCESS_VIOLATION"),
        (Crash(code=1, system=MAC, machine=ARM64), "EXC_BAD_ACCESS"),
        (Crash(code=11, machine=X86), "SIGSEGV"),
        (Crash(code=0xABC), "Exception 0x00000abc"),
    ],
)
def test_signals_and_exceptions_have_the_names_of_their_system(crash: Crash, kind: str) -> None:
    assert crash_event(Minidump(minidump(crash)), {}, NOW)["exception"]["values"][0]["type"] == kind
    assert Minidump(minidump(crash)).frames()[0].offset == 0x1234


def test_aborts_are_told_apart_by_who_called_them() -> None:
    abort = Crash(at=LIBC.base + 0x100, code=6, stack=[5, LIBC.base + 0x200, SHOP.base + 0x10, SHOP.base + 0x20])
    other = replace(abort, stack=[6, LIBC.base + 0x200, SHOP.base + 0x11])
    assert hashes(abort) == hashes(replace(abort, stack=[*abort.stack, 1, 2]))
    assert hashes(abort) != hashes(other)
    value = crash_event(Minidump(minidump(abort)), {}, NOW)["exception"]["values"][0]["value"]
    assert value == "shop + 0x10 called libc.so.6 + 0x100"


def test_a_jump_to_nowhere_goes_by_the_caller() -> None:
    assert hashes(Crash(at=0, stack=[SHOP.base + 0x10])) == hashes(Crash(at=4, stack=[SHOP.base + 0x10]))
    assert hashes(Crash(at=0, stack=[SHOP.base + 0x10])) != hashes(Crash(at=0, stack=[SHOP.base + 0x11]))


def test_frame_pointers_are_followed() -> None:
    stack = [SHOP.base + 0x99, 1, STACK_AT + 0x20, SHOP.base + 0x10, 0, SHOP.base + 0x20]
    frames = Minidump(minidump(Crash(stack=stack, frame_pointer=STACK_AT + 0x10))).frames()
    assert [frame.offset for frame in frames] == [0x1234, 0x10, 0x20]


def test_a_windows_path_is_named_by_its_file() -> None:
    crash = Crash(at=KERNEL.base + 5, code=0xE06D7363, system=WINDOWS, modules=(SHOP_EXE, KERNEL), stack=[SHOP_EXE.base + 0x77])
    value = crash_event(Minidump(minidump(crash)), {}, NOW)["exception"]["values"][0]
    assert (value["type"], value["value"]) == ("Unhandled C++ exception", "shop.exe + 0x77 called KERNELBASE.dll + 0x5")


def test_a_dump_without_a_place_goes_by_what_the_form_says() -> None:
    bare = Crash(at=0, modules=())
    assert hashes(bare, signature="OOM | large", ver="1") == hashes(bare, signature="OOM | large", ver="2")
    assert hashes(bare, signature="OOM | large") != hashes(bare, signature="OOM | small")
    assert hashes(bare) != hashes(replace(bare, code=6))


def test_what_the_form_says_of_the_program_counts() -> None:
    def event(**fields: str) -> dict[str, Any]:
        return crash_event(Minidump(minidump()), {name.replace("__of__", "["): value.encode() for name, value in fields.items()}, NOW)

    assert event(prod="Shop", ver="1.4")["release"] == "Shop@1.4"
    assert event(_productName="Shop", _version="1.4")["release"] == "Shop@1.4"
    assert event(prod="Shop", ver="1.4", **{"sentry[release]": "own@1"})["release"] == "own@1"
    assert event(**{"sentry[tags][page]": "cart", "sentry[user][id]": "42"})["tags"] == {"page": "cart"}
    assert event(sentry__2='"own@1"}', sentry__1='{"release":')["release"] == "own@1"
    assert event(sentry="{broken")["release"] is None
    assert event(**{"sentry[a][b]": "x", "sentry[a]": "y", "sentry[]": "z", "sentry[a": "z"})["platform"] == "native"
    assert event(sentry='{"tags": 5, "extra": [], "contexts": "x", "exception": 7}')["exception"]["values"][0]["type"] == "SIGSEGV"


def test_it_happened_when_the_dump_was_written_unless_that_clock_is_wrong() -> None:
    for ago, is_taken in ((timedelta(days=3), True), (timedelta(days=400), False), (timedelta(days=-1), False)):
        dump = Minidump(minidump(Crash(written_at=int((NOW - ago).timestamp()))))
        assert occurrence(crash_event(dump, {}, NOW), NOW).happened_at == (NOW - ago if is_taken else NOW)


def test_secrets_in_the_form_are_taken_out(doorstep: Doorstep) -> None:
    project = doorstep.project()
    fields = {
        "url": b"https://ada:hunter2@shop.example",
        "api_token": b"hunter2",
        "sentry": b'{"extra": {"password": "hunter2"}}',
        "note": b"password=hunter2",
    }
    fields["sentry[tags][token]"] = b"hunter2"
    assert upload(doorstep, project, form(fields, {"upload_file_minidump": minidump()})).status == 200
    assert "hunter2" not in json.dumps(doorstep.issues(project)[0].payload)


def test_what_sentrys_native_sdk_sends_beside_the_dump_counts(doorstep: Doorstep) -> None:
    project = doorstep.project()
    own = {
        "release": "game@2",
        "environment": "beta",
        "tags": {"level": "7"},
        "user": {"id": "42"},
        "raw": b"\xff",
        "contexts": {"gpu": {"name": "X"}},
    }
    for event in (packed(own), packed(own)[:-3], b"\xc1"):
        assert upload(doorstep, project, form({}, {"__sentry-event": event, "upload_file_minidump": minidump()})).status == 200
    (issue,) = doorstep.issues(project)
    assert (issue.times_seen, issue.users_seen) == (3, 1)
    first = crash_event(Minidump(minidump()), {"__sentry-event": packed(own), "sentry[release]": b"form@1"}, NOW)
    assert (first["release"], first["environment"], first["tags"], set(first["contexts"])) == (
        "form@1",
        "beta",
        {"level": "7"},
        {"os", "device", "gpu"},
    )


# What is refused ------------------------------------------------------------------------------------------------------------

REFUSED = {
    "no dump in the form": (form({"prod": b"Shop"}), 400, "no part is called upload_file_minidump"),
    "no minidump": (form({}, {"upload_file_minidump": b"PAGEDU64"}), 400, "does not begin with MDMP"),
    "an empty dump": (form({}, {"upload_file_minidump": b""}), 400, "does not begin with MDMP"),
    "cut short": (form({}, {"upload_file_minidump": minidump()})[:-20], 400, "cut short"),
    "no form": (b"hello", 400, "cut short"),
    "empty": (b"", 400, "cut short"),
    "a long header": (b"--b0undary\r\nX: " + b"x" * 20_000, 400, "longer than 16 KiB"),
    "a long field": (form({"a": b"x" * (MAX_FIELD_BYTES + 1)}), 413, "larger than"),
    "long fields": (form({f"f{n}": b"x" * MAX_FIELD_BYTES for n in range(5)}, {"upload_file_minidump": minidump()}), 413, "larger than 1 MiB"),
    "many parts": (form({f"f{n}": b"" for n in range(1_001)}), 413, "more than 1,000 parts"),
    "a large dump": (form({}, {"upload_file_minidump": b"MDMP" + bytes(MAX_DUMP_BYTES)}), 413, "larger than"),
    "a broken boundary": (b"--b0undary\r\n\r\n\r\n--b0undaryXX", 400, "boundary"),
}


@pytest.mark.parametrize(("body", "status", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_refused_in_a_sentence(doorstep: Doorstep, body: bytes, status: int, said: str) -> None:
    project = doorstep.project()
    answer = upload(doorstep, project, body)
    assert (answer.status, answer.json["detail"][-1]) == (status, ".")
    assert said in answer.json["detail"]
    assert answer.headers["X-Sentry-Error"] == answer.json["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert doorstep.issues(project) == []


def test_large_files_beside_the_dump_are_passed_over(doorstep: Doorstep) -> None:
    project = doorstep.project()
    assert upload(doorstep, project, form({}, {"video": bytes(40 * MIB), "upload_file_minidump": minidump()})).status == 200


def test_keys_quotas_and_browsers_are_as_at_the_other_doors(doorstep: Doorstep, doorstep_with_quota: Doorstep) -> None:
    project, other = doorstep.project(), doorstep.project()
    body = form({}, {"upload_file_minidump": minidump()})
    for named, key, status in ((project.id, "nobodys", 401), (other.id, project.public_key, 403), (project.id, "", 401)):
        headers = {"Content-Type": "multipart/form-data; boundary=b0undary"}
        assert doorstep.knock(f"/api/{named}/minidump/?sentry_key={key}", body, headers).status == status
    assert doorstep.knock(f"/api/{project.id}/minidump", method="OPTIONS").headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    project = doorstep_with_quota.project()
    assert [upload(doorstep_with_quota, project, body).status for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    "body", [form({}, {"upload_file_minidump": minidump()}), *(body for body, _, _ in REFUSED.values())], ids=["taken", *REFUSED]
)
def test_the_memory_that_a_crash_takes_is_given_back(doorstep: Doorstep, body: bytes) -> None:
    before = doorstep.doorway.memory.left
    upload(doorstep, doorstep.project(), body)
    assert doorstep.doorway.memory.left == before


def test_where_there_is_no_memory_for_a_dump_it_is_asked_for_later(doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorstep.doorway.memory, "left", 5_000)
    answer = upload(doorstep, doorstep.project(), form({}, {"upload_file_minidump": minidump() + bytes(10_000)}))
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


# Whatever is in a dump ---------------------------------------------------------------------------------------------------


def test_a_damaged_dump_is_read_as_far_as_it_goes() -> None:
    whole, dice = minidump(Crash(stack=[SHOP.base + 8] * 20, frame_pointer=STACK_AT)), random.Random(1)
    for end in range(4, len(whole), 7):
        crash_event(Minidump(whole[:end]), {}, NOW)
    for _ in range(2_000):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            damaged[dice.randrange(4, len(damaged))] = dice.choice([0, 1, 0x7F, 0xFF, dice.randrange(256)])
        kept = occurrence(crash_event(Minidump(bytes(damaged)), {}, NOW), NOW)
        assert kept.hashes
        assert len(kept.payload["exception"]["values"][0].get("stacktrace", {"frames": []})["frames"]) <= MAX_FRAMES


@pytest.mark.parametrize("number", [0xFFFFFFFF, 0x7FFFFFFF, 100_000])
def test_tables_that_claim_to_be_huge_cost_no_more_than_they_hold(number: int) -> None:
    def claim(size: int) -> bytes:
        dump = bytearray(minidump(Crash(stack=[SHOP.base] * size)))
        dump[8:12] = number.to_bytes(4, "little")
        return bytes(dump)

    assert growth(lambda dump: crash_event(Minidump(dump), {}, NOW), claim(50_000), claim(100_000)) < AT_MOST


def test_reading_a_form_takes_time_in_proportion(doorstep: Doorstep) -> None:
    from bot.http.multipart import FormReader

    def read(size: int) -> None:
        reader = FormReader(b"b0undary", lambda *_: MAX_DUMP_BYTES, MAX_DUMP_BYTES)
        body = form({}, {"upload_file_minidump": b"\r\n--b0undar" * (size // 11)})
        for start in range(0, len(body), 1_000):
            reader.feed(body[start : start + 1_000])
        reader.finish()

    assert growth(read, 4 * MIB, 8 * MIB) < AT_MOST
