"""What Grafana's data source for Sentry asks, in the very words of its requests, and the types that it reads."""

from __future__ import annotations

from typing import Any

from tests.support.api import Tenant, World

ISSUE: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "shortId": str,
    "title": str,
    "count": str,
    "userCount": int,
    "status": str,
    "substatus": (str, type(None)),
    "level": str,
    "type": str,
    "platform": str,
    "firstSeen": str,
    "lastSeen": str,
    "culprit": str,
    "hasSeen": bool,
    "permalink": str,
    "isPublic": bool,
    "numComments": int,
    "isBookmarked": bool,
    "isSubscribed": bool,
}
"""What it reads of an issue; null is read as an empty text."""


def fits(found: dict[str, Any], shape: dict[str, type | tuple[type, ...]]) -> bool:
    return all(isinstance(found[key], kind) for key, kind in shape.items())


def test_a_panel_of_issues_is_filled(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one", environment="production")
    time = "end=2026-11-23T12%3A35%3A00&environment=production&limit=10000&project=1&query=is%3Aunresolved&sort=date&start=2026-11-23T06%3A35%3A00"
    (issue,) = acme.client.get(f"/api/0/organizations/acme/issues/?{time}")
    assert fits(issue, ISSUE)
    assert all(isinstance(value, str) for value in issue["metadata"].values())
    assert all(isinstance(issue["project"][key], str) for key in ("id", "name", "slug", "platform"))


def test_its_variables_and_its_health_check_are_answered(world: World, acme: Tenant) -> None:
    world.core.directory.create_team("payments", acme.id, [acme.project.id])
    world.event(acme.project, "one", environment="production")
    (organization,) = acme.client.get("/api/0/organizations/")
    assert fits(organization, {"id": str, "slug": str, "dateCreated": str, "isEarlyAdopter": bool, "require2FA": bool, "status": dict})
    for path in ("organizations/acme/projects/", "teams/acme/payments/projects/"):
        (project,) = acme.client.get(f"/api/0/{path}")
        assert fits(project, {"id": str, "slug": str, "name": str, "isMember": bool, "hasAccess": bool, "team": dict, "teams": list})
        assert "dateCreated" not in project
    (team,) = acme.client.get("/api/0/organizations/acme/teams/")
    assert fits(team, {"id": str, "slug": str, "name": str, "isMember": bool, "hasAccess": bool})
    (tag,) = acme.client.get("/api/0/organizations/acme/tags/")
    assert fits(tag, {"key": str, "name": str, "totalValues": int})


def test_a_panel_of_events_is_filled(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one", environment="production")
    fields = "field=id&field=title&field=project&field=project.id&field=release&field=event.type&field=timestamp"
    asked = f"end=2026-11-23T12%3A35%3A00&{fields}&per_page=100&query=&sort=-timestamp&start=2026-11-23T06%3A35%3A00"
    (row,) = acme.client.get(f"/api/0/organizations/acme/events/?{asked}")["data"]
    assert (row["title"], row["project.id"], row["release"], row["event.type"]) == ("ValueError: one", 1, None, "default")


def test_what_it_asks_of_things_that_are_not_kept_is_refused_in_one_sentence(acme: Tenant) -> None:
    for path, status in (
        ("events-stats/?yAxis=count()&topEvents=10&partial=1", 404),
        ("stats_v2/?field=sum(quantity)&category=error", 404),
        ("metrics/data/?field=session.rate", 404),
        ("trace-items/attributes/?itemType=spans", 404),
        ("events/?dataset=spans&field=id", 400),
        ("events/?field=count()", 400),
    ):
        answer = acme.client.ask("GET", f"/api/0/organizations/acme/{path}")
        assert (answer.status, list(answer.json)) == (status, ["detail"]), path
