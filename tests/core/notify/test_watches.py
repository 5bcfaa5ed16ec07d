"""Which channels are told of which issues: on what, how often, and what a watch would have told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event

from core.db.models import IssueTag
from core.db.watches import IssueNews
from core.errors import TriageError, UnknownName, UnknownUser
from core.events.record import Occurrence
from core.issues.actions import Action, Archive, Assign, Resolve, To
from core.notify.contents import IssueMessage
from core.notify.watches import EVERYTHING, LONGEST_QUERY, ChannelName, WatchRule
from core.rules.snooze import Condition
from core.rules.watching import LONGEST_REASON
from core.search import BadQuery
from core.types import Level, Origin
from tests.support.core import NOON, World

C1, C2 = ChannelName("slack", "C1"), ChannelName("slack", "C2")
NOTHING = WatchRule(on_new=False, on_regression=False, on_escalation=False)
Told = dict[tuple[str, str], str]
"""Why each channel was told of each issue by the last batch of events."""


def watch(world: World, terms: WatchRule = EVERYTHING, place: ChannelName = C1) -> bool:
    return world.core.watches.set(world.project, place, terms)


def arrive(world: World, *occurrences: Occurrence, times: int = 1) -> Told:
    """One batch of events, each so many times; says what was told."""
    world.clock.pass_by(seconds=1)
    batch = [
        replace(one, event_id=f"{world.events}-{number}-{one.title}", happened_at=world.clock()) for one in occurrences for number in range(times)
    ]
    world.events += 1
    world.core.occurrences.record(world.project.id, batch)
    return told(world)


def told(world: World) -> Told:
    """What was told just now."""
    known = world.core.reads.named(world.organization_id, [f"SHOP-{number}" for number in range(1, 10)])
    with world.core.database.read() as work:
        copies = [(work.issues.short_id(id_), *copy) for id_ in known for copy in work.messages.of_issue(id_)]
    return {(channel.external_id, name): message.told_because or "" for name, message, channel in copies if message.told_at == world.clock()}


def boom(world: World, title: str = "Boom", **what: Any) -> Occurrence:
    return replace(world.occurrence(title, release=what.pop("release", None)), **what)


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(world.core.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(world.core.database.engine, "before_cursor_execute", note)


# On what --------------------------------------------------------------------------------------------------------------

ROADS: dict[str, tuple[Action | None, int, str]] = {
    "on_new": (None, 1, "new"),
    "on_regression": (Resolve(), 1, "regression"),
    "on_escalation": (Archive(is_until_escalating=True), 11, "escalating"),
    "the end of an archive": (Archive(Condition(events=2)), 2, "unarchived"),
}
"""What is done to an issue first, how many events then come at once, and what is told of it."""


@pytest.mark.parametrize("flag", ["on_new", "on_regression", "on_escalation", None])
@pytest.mark.parametrize("road", ROADS)
def test_a_watch_tells_of_what_it_asks_for_and_of_nothing_else(world: World, road: str, flag: str | None) -> None:
    watch(world, WatchRule(on_new=flag == "on_new", on_regression=flag == "on_regression", on_escalation=flag == "on_escalation", every=1_000))
    action, events, why = ROADS[road]
    if action:
        arrive(world, boom(world))
        world.do(action)
    is_asked = flag == ("on_escalation" if road == "the end of an archive" else road)
    assert arrive(world, boom(world), times=events) == ({("C1", "SHOP-1"): why} if is_asked else {})


def test_every_so_many_events_is_told_once_a_batch_however_many_multiples_it_passes(world: World) -> None:
    watch(world, replace(NOTHING, every=100))
    assert arrive(world, boom(world), times=95) == {}
    assert arrive(world, boom(world), times=110) == {("C1", "SHOP-1"): "every 100 events"}
    assert arrive(world, boom(world), times=94) == {}
    assert arrive(world, boom(world)) == {("C1", "SHOP-1"): "every 100 events"}
    assert arrive(world, boom(world)) == {}


def test_an_issue_that_comes_with_many_events_at_once_is_told_for_its_number(world: World) -> None:
    watch(world, replace(NOTHING, every=3))
    assert arrive(world, boom(world), times=3) == {("C1", "SHOP-1"): "every 3 events"}


def test_mere_counts_of_what_somebody_put_aside_are_not_told(world: World) -> None:
    watch(world, replace(NOTHING, every=2))
    arrive(world, boom(world))
    world.do(Archive())
    assert arrive(world, boom(world), times=10) == {}


def test_the_weightiest_of_several_reasons_is_told(world: World) -> None:
    watch(world, replace(EVERYTHING, every=1))
    assert arrive(world, boom(world)) == {("C1", "SHOP-1"): "new"}
    world.do(Resolve())
    assert arrive(world, boom(world)) == {("C1", "SHOP-1"): "regression"}


# How often ------------------------------------------------------------------------------------------------------------


def test_the_same_issue_is_not_told_of_again_within_the_shortest_interval(world: World) -> None:
    watch(world, WatchRule(every=1, min_interval=30))
    watch(world, WatchRule(every=1), C2)
    assert set(arrive(world, boom(world))) == {("C1", "SHOP-1"), ("C2", "SHOP-1")}
    world.clock.pass_by(minutes=29, seconds=58)
    assert set(arrive(world, boom(world), boom(world, "Other"))) == {("C2", "SHOP-1"), ("C1", "SHOP-2"), ("C2", "SHOP-2")}
    assert set(arrive(world, boom(world))) == {("C1", "SHOP-1"), ("C2", "SHOP-1")}
    assert set(arrive(world, boom(world))) == {("C2", "SHOP-1")}


def test_a_channel_shows_one_copy_however_often_it_is_told(world: World) -> None:
    watch(world, WatchRule(every=1))
    for _ in range(3):
        arrive(world, boom(world))
    assert len(world.core.outbox.receipts(world.organization_id, "SHOP-1")) == 1


def test_a_copy_that_somebody_asked_for_is_noted_on_too(world: World) -> None:
    arrive(world, boom(world))
    world.core.outbox.show(world.organization_id, "SHOP-1", "slack", Origin("T1", "C1"))
    watch(world, WatchRule(every=1, min_interval=30))
    assert arrive(world, boom(world)) == {("C1", "SHOP-1"): "every 1 events"}
    assert len(world.core.outbox.receipts(world.organization_id, "SHOP-1")) == 1


def test_the_sender_learns_why_and_redraws_a_copy_whose_reason_is_new(world: World) -> None:
    watch(world, WatchRule("level:error", every=2))

    def send() -> list[str]:
        (claim,) = world.core.outbox.claim()
        reasons, errand = [], world.core.outbox.next(claim)
        while errand:
            content = world.core.outbox.begin(claim, errand)
            reasons += [content.because] if isinstance(content, IssueMessage) else []
            errand = world.core.outbox.shown(claim, errand, "ts", world.issue().version)
        return reasons

    arrive(world, boom(world))
    assert send() == ["new: level:error"]
    assert world.core.outbox.claim() == []
    arrive(world, boom(world))
    assert send() == ["every 2 events: level:error"]


# Of which issues ------------------------------------------------------------------------------------------------------


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
    assert "customer" in (listed.trouble or "")


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
    assert len(because) == LONGEST_REASON
    assert because.endswith("…")


def test_what_a_query_names_may_go_without_an_event_being_refused(world: World) -> None:
    watch(world, WatchRule("project:shop"))
    watch(world, place=C2)
    with world.core.database.write() as work:
        for row, _, _ in work.watches.listed(world.organization_id):
            row.query = row.query.replace("shop", "gone")
    assert set(arrive(world, boom(world))) == {("C2", "SHOP-1")}
    troubles = {view.place: view.trouble for view in world.core.watches.listed(world.organization_id)}
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
                    assert len(work.watch_matches.tell([IssueNews(issue, frozenset(), 0) for issue in issues], world.clock())) == 3 * len(issues)
                counts.append(len(seen))
            return max(counts)

    assert sent(1, 2) == sent(2, 40) <= 6


# Making and changing them ---------------------------------------------------------------------------------------------


def test_setting_a_watch_again_replaces_its_terms(world: World) -> None:
    assert watch(world) is True
    assert watch(world, WatchRule("level:fatal", on_new=False, every=5, min_interval=10)) is False
    (view,) = world.core.watches.listed(world.organization_id)
    assert (view.project_slug, view.place) == ("shop", C1)
    assert view.terms == WatchRule("level:fatal", on_new=False, every=5, min_interval=10)
    watch(world)
    assert [view.terms for view in world.core.watches.listed(world.organization_id)] == [EVERYTHING]


def test_a_removed_watch_tells_nothing_more_and_its_copies_stay_true(world: World) -> None:
    watch(world)
    arrive(world, boom(world))
    assert [world.core.watches.remove(world.project, C1) for _ in range(2)] == [True, False]
    assert arrive(world, boom(world, "Other")) == {}
    world.do(Resolve())
    (receipt,) = world.core.outbox.receipts(world.organization_id, "SHOP-1")
    assert receipt.wanted_version == 2


def test_the_watches_of_another_organization_are_not_listed(world: World, other_world: World) -> None:
    watch(world)
    assert world.core.watches.listed(other_world.organization_id) == []


@pytest.mark.parametrize(
    ("terms", "error", "sentence"),
    [
        (WatchRule("level:eror"), BadQuery, "I cannot search by “level:eror”. Example: level:error or level:[error,fatal]"),
        (WatchRule("assigned:me"), BadQuery, "I cannot search by “me”: nobody is asking. Example: assigned:ada@example.com"),
        (WatchRule("level:error assigned:my_teams"), BadQuery, "“assigned:my_teams”: nobody is asking"),
        (WatchRule("is:bookmarked"), BadQuery, "“me”: nobody is asking"),
        (WatchRule("assigned:#nobody"), UnknownName, "There is no team #nobody."),
        (WatchRule("assigned:eve@acme.example"), UnknownUser, "Nobody here is called eve@acme.example."),
        (WatchRule("project:nowhere"), UnknownName, "There is no project nowhere."),
        (WatchRule("x" * (LONGEST_QUERY + 1)), TriageError, "at most 500 characters"),
        (WatchRule(every=0), TriageError, "0 is no number of events from 1"),
        (WatchRule(every=10**10), TriageError, "10000000000 is no number of events"),
        (WatchRule(min_interval=-1), TriageError, "-1 is no number of minutes from 1 to 10080"),
        (WatchRule(min_interval=10_081), TriageError, "10081 is no number of minutes"),
        (NOTHING, TriageError, "This watch would never tell anything."),
    ],
)
def test_terms_that_make_no_sense_are_refused_and_nothing_is_changed(world: World, terms: WatchRule, error: type[TriageError], sentence: str) -> None:
    for attempt in (lambda: watch(world, terms), lambda: world.core.watches.dry_run(world.project, terms)):
        with pytest.raises(error) as refused:
            attempt()
        assert sentence in str(refused.value)
    assert world.core.watches.listed(world.organization_id) == []


@pytest.mark.parametrize("channel", ["", "C" * 301])
def test_a_channel_without_a_sensible_id_is_refused(world: World, channel: str) -> None:
    with pytest.raises(TriageError, match="A channel's id has 1 to 300 characters"):
        watch(world, place=ChannelName("slack", channel))


def test_text_that_no_database_can_keep_is_kept_as_the_search_reads_it(world: World) -> None:
    watch(world, WatchRule(" level:error\0cellar\ud800 "))
    assert [view.terms.query for view in world.core.watches.listed(world.organization_id)] == ["level:error cellar?"]


# What would have been told --------------------------------------------------------------------------------------------


def week(world: World) -> list[tuple[str, str]]:
    """Three days of events; says what was told in C1, in order."""
    said: list[tuple[str, str]] = []

    def batch(*titles: str, times: int = 1) -> None:
        said.extend((name, why.partition(":")[0]) for (_, name), why in arrive(world, *(boom(world, title) for title in titles), times=times).items())
        world.clock.pass_by(hours=1)

    batch("a")
    batch("b", "c")
    world.do(Resolve(), ids=("SHOP-1",))
    batch("a", times=3)
    batch("a", times=5)
    world.do(Archive(is_until_escalating=True), ids=("SHOP-2",))
    batch("b", times=12)
    world.clock.pass_by(days=1)
    world.do(Archive(Condition(events=2)), ids=("SHOP-3",))
    batch("c", "a", times=2)
    world.clock.pass_by(days=1)
    return said


@pytest.mark.parametrize(
    "terms",
    [
        EVERYTHING,
        WatchRule("level:error environment:production"),
        WatchRule("is:regressed"),
        WatchRule(on_new=False),
        WatchRule(on_regression=False),
        WatchRule(on_escalation=False),
        WatchRule(min_interval=600),
    ],
    ids=str,
)
def test_a_dry_run_says_what_the_watch_would_have_told(world: World, terms: WatchRule) -> None:
    # The query goes by how issues are now, and "is:regressed" was not so when SHOP-1 was new.
    watch(world, replace(terms, query=""))
    said = week(world)
    if terms.query == "is:regressed":
        said = [(name, why) for name, why in said if name == "SHOP-1"]
    run = world.core.watches.dry_run(world.project, terms)
    assert sorted((line.issue, line.why) for line in run.lines) == sorted(said)
    assert run.total == len(said) > 0
    assert [line.at for line in run.lines] == sorted((line.at for line in run.lines), reverse=True)
    assert run.is_estimate is False


def test_a_dry_run_finds_the_hours_in_which_an_issue_met_its_numbers(world: World) -> None:
    terms = WatchRule(on_regression=False, every=4)
    watch(world, terms)
    said: list[tuple[str, str]] = []
    for hour, title in enumerate("aabaabaababbaabba"):
        world.clock.now = NOON + timedelta(hours=hour)
        said += [(name, why) for (_, name), why in arrive(world, boom(world, title)).items()]
    run = world.core.watches.dry_run(world.project, terms)
    assert [(line.issue, line.why) for line in run.lines] == said[::-1]
    assert len([why for _, why in said if why == "every 4 events"]) == 3
    assert run.is_estimate is True


def test_a_dry_run_changes_nothing(world: World) -> None:
    arrive(world, boom(world))
    assert world.core.watches.dry_run(world.project, EVERYTHING).total == 1
    assert world.core.watches.listed(world.organization_id) == []
    assert world.core.outbox.receipts(world.organization_id, "SHOP-1") == []


def test_a_dry_run_looks_back_a_week_at_one_project(world: World, other_world: World) -> None:
    arrive(world, boom(world))
    arrive(other_world, boom(other_world))
    web = world.core.directory.create_project("web", "acme", None)
    world.core.occurrences.record(web.id, [boom(world)])
    world.clock.now = NOON + timedelta(days=7)
    run = world.core.watches.dry_run(world.project, EVERYTHING)
    assert [(line.issue, line.title, line.why, line.times) for line in run.lines] == [("SHOP-1", "Boom", "new", 1)]
    assert run.since == NOON
    world.clock.pass_by(seconds=2)
    assert world.core.watches.dry_run(world.project, EVERYTHING).total == 0


def test_a_dry_run_counts_all_and_shows_the_newest_fifty(world: World) -> None:
    arrive(world, *(boom(world, str(number)) for number in range(60)))
    run = world.core.watches.dry_run(world.project, EVERYTHING)
    assert (run.total, len(run.lines)) == (60, 50)


@pytest.mark.parametrize(("min_interval", "times"), [(None, 30), (20, 3), (60, 1), (600, 1)])
def test_a_dry_run_knows_counts_by_the_hour(world: World, min_interval: int | None, times: int) -> None:
    arrive(world, boom(world), times=300)
    run = world.core.watches.dry_run(world.project, replace(NOTHING, every=10, min_interval=min_interval))
    assert [(line.at, line.why, line.times) for line in run.lines] == [(NOON, "every 10 events", times)]
    assert run.total == times
