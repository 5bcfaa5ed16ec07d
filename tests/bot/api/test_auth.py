"""Who gets in, and what is said to those who do not."""

from __future__ import annotations

import io
import re
import urllib.request
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from bot.api.app import ADDRESSES
from bot.api.schemas import organizations as organization_schemas
from core.accounts.directory import Newcomer
from core.types import Role
from tests.support.api import Client, Door, Tenant, World

ORG, PROJECT, ONE = "/api/0/organizations/{org}/", "/api/0/projects/{org}/shop/", "/api/0/issues/{issue}/"
SHOP = PROJECT + "issues/"
EVENT = f"{1:032x}"

READS = [
    "/api/0/organizations/{org}/issues/",
    SHOP,
    f"{SHOP}?id={{issue}}",
    ONE,
    f"{ONE}activities/",
    f"{ONE}messages/",
    ORG + "issues/{issue}/",
    ORG + "issues/{issue}/activities/",
    ORG + "issues/{issue}/messages/",
    *(f"{start}{rest}" for start in (ONE, ORG + "issues/{issue}/") for rest in ("events/", "events/latest/", "events/{event}/", "hashes/")),
    PROJECT + "events/",
    PROJECT + "events/{event}/",
    PROJECT + "tombstones/",
]
WRITES = [
    ("PUT", ONE),
    ("PUT", ORG + "issues/{issue}/"),
    ("PUT", ORG + "issues/?id={issue}"),
    ("PUT", SHOP + "?id={issue}"),
    ("PUT", ORG + "issues/?query=&status=unresolved"),
    ("PUT", SHOP + "?status=unresolved"),
    ("POST", f"{ONE}comments/"),
    ("POST", ORG + "issues/{issue}/comments/"),
    ("POST", "/api/0/activities/{activity}/undo/"),
]
DELETES = [
    ("DELETE", ONE),
    ("DELETE", ORG + "issues/{issue}/"),
    ("DELETE", ORG + "issues/?id={issue}"),
    ("DELETE", SHOP + "?id={issue}"),
    ("DELETE", SHOP + "?query=is:unresolved"),
    ("DELETE", PROJECT + "tombstones/{stone}/"),
    ("POST", f"{ONE}restore/"),
    ("POST", ORG + "issues/{issue}/restore/"),
    ("PUT", f"{ONE}hashes/?id=nothing"),
    ("PUT", ORG + "issues/{issue}/hashes/?id=nothing"),
]
"""What destroys, brings back and takes apart: an admin's."""
LISTS = ["/api/0/organizations/", ORG + "projects/"]
EVERY = [("GET", "/api/0/"), *(("GET", path) for path in LISTS + READS), *WRITES, *DELETES]


@pytest.fixture
def issue(world: World, acme: Tenant) -> int:
    return world.event(acme.project, "one")


def body_of(method: str, path: str) -> dict[str, Any] | None:
    if "/comments/" in path:
        return {"text": "hm"}
    return {"status": "resolved"} if method == "PUT" and "/hashes/" not in path else None


def filled(path: str, org: str, issue: int) -> str:
    """The address of acme's own things, in the organization of that name."""
    return path.format(org=org, issue=issue, event=EVENT, activity=1, stone=1)


def test_nobody_gets_in_without_a_token(world: World, issue: int) -> None:
    for method, path in EVERY:
        for client in (world.client(None), world.client("0" * 64)):
            answer = client.ask(method, filled(path, "acme", issue), body_of(method, path))
            assert (answer.status, list(answer.json), answer.headers["WWW-Authenticate"]) == (401, ["detail"], "Bearer"), (method, path)
    for headers in ({"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer \xff"}):
        assert world.client(None).ask("GET", "/api/0/", headers=headers).status == 401


@pytest.mark.parametrize(
    ("scope", "lists", "reads", "writes", "deletes"),
    [
        ("event:read", True, True, False, False),
        ("event:write", True, True, True, False),
        ("event:admin", True, True, True, True),
        ("org:read", True, False, False, False),
        ("project:releases", False, False, False, False),
    ],
)
def test_a_scope_opens_what_it_says(
    world: World, acme: Tenant, issue: int, scope: str, *, lists: bool, reads: bool, writes: bool, deletes: bool
) -> None:
    client = world.client(world.core.directory.create_token(acme.id, None, [scope]))
    table = [
        *(("GET", path, lists) for path in LISTS),
        *(("GET", path, reads) for path in READS),
        *((method, path, writes) for method, path in WRITES),
        *((method, path, deletes) for method, path in DELETES),
    ]
    for method, path, is_open in table:
        answer = client.ask(method, filled(path, "acme", issue), body_of(method, path))
        if method != "GET" and answer.status != 403:
            acme.client.ask("POST", f"/api/0/issues/{issue}/restore/")
            acme.client.put("/api/0/issues/1/", status="unresolved")
        assert (answer.status == 403) is not is_open, (method, path, answer)
        assert is_open or scope in answer.json["detail"]
    assert client.get("/api/0/")["auth"] == {"scopes": [scope]}


def test_discarding_needs_the_admin_scope_before_anything_else_is_said(world: World, acme: Tenant, issue: int) -> None:
    writer = world.client(world.core.directory.create_token(acme.id, None, ["event:write"]))
    for path in (f"/api/0/issues/{issue}/", f"/api/0/organizations/acme/issues/?id={issue}"):
        assert writer.ask("PUT", path, {"discard": True}).status == 403
        assert list(acme.client.refused(path, discard=True, status="x")) == ["status", "discard"]


def test_another_organizations_things_do_not_exist(world: World, acme: Tenant, issue: int) -> None:
    other = world.tenant("other")
    world.event(acme.project, "discarded")
    acme.client.ask("PUT", "/api/0/issues/2/", {"discard": True})
    before = acme.client.get(f"/api/0/issues/{issue}/")
    for method, path in EVERY[2:]:
        theirs = other.client.ask(method, filled(path, "acme", issue), body_of(method, path))
        nowhere = other.client.ask(method, filled(path, "nowhere", issue), body_of(method, path))
        assert theirs.status == nowhere.status == 404, (method, path)
    for method, path in [*WRITES, *DELETES]:
        answer = other.client.ask(method, filled(path, "other", issue), body_of(method, path))
        assert answer.status == (204 if "issues/?" in path else 404), (method, path)
    for path in READS:
        answer = other.client.ask("GET", filled(path, "other", issue))
        assert answer.json == [] if "{issue}/" not in path and "{event}" not in path else answer.status == 404, path
    for path in ("organizations/other/issues/?query=", f"organizations/other/issues/?id={issue}", f"projects/other/shop/issues/?id={issue}"):
        assert other.client.get(f"/api/0/{path}") == []
    assert other.client.ask("GET", f"/api/0/organizations/other/issues/?project={acme.project.id}").status == 404
    assert acme.client.get(f"/api/0/issues/{issue}/") == before
    assert len(acme.client.get("/api/0/projects/acme/shop/tombstones/")) == 1


def test_the_same_short_id_is_another_issue_in_another_organization(world: World, acme: Tenant, issue: int) -> None:
    other = world.tenant("other")
    theirs = world.event(other.project, "one")
    assert other.client.put("/api/0/issues/SHOP-1/", status="resolved")["id"] == str(theirs)
    assert acme.client.get("/api/0/issues/SHOP-1/")["status"] == "unresolved"


def test_a_token_sees_itself_its_organization_and_its_projects(world: World, acme: Tenant) -> None:
    world.core.directory.create_project("api", "acme", None)
    root = acme.client.get("/api/0/")
    organization_schemas.RootJson.model_validate(root)
    assert root["version"] == "0"
    assert root["user"] == {"id": "1", "name": "Ada Lovelace", "email": "ada@acme.example", "username": "ada@acme.example"}
    assert acme.nobody.get("/api/0/")["user"] is None
    (organization,) = acme.client.get("/api/0/organizations/?cursor=")
    organization_schemas.OrganizationJson.model_validate(organization)
    assert (organization["id"], organization["slug"], organization["require2FA"]) == ("1", "acme", False)
    projects = acme.client.get("/api/0/organizations/acme/projects/?cursor=")
    for project in projects:
        organization_schemas.ProjectJson.model_validate(project)
    assert [(project["slug"], project["platform"]) for project in projects] == [("api", None), ("shop", "python")]


def test_a_new_token_works_at_once_also_for_those_who_tried_before(world: World, acme: Tenant) -> None:
    ben = world.core.directory.create_user(acme.id, Newcomer("Ben", "ben@acme.example", None), Role.VIEWER)
    client = world.client(world.core.directory.create_token(acme.id, ben))
    assert [client.get("/api/0/")["user"]["name"] for _ in range(2)] == ["Ben", "Ben"]
    assert client.ask("PUT", "/api/0/issues/1/", {}).status == 403


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path in EVERY if method != "DELETE" and "?query" not in path])
def test_without_the_last_slash_the_address_moves_for_good(acme: Tenant, issue: int, method: str, path: str) -> None:
    whole, _, query = filled(path, "acme", issue).partition("?")
    query = f"?{query}" if query else ""
    answer = acme.client.ask(method, whole[:-1] + query, body_of(method, path))
    assert (answer.status, answer.headers["Location"]) == (308, whole + query)


def test_a_wrong_method_is_refused_with_the_right_ones(acme: Tenant, issue: int) -> None:
    wrong = [
        ("POST", f"/api/0/issues/{issue}/", "DELETE, GET, PUT"),
        ("PATCH", "/api/0/organizations/acme/issues/", "DELETE, GET, PUT"),
        ("PUT", "/api/0/", "GET"),
        ("GET", f"/api/0/issues/{issue}/restore/", "POST"),
    ]
    for method, path, allowed in wrong:
        answer = acme.client.ask(method, path)
        assert (answer.status, answer.headers["Allow"], list(answer.json)) == (405, allowed, ["detail"])


def raw(client: Client, path: str, data: Any, kind: str | None = "application/json") -> tuple[int, Any]:
    headers = {"Content-Type": kind} if kind else {}
    answer = client.ask("PUT", path, data=data, headers=headers, skip_auto_headers=["Content-Type"])
    return answer.status, answer.json


@pytest.mark.parametrize("path", ["/api/0/issues/1/", "/api/0/organizations/acme/issues/?id=1"])
def test_a_body_that_cannot_be_read_is_refused(acme: Tenant, issue: int, path: str) -> None:
    malformed = [
        b"{",
        b"status=resolved",
        b'{"status": "resolved"',
        b'"resolved"',
        b"[1]",
        b"null",
        b"\xff\xfe\xfa",
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ]
    for data in malformed:
        status, json = raw(acme.client, path, data)
        assert (status, list(json)) == (400, ["detail"]), data[:20]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"):
        status, json = raw(acme.client, path, b'{"status": "resolved"}', kind)
        assert (status, list(json)) == (415, ["detail"]), kind
    assert acme.client.get("/api/0/issues/1/")["status"] == "unresolved"
    for fine in ("application/json; charset=utf-8", "Application/JSON", None):
        assert raw(acme.client, path, b'{"status": "resolved"}', fine)[0] == 200
    assert raw(acme.client, path, b"", "text/plain")[0] == 200


async def _chunks(size: int) -> Any:
    for _ in range(size // 65536):
        yield b" " * 65536


@pytest.mark.parametrize("path", ["/api/0/issues/1/", "/api/0/organizations/acme/issues/?id=1"])
def test_a_body_over_a_mebibyte_is_refused_however_it_is_sent(acme: Tenant, issue: int, path: str) -> None:
    limit = 1024 * 1024
    for data in (io.BytesIO(b" " * (limit + 1)), _chunks(limit + 65536)):
        status, json = raw(acme.client, path, data)
        assert (status, list(json)) == (413, ["detail"])
    assert raw(acme.client, path, io.BytesIO(b"{}" + b" " * (limit - 2)))[0] == 200


def test_a_database_that_is_away_is_said_in_a_sentence(world: World, acme: Tenant, issue: int) -> None:
    acme.client.get("/api/0/")
    with world.core.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE issues RENAME TO gone")
    for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "restore/"), ("GET", "messages/")):
        answer = acme.client.ask(method, f"/api/0/issues/{issue}/{rest}")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert "nothing was changed" in answer.json["detail"].lower()


def test_the_description_declares_what_can_happen_and_nothing_else(acme: Tenant) -> None:
    # That each answer of each test is declared is checked where tests ask: world.Client.
    description = acme.client.get("/openapi.json")
    operations = [(path, method, operation) for path, found in description["paths"].items() for method, operation in found.items()]
    assert len(operations) > 40
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations)
    for path, method, operation in operations:
        declared = set(operation["responses"])
        assert operation["summary"]
        assert operation["security"] == [{"HTTPBearer": []}]
        assert {"401", "503"} <= declared, path
        assert "422" not in declared
        assert ("413" in declared) == (method != "get"), (path, method)
        in_path = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"]
        assert sorted(in_path) == sorted(re.findall(r"{(\w+)}", path))
    assert "HTTPValidationError" not in description["components"]["schemas"]


@pytest.mark.parametrize("as_mount", [True, False])
def test_it_leaves_room_for_plain_routes_beside_it(world: World, acme: Tenant, door: tuple[Door, str], issue: int, *, as_mount: bool) -> None:
    async def envelope(request: Request) -> JSONResponse:
        return JSONResponse({"project": request.path_params["project"]})

    hook = Route("/api/{project}/envelope/", envelope, methods=["POST"])
    program = door[0].program
    ours = [Mount("/", program)] if as_mount else [Route(path, program) for path in ADDRESSES]
    door[0].program = Starlette(routes=[hook, *ours])
    assert acme.client.ask("POST", "/api/7/envelope/").json == {"project": "7"}
    assert acme.client.get(f"/api/0/issues/{issue}/")["id"] == str(issue)
    assert acme.client.ask("GET", "/api/0/issues/1").headers["Location"] == "/api/0/issues/1/"
    assert acme.client.get("/openapi.json")["info"]["title"] == "Quell"
    assert acme.client.ask("GET", "/docs").status == 200
    assert acme.client.ask("GET", "/api/7/envelope/").status == (404 if as_mount else 405)


def documentation(world: World) -> tuple[str, str]:
    """The page and its policy."""
    with urllib.request.urlopen(f"{world.client(None).url}/docs") as answer:  # noqa: S310  loopback
        return answer.read().decode(), answer.headers["Content-Security-Policy"]


def test_the_documentation_can_be_looked_at(world: World) -> None:
    page, _ = documentation(world)
    described = world.client(None).get("/openapi.json")
    assert [path for path in described["paths"] if path not in page] == []
    assert [name for name in described["components"]["schemas"] if f'id="{name}"' not in page] == []
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page


def test_the_documentation_loads_nothing_from_anywhere(world: World) -> None:
    page, policy = documentation(world)
    assert re.findall(r"(?i)<(script|link|img|iframe|object|embed|base)\b|@import|url\(", page) == []
    assert re.findall(r"(?i)(?:src|href|action)=[\"'](?![#/][^/]|/?#)([^\"']*)", page) == []
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?:|\*|script-src", policy)
