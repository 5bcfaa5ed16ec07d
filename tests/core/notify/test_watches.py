"""Watches: on what a channel is told of an issue, how often, and how watches are made and changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import TriageError, UnknownName, UnknownUser
from core.issues.actions import Action, Archive, Resolve
from core.notify.contents import IssueMessage
from core.notify.watches import DEFAULT_RULE, MAX_QUERY_CHARS, ChannelName, WatchRule
from core.rules.snooze import Condition
from core.search import BadQuery
from core.types import Origin
from tests.support.core import World
from tests.support.notify.watches import C1, C2, NOTHING, arrive, boom, watch

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
    watch(world, replace(DEFAULT_RULE, every=1))
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
            errand = world.core.outbox.mark_shown(claim, errand, "ts", world.issue().version)
        return reasons

    arrive(world, boom(world))
    assert send() == ["new: level:error"]
    assert world.core.outbox.claim() == []
    arrive(world, boom(world))
    assert send() == ["every 2 events: level:error"]


# Making and changing them ---------------------------------------------------------------------------------------------


def test_setting_a_watch_again_replaces_its_terms(world: World) -> None:
    assert watch(world) is True
    assert watch(world, WatchRule("level:fatal", on_new=False, every=5, min_interval=10)) is False
    (view,) = world.core.watches.listed(world.organization_id)
    assert (view.project_slug, view.place) == ("shop", C1)
    assert view.rule == WatchRule("level:fatal", on_new=False, every=5, min_interval=10)
    watch(world)
    assert [view.rule for view in world.core.watches.listed(world.organization_id)] == [DEFAULT_RULE]


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
        (WatchRule("x" * (MAX_QUERY_CHARS + 1)), TriageError, "at most 500 characters"),
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
    assert [view.rule.query for view in world.core.watches.listed(world.organization_id)] == ["level:error cellar?"]
