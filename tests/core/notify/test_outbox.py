"""The ledger of copies: what is behind, who may send it, and what is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.bootstrap import CoreSettings, open_core
from core.issues.actions import Assign, Resolve, To, Unresolve
from core.notify.contents import IssueMessage
from core.notify.outbox import LEASE, LINE_RETENTION, Claim, ClaimLost, OutboxItem, Shown, Wait
from core.notify.watches import ChannelName
from core.types import Origin
from tests.support.core import NOON, Clock, World
from tests.support.notify.outbox import Mail


@pytest.fixture
def watched(world: World) -> World:
    """A channel that is shown issues and told nothing beside."""
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.core.channels.change(world.organization_id, "slack", "C1", threads="off")
    return world


def take(world: World) -> tuple[Claim, OutboxItem, int]:
    (claim,) = world.core.outbox.claim()
    errand = world.core.outbox.next(claim)
    assert errand
    shown = world.core.outbox.begin(claim, errand)
    assert isinstance(shown, IssueMessage)
    return claim, errand, shown.issue.version


def show(world: World) -> int:
    """Sends what is due first; says which version it showed."""
    claim, errand, version = take(world)
    world.core.outbox.mark_shown(claim, errand, errand.external_id or errand.key, version)
    world.core.outbox.release(claim)
    return version


def test_a_change_makes_every_copy_behind_in_the_same_commit(watched: World) -> None:
    watched.event()
    show(watched)
    watched.do(Resolve())
    (receipt,) = watched.core.outbox.receipts(watched.organization_id, "SHOP-1")
    assert (receipt.state, receipt.wanted_version, receipt.shown_version) == ("behind", 2, 1)
    assert show(watched) == 2
    assert watched.core.outbox.claim() == []


def test_many_changes_are_one_redraw_of_the_newest_state(watched: World) -> None:
    watched.event()
    show(watched)
    watched.do(Resolve())
    watched.do(Assign(To("user", watched.ada.id)))
    assert show(watched) == 3
    assert watched.core.outbox.claim() == []


def test_a_change_while_a_copy_is_being_drawn_makes_it_behind_again(watched: World) -> None:
    watched.event()
    claim, due, version = take(watched)
    watched.do(Resolve())
    watched.core.outbox.mark_shown(claim, due, "ts", version)
    watched.core.outbox.release(claim)
    assert show(watched) == 2


def test_new_alerts_come_before_redraws_and_in_their_order(watched: World) -> None:
    watched.event("a")
    show(watched)
    watched.do(Resolve())
    watched.event("b")
    watched.event("c")
    (claim,) = watched.core.outbox.claim()
    order = []
    while errand := watched.core.outbox.next(claim):
        order.append((errand.kind, errand.issue_id))
        watched.core.outbox.mark_shown(claim, errand, "ts", 2)
    assert order == [("alert", 2), ("alert", 3), ("redraw", 1)]


def test_a_claimed_channel_is_nobody_elses_until_its_lease_ends(watched: World, database_url: str, clock: Clock) -> None:
    watched.event()
    claim, due, version = take(watched)
    other = open_core(CoreSettings(database_url), clock)
    assert other.outbox.claim() == []
    clock.now += LEASE
    (newer,) = other.outbox.claim()
    watched.core.outbox.mark_shown(claim, due, "too late", version)
    watched.core.outbox.release(claim)
    found = other.outbox.next(newer)
    assert found is not None
    other.outbox.mark_shown(newer, found, "ts", version)
    assert other.outbox.next(newer) is None
    other.close()


def test_what_failed_waits_and_what_cannot_work_is_parked_with_the_reason(watched: World) -> None:
    watched.event()
    claim, due, _ = take(watched)
    watched.core.outbox.postpone(claim, due, "timeout", watched.clock() + timedelta(seconds=5), is_unsure=False)
    assert watched.core.outbox.next(claim) is None
    watched.clock.pass_by(seconds=5)
    found = watched.core.outbox.next(claim)
    assert found is not None
    watched.core.outbox.park(claim, found, "not_in_channel")
    assert watched.core.outbox.next(claim) is None
    (receipt,) = watched.core.outbox.receipts(watched.organization_id, "SHOP-1")
    assert (receipt.state, receipt.waits_because, receipt.tries) == ("parked", "not_in_channel", 2)


def test_a_channel_that_was_told_to_wait_waits_and_others_do_not(watched: World) -> None:
    watched.core.watches.set(watched.project, ChannelName("slack", "C2"))
    watched.event()
    first, second = watched.core.outbox.claim()
    watched.core.outbox.release(first, Wait(watched.clock() + timedelta(seconds=10)))
    watched.core.outbox.release(second)
    assert [claim.channel for claim in watched.core.outbox.claim()] == [second.channel]
    watched.clock.pass_by(seconds=10)
    assert [claim.channel for claim in watched.core.outbox.claim()] == [first.channel]


def test_a_copy_can_be_asked_for_in_any_channel(world: World) -> None:
    world.event()
    world.core.outbox.show(world.organization_id, "SHOP-1", "msteams", Origin("tenant", "19:x"))
    world.core.directory.set_service_url("msteams", "tenant", "https://smba.example/")
    (claim,) = world.core.outbox.claim()
    assert (claim.channel, claim.tenant, claim.service_url) == ("19:x", "tenant", "https://smba.example/")


def test_every_commit_that_leaves_a_copy_behind_wakes_the_sender(watched: World) -> None:
    woken: list[int] = []
    watched.core.listeners.append(lambda: woken.append(1))
    watched.event()
    watched.do(Resolve())
    watched.do(Resolve())
    assert len(woken) == 2


def test_lanes_go_one_after_the_other(world: World) -> None:
    """New alerts, redraws, lines, mere numbers, the digest; each in the order in which it was promised."""
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event("counted")
    world.event("changed")
    mail = Mail(world)
    mail.run()
    world.core.channels.change(world.organization_id, "slack", "C1", digest="12:05")
    world.clock.pass_by(minutes=5)
    world.core.digests.schedule()
    for _ in range(9):
        world.event("counted")
    world.do(Resolve(), ids=("SHOP-2",))
    world.event("new")
    assert [one.kind for one in mail.run()] == ["alert", "redraw", "line", "numbers", "digest"]


def test_whether_something_may_have_been_posted_is_known_until_the_platform_says_more(watched: World) -> None:
    watched.event()
    claim, errand, version = take(watched)
    assert errand.asked_at is None
    tried: list[datetime | None] = []
    for is_unsure in (True, False):
        watched.core.outbox.begin(claim, errand)
        watched.core.outbox.postpone(claim, errand, "timeout", watched.clock(), is_unsure=is_unsure)
        again = watched.core.outbox.next(claim)
        assert again
        tried.append(again.asked_at)
    assert tried == [NOON, None]
    watched.core.outbox.begin(claim, errand)
    watched.core.outbox.mark_shown(claim, errand, "1.2", version)
    watched.do(Resolve())
    redraw = watched.core.outbox.next(claim)
    assert redraw
    assert (redraw.kind, redraw.asked_at, redraw.is_new_post) == ("redraw", None, False)


def test_a_link_that_was_unfolded_is_redrawn_like_any_other_copy(watched: World) -> None:
    watched.event()
    show(watched)
    watched.core.outbox.track("slack", Origin("T1", "C9"), Shown(1, 1, "unfurl:1.5:url"))
    assert watched.core.outbox.claim() == []
    watched.do(Resolve())
    redraws = [(one.channel, one.kind, one.errand.external_id) for one in Mail(watched).run()]
    assert redraws == [("C1", "redraw", "message-1"), ("C9", "redraw", "unfurl:1.5:url")]


def test_since_when_something_fails_is_known_until_it_works(watched: World) -> None:
    watched.event()
    claim, errand, version = take(watched)
    for minutes in range(3):
        watched.core.outbox.postpone(claim, errand, "timeout", watched.clock(), is_unsure=False)
        again = watched.core.outbox.next(claim)
        assert again
        assert (again.tries, again.troubled_at) == (minutes + 1, NOON)
        watched.clock.pass_by(seconds=1)
    watched.core.outbox.mark_shown(claim, errand, "1.2", version)
    watched.do(Resolve())
    redraw = watched.core.outbox.next(claim)
    assert redraw
    assert redraw.troubled_at is None


def test_who_has_lost_a_channel_is_told_so_before_it_posts(watched: World) -> None:
    watched.event()
    claim, errand, _ = take(watched)
    assert watched.core.outbox.begin(claim, errand)
    watched.clock.now += LEASE
    (newer,) = watched.core.outbox.claim()
    with pytest.raises(ClaimLost):
        watched.core.outbox.begin(claim, errand)
    assert watched.core.outbox.begin(newer, errand)


def test_the_last_item_of_a_channel_gives_the_channel_back(watched: World) -> None:
    watched.event()
    watched.event("Second")
    claim, errand, version = take(watched)
    following = watched.core.outbox.mark_shown(claim, errand, "1.1", version)
    assert following
    assert (following.kind, following.issue_id) == ("alert", 2)
    assert watched.core.outbox.next(claim) == following
    watched.do(Resolve(), ids=("SHOP-1",))
    assert watched.core.outbox.claim() == [], "the channel is still claimed"
    following = watched.core.outbox.mark_shown(claim, following, "1.2", 1)
    assert following
    assert (following.kind, following.issue_id) == ("redraw", 1), "what came meanwhile"
    assert watched.core.outbox.mark_shown(claim, following, "1.1", 2) is None
    watched.do(Unresolve(), ids=("SHOP-1",))
    assert [one.channel for one in watched.core.outbox.claim()] == ["C1"], "nobody has given it back, and it is free"


def test_a_sender_that_was_away_too_long_gives_nothing_back(watched: World) -> None:
    watched.event()
    claim, errand, version = take(watched)
    watched.clock.now += LEASE
    (newer,) = watched.core.outbox.claim()
    assert watched.core.outbox.mark_shown(claim, errand, "1.1", version) is None
    assert watched.core.outbox.claim() == [], "it is the other sender's"
    again = watched.core.outbox.next(newer)
    assert again
    assert again.key == errand.key, "what was not recorded is still to be sent"


def test_lines_of_issues_are_kept_and_old_digests_are_not(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.core.channels.change(world.organization_id, "slack", "C1", digest="12:05")
    world.event()
    mail = Mail(world)
    mail.run()
    world.do(Resolve())
    world.clock.pass_by(minutes=5)
    world.core.digests.schedule()
    assert [one.kind for one in mail.run()] == ["redraw", "line", "digest"]
    world.clock.now += LINE_RETENTION
    world.clock.pass_by(seconds=1)
    assert world.core.outbox.forget_lines() == 1
