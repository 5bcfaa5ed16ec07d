"""Grouping rules of a project's own at the endpoint of the SDKs."""

from __future__ import annotations

from bot.ingest.auth import CACHE_SECONDS, ProjectRules
from core.types import JSON
from tests.support.ingest.app import Doorstep


def crash(value: str) -> JSON:
    return {"exception": {"values": [{"type": "Timeout", "value": value}]}, "tags": {"shop": "one"}}


def test_events_are_grouped_by_the_rules_of_their_project_alone(doorstep: Doorstep) -> None:
    ours, other = doorstep.project(), doorstep.project()
    doorstep.core.grouping_rules.set(ours, 'error.type:Timeout -> timeout title="Timeout in {{ tags.shop }}, password={{ error.value }}"')
    for project in (ours, other):
        for value in ("hunter2", "no answer from the database"):
            assert doorstep.store(project, crash(value)).status == 200
    (issue,) = doorstep.issues(ours)
    assert issue.times_seen == 2
    assert issue.title.startswith("Timeout in one, password=")
    assert "hunter2" not in issue.title
    assert "fingerprint" not in issue.payload
    assert len(doorstep.issues(other)) == 2


def test_rules_that_another_process_stores_are_picked_up(doorstep: Doorstep) -> None:
    project = doorstep.project()
    rules = ProjectRules(doorstep.core.grouping_rules, doorstep.doorway.workers)
    now = [0.0]
    rules._known = type(rules._known)(maxsize=8, ttl=CACHE_SECONDS, timer=lambda: now[0])

    def count() -> int:
        return doorstep.runner.run(rules.of_project(project.id)).count

    assert count() == 0
    doorstep.core.grouping_rules.set(project, "error.type:Timeout -> timeout")
    assert count() == 0
    now[0] += CACHE_SECONDS + 1
    assert count() == 1
