"""A form is read as JSON would be, wherever JSON is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.api.forms import MAX_FORM_FIELDS, UnreadableForm, read_form
from core.errors import Invalid
from tests.support.api import Answer, Tenant, World

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=cut"
DETAILS: dict[str, Any] = {"properties": {"inRelease": {}, "inCommit": {"properties": {}}}}
SCHEMA: dict[str, Any] = {"properties": {"status": {"type": "string"}, "ids": {"type": "array"}, "statusDetails": DETAILS}}
MANY = "/api/0/organizations/acme/issues/"


def parts(*pairs: tuple[str, str]) -> bytes:
    """The body of a multipart form."""
    return b"".join(f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs) + b"--cut--\r\n"


def send(acme: Tenant, method: str, path: str, data: bytes, kind: str = URLENCODED) -> Answer:
    return acme.client.ask(method, path, data=data, headers={"Content-Type": kind})


@pytest.mark.parametrize(("raw", "kind"), [(b"status=resolved&ids=1&statusDetails.inRelease=a%20b", URLENCODED), (b"", MULTIPART)])
def test_values_are_texts_lists_and_objects_as_the_schema_says(raw: bytes, kind: str) -> None:
    body = raw or parts(("status", "resolved"), ("ids", "1"), ("statusDetails.inRelease", "a b"))
    assert read_form(body, kind, SCHEMA) == {"status": "resolved", "ids": ["1"], "statusDetails": {"inRelease": "a b"}}


def test_a_repeated_name_is_a_list_whatever_the_schema_says() -> None:
    assert read_form(b"ids=1&ids=2&status=a&status=b&unknown=&a.b=c", URLENCODED, SCHEMA) == {
        "ids": ["1", "2"],
        "status": ["a", "b"],
        "unknown": "",
        "a.b": "c",
    }


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"no equals sign", URLENCODED),
        (b"a=%ff", URLENCODED),
        (b"a=\xff", URLENCODED),
        (b"a=1&" * (MAX_FORM_FIELDS + 1), URLENCODED),
        (parts(("a", "1")), "multipart/form-data"),
        (parts(("a", "1"))[:-8], MULTIPART),
        (b"--cut\r\n\r\nvalue\r\n--cut--", MULTIPART),
        (b"--cut\r\n" + b"X" * 5000 + b'; name="a"\r\n\r\n\r\n--cut--', MULTIPART),
        (b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--cut--', MULTIPART),
        (b"--cut\r\n" * (MAX_FORM_FIELDS + 5) + b"--cut--", MULTIPART),
    ],
)
def test_what_is_no_form_is_refused(raw: bytes, kind: str) -> None:
    with pytest.raises(UnreadableForm):
        read_form(raw, kind, SCHEMA)


def test_a_file_and_an_object_given_twice_are_refused_by_name() -> None:
    with pytest.raises(Invalid, match="It is a file"):
        read_form(b'--cut\r\nContent-Disposition: form-data; name="ids"; filename="x"\r\n\r\n1\r\n--cut--', MULTIPART, SCHEMA)
    with pytest.raises(Invalid, match="give it once"):
        read_form(b"statusDetails=x&statusDetails.inRelease=y", URLENCODED, SCHEMA)


def test_issues_are_changed_by_forms(world: World, acme: Tenant) -> None:
    world.issues(acme.project, ["one", "two", "three"])
    assert send(acme, "PUT", "/api/0/issues/1/", b"status=resolved&hasSeen=true").json["hasSeen"] is True
    assert send(acme, "PUT", MANY, b"ids=2&ids=3&status=ignored&ignoreCount=5").status == 200
    assert acme.client.get("/api/0/issues/3/")["statusDetails"]["ignoreCount"] == 5
    assert send(acme, "PUT", MANY, parts(("ids", "2"), ("status", "unresolved")), MULTIPART).status == 200
    assert [acme.client.get(f"/api/0/issues/{number}/")["status"] for number in (1, 2, 3)] == ["resolved", "unresolved", "ignored"]
    world.release(acme, "shop@1.0.0")
    details = send(acme, "PUT", "/api/0/issues/2/", b"status=resolved&statusDetails.inRelease=shop@1.0.0").json["statusDetails"]
    assert details["inRelease"] == "shop@1.0.0"
    assert send(acme, "DELETE", MANY, b"ids=1&ids=2").status == 204


def test_comments_releases_and_deploys_are_told_by_forms(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    assert send(acme, "POST", "/api/0/issues/1/comments/", "text=Grüße, a=b&more".replace("&", "%26").encode()).status == 400
    assert send(acme, "POST", "/api/0/issues/1/notes/", b"text=Gr%C3%BC%C3%9Fe").json["data"] == {"text": "Grüße"}
    releases = "/api/0/organizations/acme/releases/"
    assert send(acme, "POST", releases, b"version=1.0&projects=shop").json["projects"][0]["slug"] == "shop"
    assert send(acme, "POST", f"{releases}1.0/deploys/", parts(("environment", "production")), MULTIPART).json["environment"] == "production"
    assert send(acme, "PUT", f"{releases}1.0/", b"ref=main").json["ref"] == "main"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"staus=resolved", "staus"),
        (b"status=a&status=b", "status"),
        (b"status=done", "status"),
        (b"statusDetails.inRelase=x", "statusDetails"),
    ],
)
def test_a_form_is_checked_as_json_is(world: World, acme: Tenant, data: bytes, field: str) -> None:
    world.event(acme.project, "one")
    answer = send(acme, "PUT", "/api/0/issues/1/", data)
    assert (answer.status, list(answer.json)) == (400, [field])
    assert acme.client.get("/api/0/issues/1/")["status"] == "unresolved"


def test_json_that_is_said_to_be_a_form_and_what_is_compressed_is_refused(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    # What curl sends unless it is told otherwise.
    answer = send(acme, "PUT", "/api/0/issues/1/", b'{"status": "resolved"}')
    assert answer.status == 415
    assert "Content-Type: application/json" in answer.json["detail"]
    headers = {"Content-Encoding": "zstd", "Content-Type": "application/json"}
    assert acme.client.ask("PUT", "/api/0/issues/1/", data=b"(x", headers=headers).status == 415
    assert acme.client.get("/api/0/issues/1/")["status"] == "unresolved"
