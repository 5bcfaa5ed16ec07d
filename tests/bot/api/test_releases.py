"""Releases over HTTP, as sentry-cli and build servers announce them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.api.schemas import releases as release_schemas
from tests.support.api import Tenant, World

RELEASES = "/api/0/organizations/acme/releases/"
ONE = f"{RELEASES}shop@1.2.3/"
SHA = "ed218003b6f7c9dbb485328c403654111fa9ebfe"
COMMITS: list[dict[str, Any]] = [
    {
        "patch_set": [{"path": "f", "type": "A"}],
        "repository": "origin",
        "author_name": "A",
        "author_email": "a@example.org",
        "timestamp": "2026-11-23T03:03:58Z",
        "message": "Fix ZeroDivisionError (fixes SHOP-1)\n",
        "id": SHA,
    },
    {"patch_set": [], "repository": "origin", "message": "first\n", "id": "baa3367f5af7012d3be327e60bb5cc4e462127ae"},
]


@pytest.fixture
def release(acme: Tenant) -> str:
    answer = acme.client.ask("POST", RELEASES, {"version": "shop@1.2.3", "projects": ["shop"], "dateStarted": "2026-11-23T03:03:58.681165667Z"})
    assert answer.status == 201, answer
    return ONE


def test_a_release_has_the_keys_of_sentry(acme: Tenant, release: str) -> None:
    body = acme.client.get(release)
    release_schemas.ReleaseJson.model_validate(body)
    assert (body["version"], body["shortVersion"], body["status"], body["dateReleased"]) == ("shop@1.2.3", "1.2.3", "open", None)
    assert body["projects"] == [{"id": "1", "slug": "shop", "name": "shop", "platform": "python"}]
    assert body["dateCreated"] == "2026-11-23T12:30:00Z"


def test_a_release_announced_again_is_answered_208(acme: Tenant, release: str) -> None:
    answer = acme.client.ask("POST", RELEASES, {"version": "shop@1.2.3", "projects": [1], "ref": "main"})
    assert (answer.status, answer.json["ref"]) == (208, "main")


def test_a_release_can_be_archived_and_finalised_as_sentry_cli_does(acme: Tenant, release: str) -> None:
    archived = acme.client.ask("POST", RELEASES, {"version": "shop@1.2.3", "projects": [], "status": "archived"})
    assert (archived.status, archived.json["status"]) == (208, "archived")
    assert acme.client.get(RELEASES) == []
    assert [one["version"] for one in acme.client.get(f"{RELEASES}?status=archived")] == ["shop@1.2.3"]
    assert acme.client.get(f"{RELEASES}?status=")[0]["status"] == "archived"
    final = acme.client.put(release, projects=["shop"], dateReleased="2026-11-23T03:03:58.891513844Z", status="open")
    assert (final["dateReleased"], final["status"]) == ("2026-11-23T03:03:58.891513Z", "open")


def test_commits_resolve_what_they_fix(world: World, acme: Tenant, release: str) -> None:
    world.event(acme.project, "one")
    body = acme.client.put(release, commits=COMMITS)
    assert (body["commitCount"], body["lastCommit"]["id"], body["authors"]) == (2, SHA, [{"name": "A", "email": "a@example.org"}])
    assert acme.client.get("/api/0/issues/SHOP-1/")["status"] == "resolved"
    newest = acme.client.get("/api/0/issues/SHOP-1/activities/")["activity"][0]
    assert (newest["type"], newest["source"], newest["user"]) == ("set_resolved_in_commit", "api", None)
    commits = acme.client.get(f"{release}commits/")
    assert [one["id"] for one in commits] == [one["id"] for one in COMMITS]
    release_schemas.CommitJson.model_validate(commits[0])
    assert [one["name"] for one in acme.client.get("/api/0/organizations/acme/repos/")] == ["origin"]


def test_the_next_release_knows_the_commits_before_it(acme: Tenant, release: str) -> None:
    assert acme.client.get(f"{release}previous-with-commits/") == {}
    acme.client.put(release, commits=COMMITS)
    acme.client.ask("POST", RELEASES, {"version": "shop@1.2.4", "projects": ["shop"]})
    previous = acme.client.get(f"{RELEASES}shop@1.2.4/previous-with-commits/")
    assert (previous["version"], previous["lastCommit"]["id"]) == ("shop@1.2.3", SHA)


def test_refs_name_the_newest_commit_and_words_only_the_repository(acme: Tenant, release: str) -> None:
    refs = [{"repository": "acme/shop", "commit": SHA, "previousCommit": "HEAD~1"}, {"repository": "acme/lib", "commit": "HEAD"}]
    assert acme.client.put(release, refs=refs)["lastCommit"]["repository"]["name"] == "acme/shop"
    assert [one["id"] for one in acme.client.get(f"{release}commits/")] == [SHA]


def test_a_deploy_told_twice_is_answered_208(acme: Tenant, release: str) -> None:
    told = {"environment": "prod", "name": None, "url": None, "dateStarted": None, "dateFinished": "2026-11-23T03:04:01.161951287Z"}
    answers = [acme.client.ask("POST", f"{release}deploys/", told) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 208]
    release_schemas.DeployJson.model_validate(answers[0].json)
    assert acme.client.get(f"{release}deploys/") == [answers[0].json]
    assert acme.client.get(release)["lastDeploy"]["environment"] == "prod"


def test_a_deleted_release_is_gone(acme: Tenant, release: str) -> None:
    assert acme.client.ask("DELETE", release).status == 204
    assert acme.client.ask("DELETE", release).status == 404
    assert acme.client.ask("GET", release).status == 404


def test_lists_come_in_pages(world: World, acme: Tenant) -> None:
    for number in range(3):
        world.clock.move(seconds=1)
        acme.client.ask("POST", RELEASES, {"version": f"1.{number}", "projects": ["shop"]})
    mine = "/api/0/projects/acme/shop/releases/"
    first = acme.client.ask("GET", f"{mine}?per_page=2&query=1.")
    assert [one["version"] for one in first.json] == ["1.2", "1.1"]
    assert 'rel="next"; results="true"; cursor="0:2:0"' in first.headers["Link"]
    assert [one["version"] for one in acme.client.get(f"{mine}?per_page=2&cursor=0:2:0")] == ["1.0"]
    assert acme.client.get(f"{RELEASES}?query=1.1")[0]["version"] == "1.1"
    assert acme.client.get("/api/0/organizations/acme/repos/?cursor=") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"projects": ["shop"]}, "version"),
        ({"version": 7, "projects": ["shop"]}, "version"),
        ({"version": "a/b", "projects": ["shop"]}, "version"),
        ({"version": "latest", "projects": ["shop"]}, "version"),
        ({"version": "1.0"}, "projects"),
        ({"version": "1.0", "projects": "shop"}, "projects"),
        ({"version": "1.0", "projects": [None]}, "projects"),
        ({"version": "1.0", "projects": ["nowhere"]}, "projects"),
        ({"version": "1.0", "projects": [], "status": "closed"}, "status"),
        ({"version": "1.0", "projects": [], "status": ["open"]}, "status"),
        ({"version": "1.0", "projects": [], "dateReleased": "yesterday"}, "dateReleased"),
        ({"version": "1.0", "projects": [], "dateReleased": "0001-01-01T00:00:00+14:00"}, "dateReleased"),
        ({"version": "1.0", "projects": [], "dateReleased": 5}, "dateReleased"),
        ({"version": "1.0", "projects": [], "url": 5}, "url"),
        ({"version": "1.0", "projects": [], "url": "x" * 1001}, "url"),
        ({"version": "1.0", "projects": [], "commits": {}}, "commits"),
        ({"version": "1.0", "projects": [], "commits": ["abc"]}, "commits"),
        ({"version": "1.0", "projects": [], "commits": [{"message": "no id"}]}, "commits"),
        ({"version": "1.0", "projects": [], "commits": [{"id": "x" * 65}]}, "commits"),
        ({"version": "1.0", "projects": [], "commits": [{"id": "a"}] * 10_001}, "commits"),
        ({"version": "1.0", "projects": [], "refs": [{"repository": "r"}]}, "refs"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_under_its_field(acme: Tenant, body: object, field: str) -> None:
    answer = acme.client.ask("POST", RELEASES, body)
    assert (answer.status, list(answer.json)) == (400, [field]), answer
    assert acme.client.get(RELEASES) == []


def test_a_commit_needs_nothing_but_its_id(acme: Tenant, release: str) -> None:
    acme.client.put(release, commits=[{"id": "a", "message": "x" * 20_000 + "\0", "timestamp": "2026-11-23T03:03:58"}])
    (commit,) = acme.client.get(f"{release}commits/")
    assert (commit["repository"]["name"], commit["author"], commit["dateCreated"]) == ("default", None, "2026-11-23T03:03:58Z")
    assert len(commit["message"]) == 10_000


@pytest.mark.parametrize("version", ["1.0", "%00", "..%2F", "x" * 300, "a%2Fb", "%F0%9F%90%9B", "shop@1.2.3%20"])
def test_a_release_that_does_not_exist_is_not_found(acme: Tenant, release: str, version: str) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "deploys/"), ("GET", "commits/"), ("GET", "previous-with-commits/")):
        assert acme.client.ask(method, f"{RELEASES}{version}/{path}").status == 404, (method, path)
    assert acme.client.ask("POST", f"{RELEASES}{version}/deploys/", {"environment": "prod"}).status == 404


def test_a_release_of_another_organization_does_not_exist(world: World, acme: Tenant, release: str) -> None:
    umbrella = world.tenant("umbrella")
    theirs = release.replace("acme", "umbrella")
    assert [umbrella.client.ask("GET", path).status for path in (release, theirs, RELEASES)] == [404, 404, 404]
    assert umbrella.client.get("/api/0/organizations/umbrella/releases/") == []
    assert umbrella.client.ask("POST", "/api/0/organizations/umbrella/releases/", {"version": "1", "projects": [acme.project.id]}).status == 400


@pytest.mark.parametrize(
    ("scope", "sees", "changes"),
    [("org:read", 200, 403), ("event:read", 200, 403), ("project:releases", 200, 208), ("event:write", 403, 403)],
)
def test_releases_are_changed_with_their_scope_and_seen_with_any_that_reads(
    world: World, acme: Tenant, release: str, scope: str, sees: int, changes: int
) -> None:
    client = world.client(world.core.directory.create_token(acme.id, None, [scope]))
    seen = {client.ask("GET", path).status for path in (RELEASES, release, f"{release}deploys/", "/api/0/organizations/acme/repos/")}
    assert seen == {sees}
    assert client.ask("POST", RELEASES, {"version": "shop@1.2.3", "projects": ["shop"]}).status == changes


@pytest.mark.parametrize("version", ["1.0+build 7", "släpp", "v1%", "1.0;drop"])
def test_a_version_may_have_any_characters_an_address_can_quote(world: World, acme: Tenant, version: str) -> None:
    assert acme.client.ask("POST", RELEASES, {"version": version, "projects": ["shop"]}).status == 201
    assert acme.client.get(f"{RELEASES}{world.quoted(version)}/")["version"] == version


def test_a_list_is_not_asked_for_in_words_it_does_not_know(acme: Tenant) -> None:
    for query in ("status=closed", "per_page=0", "cursor=x", "per_page=a"):
        assert acme.client.ask("GET", f"{RELEASES}?{query}").status == 400, query
    assert acme.client.get(f"{RELEASES}?query=%00") == []


@pytest.mark.filterwarnings("ignore:Sending a large body")
def test_a_release_may_come_with_megabytes_of_changed_files(world: World, acme: Tenant) -> None:
    files = [{"path": f"a/long/path/of/a/file/that/was/changed/{number}.py", "type": "M"} for number in range(30_000)]
    commits = [{"id": "a" * 40, "message": "Tidy up", "repository": "shop", "patch_set": files}]
    body = {"version": "shop@9.0.0", "projects": ["shop"], "commits": commits}
    assert acme.client.ask("POST", f"/api/0/organizations/{acme.slug}/releases/", body).status == 201
