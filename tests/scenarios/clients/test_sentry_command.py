"""The real `sentry` command, which names issues by their short ids, against the running program."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.clients.captures import keep
from tests.scenarios.clients.desk import SENTRY, Desk, Office, write

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return replace(office.desk(tmp_path), program=SENTRY)


def shown(desk: Desk, *words: str) -> Any:
    """What a command prints for programs."""
    return json.loads(desk.cli(*words, "--json"))


def test_it_finds_its_way_around(desk: Desk) -> None:
    assert f"ada@{desk.organization}.example" in desk.cli("auth", "whoami", SENTRY_AUTH_TOKEN=desk.ada)
    assert desk.organization in desk.cli("org", "list")
    assert desk.organization in desk.cli("org", "view", desk.organization)
    assert "shop" in desk.cli("project", "list", f"{desk.organization}/")
    assert desk.dsn in desk.cli("project", "view", f"{desk.organization}/shop")
    assert desk.dsn in desk.cli("dsn", "list", f"{desk.organization}/shop")
    keep(desk, "sentry-lookups")
    assert desk.refusals() == set()


def test_issues_are_listed_and_viewed(desk: Desk) -> None:
    desk.crash("Boom")
    bang = desk.crash("Bang", level="warning")
    said = desk.cli("issue", "list", f"{desk.organization}/shop")
    assert all(title in said for title in ("Boom", "Bang"))
    listed = shown(desk, "issue", "list", f"{desk.organization}/shop", "--query", "level:warning", "--sort", "new", "--period", "24h", "--limit", "5")
    assert [issue["shortId"] for issue in listed["data"]] == [bang]
    viewed = desk.cli("issue", "view", bang)
    assert all(words in viewed for words in (f"{bang}: Bang", "Unresolved", "warning", f"{desk.recorder.url}/issues/"))
    assert shown(desk, "issue", "view", f"{desk.organization}/{bang}")["shortId"] == bang
    assert f"{bang}: Bang" in desk.cli("issue", "view", "@latest")
    keep(desk, "sentry-issues")


def test_events_of_an_issue_are_listed_and_viewed(desk: Desk) -> None:
    boom = desk.crash("Boom", event_id="a" * 32, tags={"shelf": "4"})
    desk.crash("Boom", event_id="b" * 32, environment="staging")
    events = shown(desk, "issue", "events", boom)["data"]
    assert {event["eventID"] for event in events} == {"a" * 32, "b" * 32}
    (only,) = shown(desk, "issue", "events", boom, "--query", "environment:staging", "--period", "24h", "--limit", "3", "--full")["data"]
    assert only["eventID"] == "b" * 32
    assert len(shown(desk, "event", "list", boom)["data"]) == 2
    assert "a" * 32 in desk.cli("event", "view", f"{desk.organization}/shop", "a" * 32)
    assert "staging" in desk.cli("issue", "tags", boom, "environment")


def test_issues_are_triaged_by_their_short_ids(desk: Desk) -> None:
    boom, bang = desk.crash("Boom"), desk.crash("Bang")
    assert "Resolved" in desk.cli("issue", "resolve", boom)
    assert desk.statuses() == {"Boom": "resolved", "Bang": "unresolved"}
    assert "Reopened" in desk.cli("issue", "unresolve", boom)
    assert "Archived" in desk.cli("issue", "archive", bang)
    assert desk.statuses() == {"Boom": "unresolved", "Bang": "ignored"}
    desk.cli("issue", "archive", boom, "--until", "1h")
    assert desk.issue(boom)["substatus"] == "archived_until_condition_met"
    assert "Merged 1 issue(s)" in desk.cli("issue", "merge", boom, bang, "--into", boom)
    keep(desk, "sentry-triage")
    assert [issue["shortId"] for issue in desk.issues()] == [boom]
    assert desk.refusals() == set()


def test_an_issue_is_resolved_in_a_release(desk: Desk) -> None:
    boom = desk.crash("Boom", release="shop@1.0")
    bang = desk.crash("Bang", release="shop@1.0")
    desk.cli("issue", "resolve", boom, "--in", "@next")
    desk.cli("issue", "resolve", bang, "--in", "shop@1.0")
    assert desk.issue(boom)["statusDetails"]["inNextRelease"]
    assert desk.issue(bang)["statusDetails"]["inRelease"] == "shop@1.0"
    refused = desk.cli("issue", "resolve", bang, "--in", "shop@9", code=30)
    assert "shop@9" in refused


def test_a_release_from_its_announcement_to_its_end(desk: Desk) -> None:
    desk.repository()
    first = desk.commit("first")
    desk.know("acme/shop", first)
    newest = desk.commit("second")
    version = f"{desk.organization}/1.0.0"
    assert "Release Created" in desk.cli("release", "create", version, "--project", "shop")
    desk.cli("release", "set-commits", version, "--auto")
    assert desk.release("1.0.0")["lastCommit"]["id"] == newest
    assert "Release Finalized" in desk.cli("release", "finalize", version)
    assert "production" in desk.cli("release", "deploy", version, "production")
    assert "production" in desk.cli("release", "deploys", version)
    assert "Finalized" in desk.cli("release", "view", version)
    assert "1.0.0" in desk.cli("release", "list", f"{desk.organization}/shop")
    assert desk.release("1.0.0")["lastDeploy"]["environment"] == "production"
    assert "deleted" in desk.cli("release", "delete", version, "--yes")
    assert desk.refusals() == set()
    keep(desk, "sentry-release")


def test_local_commits_are_told_and_cleared(desk: Desk) -> None:
    desk.repository()
    first = desk.commit("first")
    version = f"{desk.organization}/1.0.0"
    desk.cli("release", "create", version, "--project", "shop")
    desk.cli("release", "set-commits", version, "--local")
    assert desk.commits("1.0.0") == [first]
    desk.cli("release", "set-commits", version, "--clear")
    assert desk.commits("1.0.0") == []


def test_source_maps_are_injected_and_uploaded(desk: Desk) -> None:
    write(desk.folder / "dist", {"page.js": "f();\n//# sourceMappingURL=page.js.map", "page.js.map": json.dumps(SOURCE_MAP)})
    assert "page.js" in desk.cli("sourcemap", "inject", "dist")
    assert "Files uploaded" in desk.cli("sourcemap", "upload", "dist", "--release", "1.0.0")
    (bundle,) = desk.bundles()
    assert (bundle["release"], bundle["debug_ids"], bundle["files"]) == ("1.0.0", 1, 2)
    keep(desk, "sentry-source-maps")
    assert desk.refusals() == set()


def test_an_event_is_sent(desk: Desk) -> None:
    desk.cli("event", "send", "-m", "Hello from the shell", "--no-environ")
    desk.cli("event", "send", f"{desk.organization}/shop", "-m", "Hello from the build", "--no-environ")
    assert set(desk.statuses()) == {"Hello from the shell", "Hello from the build"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["log", "list"], "There is no dataset 'logs' here"),
        (["trace", "list"], "There is no dataset 'spans' here"),
        (["replay", "list"], "There is no /api/0/organizations/{org}/replays/ here"),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(desk: Desk, words: list[str], answer: str) -> None:
    assert answer in desk.cli(*words, f"{desk.organization}/shop", code=30)


SOURCE_MAP = {
    "version": 3,
    "file": "page.js",
    "sources": ["src/page.js"],
    "sourcesContent": ["function f() {}\nf();"],
    "names": [],
    "mappings": "AACA",
}
