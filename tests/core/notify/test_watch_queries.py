"""Which issues a watch is about: those that its query finds when the events have been counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import delete, event

from core.db.models import IssueTag
from core.db.watches import IssueNews
from core.issues.actions import Assign, To
from core.notify.watches import ChannelName, WatchRule
from core.rules.watching import MAX_REASON_CHARS
from core.search import BadQuery
from core.types import Level
from tests.support.core import World
from tests.support.notify.watches import C1, C2, arrive, boom, watch


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(world.core.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(world.core.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"a", "b"}),
        ("level:warning", {"a"}),
        ("level:>=error", {"b"}),
        ("environment:staging", {"a"}),
        ("!environment:staging", {"b"}),
        ("customer:acme", {"a"}),
        ("release:2.*", {"b"}),
        ("release:1.0 level:warning", {"a"}),
        ("release:1.0 level:error", set()),
        ("is:new age:-1h", {"a", "b"}),
        ("is:resolved", set()),
        ("project:shop cellar", {"a", "b"}),
        ('title:"b"', {"b"}),
    ],
)
def test_a_query_chooses_the_issues(world: World, query: str, expected: set[str]) -> None:
    arrive(world, boom(world, "earlier", tags=(("customer", "umbrella"),)))
    watch(world, WatchRule(query))
    a = boom(world, "a", level=Level.WARNING, environment="staging", release="1.0", tags=(("customer", "acme"),))
    names = {"SHOP-2": "a", "SHOP-3": "b"}
    said = arrive(world, a, boom(world, "b", release="2.1"))
    assert {names[name] for _, name in said} == expected
    assert set(said.values()) <= {f"new: {query}" if query else "new"}


@pytest.mark.parametrize("query", ["customer:acme", "!customer:acme", "has:customer", "level:error !enviroment:staging"])
def test_a_query_by_a_key_that_no_event_of_the_project_had_is_refused(world: World, query: str) -> None:
    elsewhere = world.core.directory.create_project("web", "acme", None)
    world.core.occurrences.record(elsewhere.id, [boom(world, tags=(("customer", "acme"),))])
    with pytest.raises(BadQuery, match="there is no such key"):
        watch(world, WatchRule(query))
    with pytest.raises(BadQuery, match="there is no such key"):
        world.core.watches.dry_run(world.project, WatchRule(query))
    assert world.core.watches.listed(world.organization_id) == []


def test_a_watch_whose_tag_is_gone_goes_on_and_says_so(world: World) -> None:
    arrive(world, boom(world, "earlier", tags=(("customer", "umbrella"),)))
    watch(world, WatchRule("!customer:umbrella"))
    with world.core.database.write() as work:
        work.session.execute(delete(IssueTag))
    assert set(arrive(world, boom(world, "later"))) == {("C1", "SHOP-2")}
    (listed,) = world.core.watches.listed(world.organization_id)
    assert "customer" in (listed.problem or "")


def test_a_query_sees_the_state_that_the_events_have_made(world: World) -> None:
    watch(world, WatchRule("times_seen:>=3 level:fatal", every=1))
    assert arrive(world, boom(world), times=2) == {}
    assert arrive(world, boom(world)) == {}
    assert set(arrive(world, boom(world, level=Level.FATAL))) == {("C1", "SHOP-1")}


def test_channels_are_told_of_what_their_own_watch_finds(world: World) -> None:
    watch(world, WatchRule("level:error"))
    watch(world, WatchRule("level:warning"), C2)
    said = arrive(world, boom(world, "a"), boom(world, "b", level=Level.WARNING))
    assert said == {("C1", "SHOP-1"): "new: level:error", ("C2", "SHOP-2"): "new: level:warning"}


def test_a_watch_tells_of_its_own_project_only(world: World, other_world: World) -> None:
    watch(world)
    web = world.core.directory.create_project("web", "acme", None)
    world.core.occurrences.record(web.id, [boom(world)])
    arrive(other_world, boom(other_world))
    assert world.core.outbox.receipts(world.organization_id, "WEB-1") == []
    assert other_world.core.outbox.receipts(other_world.organization_id, "SHOP-1") == []


def test_a_query_about_a_person_finds_what_is_theirs(world: World) -> None:
    watch(world, replace(WatchRule(f"assigned:{world.ada.email}"), every=1))
    assert arrive(world, boom(world)) == {}
    world.do(Assign(To("user", world.ada.id)))
    assert set(arrive(world, boom(world))) == {("C1", "SHOP-1")}


def test_a_long_reason_is_cut(world: World) -> None:
    query = f"!title:{'x' * 150} !title:{'y' * 150}"
    watch(world, WatchRule(query))
    (because,) = arrive(world, boom(world)).values()
    assert len(because) == MAX_REASON_CHARS
    assert because.endswith("…")


def test_what_a_query_names_may_go_without_an_event_being_refused(world: World) -> None:
    watch(world, WatchRule("project:shop"))
    watch(world, place=C2)
    with world.core.database.write() as work:
        for row, _, _ in work.watches.listed(world.organization_id):
            row.query = row.query.replace("shop", "gone")
    assert set(arrive(world, boom(world))) == {("C2", "SHOP-1")}
    troubles = {view.place: view.problem for view in world.core.watches.listed(world.organization_id)}
    assert troubles == {C1: "There is no project gone.", C2: None}


def test_the_statements_do_not_grow_with_the_issues(world: World) -> None:
    arrive(world, *(boom(world, str(number)) for number in range(40)))
    for place, query in ((C1, "level:error"), (C2, ""), (ChannelName("slack", "C3"), "level:error")):
        watch(world, WatchRule(query, every=1), place)

    def sent(first: int, last: int) -> int:
        with world.core.database.write() as work:
            issues = [issue for issue, _ in work.issues.named(world.organization_id, list(range(first, last)))]
            counts = []
            for _ in range(2):
                with statements(world) as seen:
                    assert len(work.watch_matches.record_matches([IssueNews(issue, frozenset(), 0) for issue in issues], world.clock())) == 3 * len(
                        issues
                    )
                counts.append(len(seen))
            return max(counts)

    assert sent(1, 2) == sent(2, 40) <= 6
