"""Storms: what brings so many new issues that a channel gets one summary, and what becomes of them."""

from __future__ import annotations

import pytest

from core.issues.actions import Comment, Resolve
from core.notify.contents import StormSummary, content_of
from core.notify.outbox import OutboxItem
from core.notify.watches import ChannelName
from core.search import Searcher, parse
from core.types import Origin
from tests.support.core import World
from tests.support.db.databases import counted
from tests.support.notify.outbox import Mail

C1 = ChannelName("slack", "C1")


@pytest.fixture
def watched(world: World) -> World:
    world.core.watches.set(world.project, C1)
    return world


def bring(world: World, first: int, count: int) -> None:
    """New issues, so many in one batch, the first with that number."""
    world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {number}") for number in range(first, first + count)])


def storm(world: World, number: int = 1) -> StormSummary:
    item = OutboxItem("storm", number, None, None, f"storm-{number}", 0, None)
    with world.core.database.read() as work:
        found = content_of(work, item, world.clock())
    assert isinstance(found, StormSummary)
    return found


def test_twenty_new_issues_in_a_minute_are_no_storm(watched: World) -> None:
    bring(watched, 1, 12)
    bring(watched, 13, 8)
    watched.clock.pass_by(seconds=61)
    bring(watched, 21, 20)
    assert [one.kind for one in Mail(watched).run()] == ["alert"] * 40


def test_more_are_one_message_with_those_that_were_promised_but_not_posted_yet(watched: World) -> None:
    bring(watched, 1, 20)
    watched.clock.pass_by(seconds=59)
    bring(watched, 21, 1)
    assert [one.kind for one in Mail(watched).run()] == ["storm"]
    assert (storm(watched).count, storm(watched).ended_at) == (21, None)


def test_what_was_posted_or_is_just_being_posted_is_left_alone(watched: World) -> None:
    mail = Mail(watched)
    bring(watched, 1, 1)
    mail.run()
    bring(watched, 2, 2)
    (claim,) = watched.core.outbox.claim()
    first = watched.core.outbox.next(claim)
    assert first
    watched.core.outbox.begin(claim, first)
    bring(watched, 4, 30)
    assert storm(watched).count == 31
    watched.core.outbox.mark_shown(claim, first, "1.2", 1)
    watched.core.outbox.release(claim)
    assert [one.kind for one in mail.run()] == ["storm"]


def test_another_channel_has_its_own_weather(watched: World) -> None:
    bring(watched, 1, 15)
    watched.core.watches.set(watched.project, ChannelName("slack", "C2"))
    bring(watched, 16, 10)
    kinds = [(one.channel, one.kind) for one in Mail(watched).run()]
    assert kinds.count(("C1", "storm")) == 1
    assert kinds.count(("C2", "alert")) == 10
    assert len(kinds) == 11


@pytest.mark.slow
def test_the_summary_is_redrawn_every_two_seconds_at_most_and_once_more_at_the_end(watched: World) -> None:
    mail = Mail(watched)
    for second in range(60):
        bring(watched, 1 + 30 * second, 30 if second == 0 else 3)
        mail.run()
        watched.clock.pass_by(seconds=1)
    assert [one.kind for one in mail.carried] == ["storm"] * 30
    assert [one.errand.external_id for one in mail.carried[:2]] == [None, "storm-1"]
    assert watched.core.storms.calm_down() == 0
    watched.clock.pass_by(seconds=59)
    assert watched.core.storms.calm_down() == 1
    (last,) = mail.run()
    assert (last.kind, last.errand.external_id) == ("storm", "storm-1")
    assert (storm(watched).count, storm(watched).ended_at) == (30 + 59 * 3, watched.clock())
    assert watched.core.storms.calm_down() == 0
    bring(watched, 5000, 1)
    assert [one.kind for one in mail.run()] == ["alert"], "afterwards alerts go on one by one"


def test_new_alerts_do_not_wait_for_the_redraw_of_a_summary(watched: World) -> None:
    bring(watched, 1, 21)
    mail = Mail(watched)
    assert [one.kind for one in mail.run()] == ["storm"]
    watched.clock.pass_by(seconds=5)
    watched.do(Resolve())
    assert [one.kind for one in mail.run()][:2] == ["alert", "storm"]


def test_a_storm_does_not_end_in_its_first_minute(watched: World) -> None:
    bring(watched, 1, 21)
    watched.clock.pass_by(seconds=59)
    assert watched.core.storms.calm_down() == 0
    watched.clock.pass_by(seconds=1)
    assert watched.core.storms.calm_down() == 1


def test_what_somebody_changes_gets_a_message_of_its_own(watched: World) -> None:
    mail = Mail(watched)
    bring(watched, 1, 30)
    mail.run()
    watched.do(Comment("Seen."), ids=("SHOP-4",))
    assert [one.kind for one in mail.run()] == []
    watched.do(Resolve(), ids=("SHOP-3", "SHOP-4"))
    carried = mail.run()
    told = [("alert", 3), ("alert", 4), ("line", 3), ("line", 4)]
    assert [(one.kind, one.errand.issue_id) for one in carried if one.kind != "storm"] == told


def test_what_somebody_changes_by_the_dozen_is_told_in_one_message(watched: World) -> None:
    mail = Mail(watched)
    bring(watched, 1, 30)
    mail.run()
    watched.clock.pass_by(seconds=2)
    watched.do(Resolve(), ids=tuple(range(5, 31)))
    summary, line = mail.run()
    assert (summary.kind, summary.errand.external_id) == ("storm", "storm-1"), "the issues that it lists are drawn as they are now"
    assert line.said
    assert (line.said.kind, len(line.said.ids)) == ("bulk", 26)


def test_what_comes_back_or_escalates_afterwards_does_so_too(watched: World) -> None:
    mail = Mail(watched)
    bring(watched, 1, 30)
    mail.run()
    watched.do(Resolve(), ids=tuple(range(1, 31)))
    mail.run()
    watched.clock.pass_by(seconds=30)
    watched.event("Bug 1")
    assert [one.kind for one in mail.run()] == ["storm"], "while it goes on there is the summary"
    watched.clock.pass_by(seconds=31)
    watched.core.storms.calm_down()
    watched.event("Bug 2")
    assert [(one.kind, one.errand.issue_id) for one in mail.run() if one.kind != "storm"] == [("alert", 2), ("line", 2)]


def test_show_brings_it_into_the_channel_as_it_is_by_then(watched: World) -> None:
    watched.core.channels.change(watched.organization_id, "slack", "C1", comments=True)
    mail = Mail(watched)
    bring(watched, 1, 30)
    watched.do(Comment("Said before it stood there."), ids=("SHOP-7",))
    mail.run()
    watched.core.outbox.show(watched.organization_id, "SHOP-7", "slack", Origin("T1", "C1"))
    assert [(one.kind, one.errand.issue_id) for one in mail.run()] == [("alert", 7)]
    assert len(watched.core.outbox.receipts(watched.organization_id, "SHOP-7")) == 1


def test_a_list_from_its_beginning_to_its_end_finds_every_issue_of_it(watched: World) -> None:
    watched.core.occurrences.record(watched.project.id, [watched.occurrence("Old", ago=86_400), *(watched.occurrence(f"Bug {n}") for n in range(25))])
    found = storm(watched)
    asker = Searcher(watched.organization_id, watched.clock())
    query = parse(f"first_seen:>={found.began_at:%Y-%m-%dT%H:%M:%SZ}")
    ids = watched.core.reads.search_ids(query, asker, 100)
    assert len(ids) == found.count == 26


def test_a_copy_in_a_summary_counts_as_shown_and_as_no_place_of_its_own(watched: World) -> None:
    bring(watched, 1, 30)
    (receipt,) = watched.core.outbox.receipts(watched.organization_id, "SHOP-9")
    assert receipt.state == "shown"
    assert watched.issue("SHOP-9").copies == 0


@pytest.mark.slow
def test_ten_thousand_new_issues_in_a_minute_are_at_most_three_messages(watched: World) -> None:
    mail = Mail(watched)
    for batch in range(20):
        bring(watched, 1 + 500 * batch, 500)
        mail.run()
        watched.clock.pass_by(seconds=3)
    watched.clock.pass_by(seconds=60)
    watched.core.storms.calm_down()
    mail.run()
    posted = [one for one in mail.carried if one.errand.external_id is None]
    assert len(posted) <= 3
    assert len(mail.carried) <= 60
    assert storm(watched).count == 10_000


def test_the_number_of_statements_does_not_grow_with_the_storm(watched: World) -> None:
    numbers = []
    for first, count in ((1, 30), (1001, 300)):
        with counted(watched.core) as statements:
            bring(watched, first, count)
        numbers.append(len(statements))
        watched.clock.pass_by(seconds=1)
    breaking_out, raging = numbers
    assert raging <= breaking_out
    watched.clock.pass_by(minutes=2)
    watched.core.storms.calm_down()
    with counted(watched.core) as statements:
        bring(watched, 2001, 300)
    assert len(statements) <= breaking_out


def test_the_summary_lists_those_with_most_events(watched: World) -> None:
    bring(watched, 1, 30)
    for _ in range(3):
        watched.event("Bug 17")
    issues = storm(watched).issues
    assert (issues[0].short_id, len(issues)) == ("SHOP-H", 10)
