"""Source maps come in as sentry-cli sends them: how to upload, chunks, the request to make a bundle; and single files, as it sent them of old."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.api.uploads import UploadSlots
from core.artifacts.source_maps import ScriptKey
from core.artifacts.uploads import CHUNK_BYTES
from core.db.models import ArtifactBundle, ArtifactChunk
from tests.support.api import LINKS, Answer, Tenant, World
from tests.support.artifacts.bundles import SCRIPT, bundle, chunks_of, count, map_file, sha1, source_map

CHUNKS = "/api/0/organizations/acme/chunk-upload/"
ASSEMBLE = "/api/0/organizations/acme/artifactbundle/assemble/"
FILES = "/api/0/projects/acme/shop/releases/shop@1/files/"
Part = tuple[str, bytes | str, str | None]
KEY = ScriptKey(None, "https://shop.example.com/static/app.js", "shop@1", None)


def form(*parts: Part) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, content, filename in parts:
        made.add_field(name, io.BytesIO(content) if isinstance(content, bytes) else content, filename=filename)
    return made


def send(tenant: Tenant, *chunks: bytes) -> Answer:
    return tenant.client.ask("POST", CHUNKS, data=form(*(("file_gzip", gzip.compress(chunk), sha1(chunk)) for chunk in chunks)))


def asked(upload: bytes, **more: Any) -> dict[str, Any]:
    return {"checksum": sha1(upload), "chunks": [sha1(chunk) for chunk in chunks_of(upload)], "projects": ["shop"], **more}


def test_a_client_is_told_how_to_upload(acme: Tenant) -> None:
    options = acme.client.get(CHUNKS)
    assert options["url"] == f"{LINKS}{CHUNKS}"
    assert options["chunkSize"] & (options["chunkSize"] - 1) == 0, "old clients want a power of two"
    assert options["chunksPerRequest"] * options["chunkSize"] <= options["maxRequestSize"]
    assert (options["hashAlgorithm"], options["compression"]) == ("sha1", ["gzip"])
    assert {"release_files", "artifact_bundles", "artifact_bundles_v2"} <= set(options["accept"])


def test_an_upload_from_the_first_question_to_the_stored_map(world: World, acme: Tenant) -> None:
    upload = bundle(files=None, note="x" * 10)
    large = bundle([(map_file("~/static/app.js.map"), source_map()), (map_file("~/big.map"), os.urandom(2 * CHUNK_BYTES))])
    for content in (upload, large):
        body = asked(content, version="shop@1", dist=None)
        missing = acme.client.ask("POST", ASSEMBLE, body)
        assert (missing.status, missing.json) == (200, {"state": "not_found", "missingChunks": body["chunks"], "detail": None})
        assert send(acme, *chunks_of(content)).status == 200
        for _ in range(2):
            assert acme.client.ask("POST", ASSEMBLE, body).json == {"state": "ok", "missingChunks": [], "detail": None}
    assert world.core.artifacts.source_maps(acme.project.id, [KEY])[KEY].script == SCRIPT


def test_a_chunk_may_come_as_it_is(world: World, acme: Tenant) -> None:
    assert acme.client.ask("POST", CHUNKS, data=form(("file", b"plain", sha1(b"plain").upper()))).status == 200
    assert count(world.core, ArtifactChunk) == [1]


def test_what_is_no_bundle_is_answered_with_its_error(acme: Tenant) -> None:
    send(acme, SCRIPT)
    answer = acme.client.ask("POST", ASSEMBLE, asked(SCRIPT)).json
    detail = "The upload is not a zip archive that can be read. Nothing of the upload was stored."
    assert answer == {"state": "error", "missingChunks": [], "detail": detail}


@pytest.mark.parametrize(
    ("part", "status", "sentence"),
    [
        (("file", b"sent", sha1(b"said")), 400, "A chunk has another SHA-1 than its file name says."),
        (("file", b"x", "app.js"), 400, "'app.js' is not a SHA-1 in hexadecimal."),
        (("file", bytes(CHUNK_BYTES + 1), sha1(bytes(CHUNK_BYTES + 1))), 400, "A chunk is larger than 1,048,576 bytes."),
        (("file", bytes(2 * CHUNK_BYTES), sha1(b"")), 413, "A part of the form is larger than"),
        (("file_gzip", gzip.compress(bytes(50 * CHUNK_BYTES)), sha1(b"")), 400, "A chunk is larger than 1,048,576 bytes."),
        (("file_gzip", b"no gzip", sha1(b"no gzip")), 400, "A chunk is not one piece of gzip that can be read."),
        (("file_gzip", gzip.compress(b"a")[:-3], sha1(b"a")), 400, "A chunk is not one piece of gzip that can be read."),
        (("file_gzip", gzip.compress(b"a") * 2, sha1(b"a")), 400, "A chunk is not one piece of gzip that can be read."),
        (("files", b"x", sha1(b"x")), 400, 'There is no part "files" here; did you mean "file"? Nothing was changed.'),
        (("file", "a field", None), 400, 'There is no part "file" here without a file name. Nothing was changed.'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_chunk_that_is_none_is_refused(world: World, acme: Tenant, part: Part, status: int, sentence: str) -> None:
    answer = acme.client.ask("POST", CHUNKS, data=form(part))
    assert (answer.status, sentence in str(answer.json)) == (status, True), answer
    assert count(world.core, ArtifactChunk) == [0]


def test_a_form_with_more_than_may_be_sent_at_once_is_refused(acme: Tenant) -> None:
    parts: list[Part] = [("file", os.urandom(CHUNK_BYTES), f"{number:040x}") for number in range(33)]
    assert acme.client.ask("POST", CHUNKS, data=form(*parts)).status in (400, 413)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"checksum": "no"}, "checksum"),
        ({"checksum": None}, "checksum"),
        ({"chunks": "a"}, "chunks"),
        ({"chunks": ["a"]}, "chunks"),
        ({"chunks": [sha1(b"")] * 129}, "chunks"),
        ({"projects": []}, "projects"),
        ({"projects": ["nope"]}, "projects"),
        ({"projects": None}, "projects"),
        ({"version": 7}, "version"),
        ({"dist": "x" * 65}, "dist"),
        ({"dist": ["7"]}, "dist"),
        ({"release": "shop@1"}, "release"),
    ],
)
def test_a_request_for_a_bundle_names_the_field_that_is_wrong(acme: Tenant, change: dict[str, Any], field: str) -> None:
    answer = acme.client.ask("POST", ASSEMBLE, asked(bundle()) | change)
    assert (answer.status, list(answer.json)) == (400, [field])


def test_a_chunk_that_is_named_again_and_again_is_refused_by_the_size_of_the_request(acme: Tenant) -> None:
    body = io.BytesIO(json.dumps(asked(bundle(), chunks=["0" * 40] * 30_000)).encode())
    assert acme.client.ask("POST", ASSEMBLE, data=body, headers={"Content-Type": "application/json"}).status == 413


def test_p13_an_organization_uploads_for_itself_only(world: World, acme: Tenant) -> None:
    umbrella = world.tenant("umbrella")
    for path, method in ((CHUNKS, "GET"), (CHUNKS, "POST"), (ASSEMBLE, "POST"), (FILES, "GET"), (FILES, "POST")):
        assert umbrella.client.ask(method, path).status == 404
    upload = bundle()
    send(acme, upload)
    theirs = ASSEMBLE.replace("acme", "umbrella")
    assert umbrella.client.ask("POST", theirs, asked(upload)).json["state"] == "not_found"
    answer = umbrella.client.ask("POST", theirs, asked(upload, projects=[str(acme.project.id)]))
    assert (answer.status, list(answer.json)) == (400, ["projects"])
    assert count(world.core, ArtifactBundle) == [0]


@pytest.mark.parametrize("scopes", [("event:read", "event:write", "event:admin", "org:read")])
def test_uploads_need_the_scope_of_releases(world: World, acme: Tenant, scopes: tuple[str, ...]) -> None:
    client = world.client(world.core.directory.create_token(acme.id, None, list(scopes)))
    assert client.ask("GET", CHUNKS).status == 200
    assert client.ask("GET", FILES).status == 200
    for method, path in (("POST", CHUNKS), ("POST", ASSEMBLE), ("POST", FILES), ("DELETE", f"{FILES}1/")):
        assert client.ask(method, path).status == 403
    assert world.client(None).ask("POST", CHUNKS).status == 401


def test_older_clients_make_a_bundle_for_a_release_and_its_projects(world: World, acme: Tenant) -> None:
    world.release(acme, "shop@1")
    world.core.directory.create_project("till", "acme", None)
    upload = bundle()
    send(acme, upload)
    body = asked(upload)
    del body["projects"]
    path = "/api/0/organizations/acme/releases/shop@1/assemble/"
    assert acme.client.ask("POST", path, body).json["state"] == "ok"
    assert KEY in world.core.artifacts.source_maps(acme.project.id, [KEY])
    assert acme.client.ask("POST", path.replace("shop@1", "shop@2"), body).status == 404


def test_single_files_are_sent_listed_and_deleted(world: World, acme: Tenant) -> None:
    name: Part = ("name", "~/static/app.js", None)
    parts: list[Part] = [("file", SCRIPT, "app.js"), name, ("header", "Sourcemap: app.js.map", None)]
    first = acme.client.ask("POST", FILES, data=form(*parts))
    assert first.status == 201
    assert acme.client.ask("POST", FILES, data=form(*parts)).status == 409
    assert acme.client.ask("POST", FILES, data=form(("file", b"other", "app.js"), name)).status == 409
    assert acme.client.ask("POST", FILES, data=form(*parts, ("dist", "7", None))).status == 201
    assert acme.client.ask("POST", FILES, data=form(("file", source_map(), "x"), ("name", "~/static/app.js.map", None))).status == 201
    assert world.core.artifacts.source_maps(acme.project.id, [KEY])[KEY].content == source_map()
    listed = acme.client.get(FILES)
    assert [(file["name"], file["dist"], file["size"]) for file in listed] == [
        ("~/static/app.js", None, len(SCRIPT)),
        ("~/static/app.js", "7", len(SCRIPT)),
        ("~/static/app.js.map", None, len(source_map())),
    ]
    assert listed[0] == first.json
    assert (listed[0]["sha1"], listed[0]["headers"]) == (sha1(SCRIPT), {"Sourcemap": "~/static/app.js.map"})
    assert acme.client.get(f"{FILES}?checksum={sha1(source_map())}&checksum={sha1(b'')}") == listed[2:]
    assert acme.client.get(f"{FILES}?limit=1&cursor=0:1:0") == listed[1:2]
    assert acme.client.ask("DELETE", f"{FILES}{listed[2]['id']}/").status == 204
    assert acme.client.ask("DELETE", f"{FILES}{listed[2]['id']}/").status == 404
    assert acme.client.get("/api/0/organizations/acme/releases/shop@1/files/") == listed[:2]
    everything = "/api/0/projects/acme/shop/files/source-maps/?name=shop@1"
    assert [acme.client.ask("DELETE", everything).status for _ in range(2)] == [204, 404]
    assert acme.client.get(FILES) == []


def test_a_single_file_for_a_release_is_for_all_its_projects(world: World, acme: Tenant) -> None:
    till = world.core.directory.create_project("till", "acme", None)
    world.release(acme, "shop@1", projects=["shop", "till"])
    path = "/api/0/organizations/acme/releases/shop@1/files/"
    file = acme.client.ask("POST", path, data=form(("file", source_map(), "a"), ("name", "~/a.map", None))).json
    assert [row.files for row in world.core.artifact_keeping.listed(till.id)] == [1]
    refused = acme.client.ask("DELETE", f"{FILES}{file['id']}/")
    assert (refused.status, "upload for several projects" in refused.json["detail"]) == (400, True)
    assert acme.client.ask("DELETE", f"{path}{file['id']}/").status == 204
    assert acme.client.get(path) == []


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([("name", "~/a.js", None)], 400),
        ([("file", b"1", "a.js"), ("name", "a\nb.js", None)], 400),
        ([("file", b"1", "a.js"), ("header", "no colon", None)], 400),
        ([("file", b"1", "a.js"), ("dist", "x" * 65, None)], 400),
        ([("file", b"1", "a.js"), ("dist", "x" * 5000, None)], 413),
        ([("file", b"1", "a.js"), ("release", "x", None)], 400),
        ([("file", b"1", "a.js"), ("file", b"2", "b.js")], 400),
        ([("file", b"1", "a.js"), ("name", "~/a.js", None), ("name", "~/b.js", None)], 400),
        ([("file", b"1", "a.js"), ("name", b"2", "b.js")], 400),
    ],
)
def test_a_single_file_that_cannot_be_stored_is_refused(world: World, acme: Tenant, parts: list[Part], status: int) -> None:
    assert acme.client.ask("POST", FILES, data=form(*parts)).status == status
    assert acme.client.ask("POST", FILES, {"name": "x"}).status == 415
    assert count(world.core, ArtifactBundle) == [0]


def test_a_release_that_cannot_be_has_no_files(acme: Tenant) -> None:
    for version in ("a%00b", "latest"):
        path = FILES.replace("shop@1", version)
        assert acme.client.get(path) == []
        assert acme.client.ask("DELETE", f"{path}1/").status == 404
        assert acme.client.ask("POST", path, data=form(("file", b"1", "a.js"))).status == 400


def test_a_client_that_goes_away_in_the_middle_leaves_no_trace(world: World, acme: Tenant) -> None:
    address = urlsplit(world.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        head = f"POST {CHUNKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {acme.client.token}\r\nContent-Length: 1000\r\n"
        connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
    assert acme.client.ask("GET", CHUNKS).status == 200
    assert count(world.core, ArtifactChunk) == [0]


def test_too_many_uploads_at_a_time_are_told_to_come_again(world: World, acme: Tenant) -> None:
    """The slots are taken by those who say nothing; whoever waits for one too long hears of it, and the slots are free afterwards."""
    from tests.support.api import the_api

    context = the_api().state.context
    the_api().state.context = type(context)(context.core, context.workers, LINKS, upload_slots=UploadSlots(patience=0.05))
    slots = the_api().state.context.upload_slots
    address = urlsplit(world.url)
    silent = [socket.create_connection((address.hostname or "", address.port or 0)) for _ in range(8)]
    head = f"POST {CHUNKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {acme.client.token}\r\nContent-Length: 1000\r\n"
    for connection in silent:
        connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
    while not slots.chunks.locked():
        time.sleep(0.01)
    answer = send(acme, b"chunk")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    for connection in silent:
        connection.close()
    while slots.chunks.locked():
        time.sleep(0.01)
    assert send(acme, b"chunk").status == 200
