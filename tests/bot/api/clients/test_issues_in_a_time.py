"""Lists of issues by the time of their events, as panels and clients ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from tests.support.api import Clock, Tenant, World

MANY = "/api/0/organizations/acme/issues/"
SHOP = "/api/0/projects/acme/shop/issues/"


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    core = open_core(CoreSettings(database_url, deletion_grace=60), clock)
    yield core
    core.close()


@pytest.fixture
def three(world: World, acme: Tenant) -> Tenant:
    """One issue of the 23rd, one of both the 23rd and the 26th, and one of the 25th; it is the 26th, 12:30."""
    world.issues(acme.project, ["old", "both"])
    world.clock.move(days=2)
    world.event(acme.project, "between")
    world.clock.move(days=1)
    world.event(acme.project, "both")
    return acme


def found(tenant: Tenant, query: str, path: str = MANY) -> list[str]:
    return sorted(issue["id"] for issue in tenant.client.get(f"{path}?query=&{query}"))


def test_start_and_end_choose_issues_with_events_between_them(three: Tenant) -> None:
    for query, ids in {
        "start=2026-11-23T12:00:00&end=2026-11-23T13:00:00": ["1", "2"],
        "start=2026-11-24T00:00:00&end=2026-11-24T23:00:00": [],
        "start=2026-11-25T12:00:00&end=2026-11-25T12:59:59Z": ["3"],
        "start=2026-11-26": ["2"],
        "start=2026-11-25": ["2", "3"],
        "end=2026-11-24": ["1", "2"],
        "start=2026-11-20&end=2026-11-30": ["1", "2", "3"],
        "start=2026-11-26T14:00:00%2B02:00&end=2026-11-26T15:00:00%2B02:00": ["2"],
        "start=2027-01-01": [],
        "statsPeriod=23h": ["2"],
        "statsPeriod=90000s": ["2", "3"],
        "statsPeriod=2D": ["2", "3"],
    }.items():
        for path in (MANY, SHOP):
            assert found(three, query, path) == ids, query


def test_days_are_known_when_hours_are_not_any_more(world: World, three: Tenant) -> None:
    world.clock.move(days=60)
    world.core.retention.forget_hours()
    world.event(three.project, "both")
    assert found(three, "start=2026-11-26&end=2026-11-27") == ["2"]
    assert found(three, "start=2026-11-25&end=2026-11-25T23:00:00") == ["3"]
    assert found(three, "start=2026-12-10&end=2026-12-20") == []


def test_a_time_goes_with_searches_sorts_and_pages(three: Tenant) -> None:
    time = "start=2026-11-23&end=2026-11-27&limit=2"
    answer = three.client.ask("GET", f"{MANY}?query=is:unresolved&sort=freq&project=-1&{time}")
    assert [issue["id"] for issue in answer.json] == ["2", "3"]
    following = answer.headers["Link"].split(", ")[1].partition("<https://quell.example.com")[2].partition(">")[0]
    assert [issue["id"] for issue in three.client.get(following)] == ["1"]
    assert found(three, "start=2026-11-23&sort=recommended&limit=10000&groupStatsPeriod=auto&collapse=unhandled&utc=true") == ["1", "2", "3"]


def test_a_time_that_makes_no_sense_is_refused_by_name(three: Tenant) -> None:
    for query, field in {
        "start=yesterday": "start",
        "end=2026-13-01": "end",
        "start=2026-11-02&end=2026-11-01": "start",
        "statsPeriod=1d&end=2026-11-01": "statsPeriod",
        "statsPeriod=99999w": "statsPeriod",
        "sort=trends": "sort",
        "id=1&start=2026-11-01": "id",
    }.items():
        for path in (MANY, SHOP):
            answer = three.client.ask("GET", f"{path}?{query}")
            assert (answer.status, list(answer.json)) == (400, [field]), (query, answer)


def test_a_change_by_time_is_refused(three: Tenant) -> None:
    for name in ("start", "end"):
        answer = three.client.ask("PUT", f"{MANY}?query=is:unresolved&{name}=2026-11-01", {"status": "resolved"})
        assert (answer.status, list(answer.json)) == (400, [name])
