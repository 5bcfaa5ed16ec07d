"""The real sentry-cli, 2 and 3, against the running program."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.clients.captures import keep
from tests.scenarios.clients.desk import SENTRY_CLI_2, SENTRY_CLI_3, Desk, Office

pytestmark = pytest.mark.slow


@pytest.fixture(params=[SENTRY_CLI_2, SENTRY_CLI_3], ids=["2", "3"])
def desk(request: pytest.FixtureRequest, office: Office, tmp_path: Path) -> Desk:
    return replace(office.desk(tmp_path), program=request.param)


def send(desk: Desk, title: str, *words: str) -> str:
    """An event of its own issue; answers the issue's number."""
    desk.cli("send-event", "--no-environ", "-m", title, "--fingerprint", title, *words)
    (issue,) = [issue for issue in desk.issues() if title in issue["title"]]
    return str(issue["id"])


def test_it_finds_its_way_around(desk: Desk) -> None:
    assert "Method: Auth Token" in desk.cli("info")
    assert desk.organization in desk.cli("organizations", "list")
    assert "shop" in desk.cli("projects", "list")
    assert "No repos found" in desk.cli("repos", "list")


def test_a_release_from_its_announcement_to_its_end(desk: Desk) -> None:
    for _ in range(2):
        assert "Created release shop@1.2.3" in desk.cli("releases", "new", "shop@1.2.3")
    assert desk.release("shop@1.2.3")["projects"][0]["slug"] == "shop"
    desk.cli("releases", "finalize", "shop@1.2.3")
    released = desk.release("shop@1.2.3")["dateReleased"]
    assert released
    assert "shop@1.2.3" in desk.cli("releases", "list")
    assert "shop@1.2.3" in desk.cli("releases", "info", "shop@1.2.3")
    desk.cli("releases", "info", "shop@9", code=1)
    desk.cli("releases", "archive", "shop@1.2.3")
    assert (desk.release("shop@1.2.3")["status"], desk.release("shop@1.2.3")["dateReleased"]) == ("archived", released)
    desk.cli("releases", "restore", "shop@1.2.3")
    assert desk.release("shop@1.2.3")["status"] == "open"
    assert "Deleted release shop@1.2.3" in desk.cli("releases", "delete", "shop@1.2.3")
    assert "Did nothing" in desk.cli("releases", "delete", "shop@1.2.3")


def test_a_release_can_be_announced_whole(desk: Desk) -> None:
    desk.cli("releases", "new", "shop@2.0.0+build 7", "--finalize", "--url", "https://ci.example.org/7")
    release = desk.release("shop@2.0.0+build 7")
    assert (release["url"], release["dateReleased"] is not None) == ("https://ci.example.org/7", True)


def test_local_commits_resolve_what_they_fix_and_the_next_release_has_only_what_is_new(desk: Desk) -> None:
    send(desk, "Boom")
    send(desk, "Bang")
    desk.repository()
    first, fix = desk.commit("first"), desk.commit("Fix the cellar\n\nFixes SHOP-1")
    desk.cli("releases", "set-commits", "shop@1.0.0", "--local")
    assert desk.commits("shop@1.0.0") == [fix, first]
    assert desk.statuses() == {"Boom": "resolved", "Bang": "unresolved"}
    newest = desk.ask("issues/SHOP-1/activities/")["activity"][0]
    assert (newest["type"], newest["source"]) == ("set_resolved_in_commit", "api")
    second = desk.commit("closes SHOP-2")
    desk.cli("releases", "set-commits", "shop@1.0.1", "--local")
    assert desk.commits("shop@1.0.1") == [second]
    assert set(desk.statuses().values()) == {"resolved"}
    assert "origin" in desk.cli("repos", "list")


def test_a_range_of_commits_can_be_named(desk: Desk) -> None:
    desk.repository()
    desk.know("acme/shop")
    first, second = desk.commit("first"), desk.commit("second")
    desk.cli("releases", "set-commits", "shop@1.0.0", "--commit", f"acme/shop@{first}..{second}")
    last = desk.release("shop@1.0.0")["lastCommit"]
    assert (last["id"], last["repository"]["name"]) == (second, "acme/shop")
    desk.cli("releases", "set-commits", "shop@1.0.1", "--commit", "acme/shop@HEAD~1..HEAD")


def test_commits_are_found_by_themselves(desk: Desk) -> None:
    desk.repository()
    sha = desk.commit("first")
    desk.cli("releases", "set-commits", "shop@1.0.0", "--auto")
    assert desk.release("shop@1.0.0")["lastCommit"]["id"] == sha


def test_a_deploy_is_told(desk: Desk) -> None:
    desk.cli("releases", "new", "shop@1.2.3")
    desk.cli("deploys", "new", "--release", "shop@1.2.3", "-e", "prod", "-t", "60")
    assert desk.release("shop@1.2.3")["lastDeploy"]["environment"] == "prod"
    assert "prod" in desk.cli("deploys", "list", "--release", "shop@1.2.3")
    desk.cli("deploys", "new", "--release", "shop@9", "-e", "prod", code=1)


def test_an_event_is_sent(desk: Desk) -> None:
    said = desk.cli("send-event", "-m", "Hello from the shell", "--release", "shop@1.2.3", "--level", "warning")
    assert "Event dispatched" in said
    (issue,) = desk.issues()
    assert (issue["title"], issue["level"]) == ("Hello from the shell", "warning")


def test_an_event_has_all_that_was_said_of_it(desk: Desk) -> None:
    about = ("--release", "shop@1.2.3", "--env", "staging", "--tag", "component:deploy", "--user", "id:42", "--user", "email:ada@example.com")
    for disk in ("sda", "sdb"):
        said = desk.cli("send-event", "-m", "Disk %s is full", "-a", disk, "--level", "fatal", "--platform", "python", *about)
    (issue,) = desk.issues()
    assert (issue["title"], issue["level"], issue["count"], issue["userCount"]) == ("Disk sdb is full", "fatal", "2", 1)
    # It makes and shows ids with hyphens.
    (shown,) = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    event = desk.ask(f"issues/{issue['id']}/events/{shown}/")
    assert (event["id"], event["release"], event["environment"]) == (shown.replace("-", ""), "shop@1.2.3", "staging")
    assert (event["user"]["id"], event["user"]["email"], event["platform"]) == ("42", "ada@example.com", "python")
    assert {"key": "component", "value": "deploy"} in event["tags"]


def test_fingerprints_of_events_make_issues(desk: Desk) -> None:
    for message, fingerprint in (("The cellar is wet", "cellar"), ("The cellar is dark", "cellar"), ("The roof is open", "roof")):
        desk.cli("send-event", "-m", message, "--fingerprint", fingerprint)
    assert {(issue["title"], issue["count"]) for issue in desk.issues()} == {("The cellar is dark", "2"), ("The roof is open", "1")}


def test_the_environment_that_goes_along_with_an_event_is_not_kept(desk: Desk) -> None:
    desk.cli("send-event", "-m", "Hello from the build", "--extra", "job:42", BUILD_SETTING="canary-of-environment", DEPLOY_TOKEN="canary-of-token")
    (issue,) = desk.issues()
    event = desk.ask(f"issues/{issue['id']}/events/latest/")
    assert event["context"] == {"environ": "[Filtered]", "job": "42"}
    kept = b"".join(file.read_bytes() for file in desk.town.folder.glob("quell.db*"))
    assert b"Hello from the build" in kept
    assert b"canary-of-" not in kept + json.dumps(event).encode() + desk.town.log.encode()


def test_the_release_of_an_event_is_known(desk: Desk) -> None:
    send(desk, "Boom", "--release", "shop@1.2.3")
    release = desk.release("shop@1.2.3")
    assert (release["newGroups"], release["firstEvent"] is not None) == (1, True)
    assert "shop@1.2.3" in desk.cli("releases", "list")


def test_issues_are_listed(desk: Desk) -> None:
    send(desk, "Boom")
    bang = send(desk, "Bang")
    assert all(title in desk.cli("issues", "list") for title in ("Boom", "Bang"))
    desk.cli("issues", "resolve", "--id", bang)
    # With --status it asks for all issues as well, and shows them all (3.8.2).
    assert "Bang" in desk.cli("issues", "list", "--status", "resolved")
    listed = desk.cli("issues", "list", "--query", "is:unresolved")
    assert ("Bang" in listed, "Boom" in listed) == (False, True)


def test_issues_are_changed_by_their_numbers(desk: Desk) -> None:
    boom, bang = send(desk, "Boom"), send(desk, "Bang")
    send(desk, "Crack")
    desk.cli("issues", "resolve", "--id", boom, "--id", bang)
    assert desk.statuses() == {"Boom": "resolved", "Bang": "resolved", "Crack": "unresolved"}
    desk.cli("issues", "mute", "--id", boom)
    desk.cli("issues", "unresolve", "--id", bang)
    assert desk.statuses() == {"Boom": "ignored", "Bang": "unresolved", "Crack": "unresolved"}
    keep(desk, f"sentry-cli-{2 if desk.program == SENTRY_CLI_2 else 3}-triage")


def test_issues_are_changed_by_their_status(desk: Desk) -> None:
    boom = send(desk, "Boom")
    send(desk, "Bang")
    desk.cli("issues", "resolve", "--id", boom)
    desk.cli("issues", "mute", "--status", "unresolved")
    assert desk.statuses() == {"Boom": "resolved", "Bang": "ignored"}
    desk.cli("issues", "unresolve", "--status", "resolved")
    assert desk.statuses() == {"Boom": "unresolved", "Bang": "ignored"}
    desk.cli("issues", "resolve", "--status", "unresolved")
    assert desk.statuses() == {"Boom": "resolved", "Bang": "ignored"}


@pytest.mark.parametrize(("verb", "status"), [("resolve", "resolved"), ("mute", "ignored")])
def test_all_issues_are_changed(desk: Desk, verb: str, status: str) -> None:
    send(desk, "Boom")
    send(desk, "Bang")
    desk.cli("issues", verb, "--all")
    assert desk.statuses() == {"Boom": status, "Bang": status}


def test_an_issue_is_resolved_in_the_next_release(desk: Desk) -> None:
    boom = send(desk, "Boom", "--release", "cherry")
    desk.cli("issues", "resolve", "--id", boom, "--next-release")
    assert desk.statuses() == {"Boom": "resolved"}
    send(desk, "Boom", "--release", "cherry")
    assert desk.statuses() == {"Boom": "resolved"}
    desk.cli("releases", "new", "damson")
    send(desk, "Boom", "--release", "damson")
    assert desk.statuses() == {"Boom": "unresolved"}
