"""The real MCP server for Sentry, which assistants use, against the running program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.clients.captures import keep
from tests.scenarios.clients.desk import Desk
from tests.scenarios.clients.mcp import McpClient, mcp_client

pytestmark = pytest.mark.slow


@pytest.fixture
def mcp(desk: Desk) -> Iterator[McpClient]:
    with mcp_client(desk) as client:
        yield client


def test_it_finds_its_way_around(desk: Desk, mcp: McpClient) -> None:
    assert f"ada@{desk.organization}.example" in mcp.use("whoami")
    assert desk.organization in mcp.use("find_organizations")
    assert "shop" in mcp.use("find_projects")
    assert desk.dsn in mcp.use("find_dsns", projectSlug="shop")
    assert '"teams": []' in mcp.use("find_teams")
    assert desk.refusals() == set()
    keep(desk, "mcp-lookups")


def test_a_release_is_looked_up(desk: Desk, mcp: McpClient) -> None:
    desk.crash("Boom", release="shop@1.0")
    assert '"version": "1.0"' in mcp.use("find_releases")
    assert "shop@1.0" in mcp.use("get_release_details", releaseVersion="shop@1.0")
    assert desk.refusals() == set()


def test_issues_are_searched(desk: Desk, mcp: McpClient) -> None:
    boom, bang = desk.crash("Boom"), desk.crash("Bang", level="warning")
    said = mcp.use("search_issues", query="is:unresolved", projectSlugOrId="shop")
    assert boom in said
    assert bang in said
    said = mcp.use("search_issues", query="level:warning", sort="freq", period="7d", limit=5)
    assert (boom in said, bang in said) == (False, True)
    assert boom in mcp.use("search_issues", query="", sort="recommended")
    assert desk.refusals() == set()
    keep(desk, "mcp-search")


def test_an_issue_is_shown_with_its_newest_event(desk: Desk, mcp: McpClient) -> None:
    frame = {"filename": "shop/cellar.py", "function": "open_cellar", "lineno": 7, "in_app": True}
    exception = {"type": "CellarError", "value": "it is dark", "stacktrace": {"frames": [frame]}}
    desk.crash("Boom", release="shop@1.0", tags={"shelf": "4"})
    boom = desk.crash("CellarError: it is dark", event_id="b" * 32, release="shop@1.0", exception={"values": [exception]}, tags={"shelf": "5"})
    said = mcp.use("get_sentry_resource", resourceType="issue", resourceId=boom)
    assert all(words in said for words in ("CellarError", "it is dark", "open_cellar", "cellar.py", "**shelf**: 5", "shop@1.0", "b" * 32))
    assert "CellarError" in mcp.use("get_issue_details", eventId="b" * 32)
    assert "5" in mcp.use("get_issue_tag_values", issueId=boom, tagKey="shelf")


def test_events_of_an_issue_are_searched(desk: Desk, mcp: McpClient) -> None:
    boom = desk.crash("Boom", event_id="a" * 32)
    desk.crash("Boom", event_id="b" * 32, environment="staging")
    said = mcp.use("search_issue_events", issueId=boom, query="environment:staging", period="7d")
    assert ("a" * 32 in said, "b" * 32 in said) == (False, True)
    assert desk.refusals() == set()
    keep(desk, "mcp-events")


def test_an_issue_is_updated(desk: Desk, mcp: McpClient) -> None:
    boom = desk.crash("Boom")
    assert "unresolved → **resolved**" in mcp.use("update_issue", issueId=boom, status="resolved")
    assert desk.issue(boom)["status"] == "resolved"
    mcp.use("update_issue", issueId=boom, status="unresolved", assignedTo="me")
    assert (desk.issue(boom)["status"], desk.issue(boom)["assignedTo"]["name"]) == ("unresolved", "Ada")
    mcp.use("update_issue", issueId=boom, status="ignored", ignoreMode="untilOccurrenceCount", ignoreCount=5, ignoreWindowMinutes=60)
    details = desk.issue(boom)["statusDetails"]
    assert (details["ignoreCount"], details["ignoreWindow"]) == (5, 60)
    mcp.use("update_issue", issueId=boom, status="resolvedInNextRelease")
    assert desk.issue(boom)["statusDetails"]["inNextRelease"]
    assert desk.refusals() == set()
    keep(desk, "mcp-update")


def test_an_issue_is_commented_on(desk: Desk, mcp: McpClient) -> None:
    boom = desk.crash("Boom")
    assert "The cellar is wet" in mcp.use("add_issue_note", issueId=boom, text="The cellar is wet")
    assert "Comment posted" in mcp.use("update_issue", issueId=boom, status="resolved", reason="It is dry again")
    notes = [activity["data"]["text"] for activity in desk.activities(boom) if activity["type"] == "note"]
    assert notes == ["It is dry again", "The cellar is wet"]
    assert "The cellar is wet" in mcp.use("get_issue_activity", issueId=boom)
    keep(desk, "mcp-comments")


def test_errors_are_searched(desk: Desk, mcp: McpClient) -> None:
    desk.crash("Boom")
    desk.crash("Bang", level="warning")
    said = mcp.use("search_events", dataset="errors", query="level:warning", projectSlug="shop", fields=["title", "timestamp", "level"])
    assert ("Bang" in said, "Boom" in said) == (True, False)
    keep(desk, "mcp-errors")


def test_what_is_not_there_is_said_to_be_not_there(desk: Desk, mcp: McpClient) -> None:
    said = mcp.use("search_events", dataset="spans", query="")
    assert "dataset=errors" in said
