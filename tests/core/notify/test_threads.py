"""Exactly one line for each change in the thread of each copy that wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Comment,
    Delete,
    Discard,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Resolve,
    Restore,
    SetBookmarked,
    SetPriority,
    SetSubscribed,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.notify.outbox import Shown
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.rules.watching import WatchRule
from core.types import Origin, Priority
from tests.examples import examples
from tests.support.core import World
from tests.support.db.databases import counted
from tests.support.notify.outbox import Mail
from tests.support.notify.threads import C1, do_as, person, setting, told

C2 = ChannelName("msteams", "19:two")


CHANGES: list[tuple[tuple[Action, ...], str]] = [
    ((Resolve(),), "set_resolved"),
    ((Resolve(), SetPriority(Priority.LOW), Comment("done")), "set_resolved"),
    ((Archive(),), "set_ignored"),
    ((Archive(Condition(events=5)),), "set_ignored"),
    ((Archive(is_until_escalating=True),), "set_ignored"),
    ((SetPriority(Priority.LOW),), "set_priority"),
    ((Delete(),), "delete"),
    ((Discard(),), "discard"),
]


@pytest.mark.parametrize(("actions", "first"), CHANGES)
def test_a_change_is_exactly_one_line_in_the_thread_of_each_copy(world: World, mail: Mail, actions: tuple[Action, ...], first: str) -> None:
    world.core.outbox.show(world.organization_id, "SHOP-1", "msteams", Origin("tenant", "19:two"))
    mail.run()
    world.do(*actions)
    carried = mail.run()
    lines = [one for one in carried if one.kind == "line"]
    assert [(line.channel, line.types[0]) for line in lines] == [("C1", first), ("19:two", first)]
    assert {line.errand.external_id for line in lines} == {"message-1", "message-2"}
    assert [one.kind for one in carried if one.channel == "C1"] == ["redraw", "line"], "the line comes after the copy that it explains"
    assert mail.run() == []


def test_what_is_taken_back_is_told_too(world: World, mail: Mail) -> None:
    steps: list[tuple[Action, str]] = [
        (Resolve(), "set_resolved"),
        (Unresolve(), "set_unresolved"),
        (Assign(To("user", world.ada.id)), "assigned"),
        (Unassign(), "unassigned"),
        (Delete(), "delete"),
        (Restore(), "restore"),
    ]
    for action, kind in steps:
        world.do(action)
        assert told(mail.lines()) == [("C1", [kind])]
    world.do(SetPriority(Priority.LOW))
    mail.run()
    newest = world.core.reads.activities(world.organization_id, "SHOP-1")[0]
    world.do(Undo(newest.id))
    (line,) = mail.lines()
    assert "undo" in line.types


def test_a_merge_is_one_line_for_each_of_the_issues(world: World, mail: Mail) -> None:
    world.event("Other")
    mail.run()
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert told(mail.lines()) == [("C1", ["merge"]), ("C1", ["merge"])]


def test_what_changes_nothing_is_not_told(world: World, mail: Mail) -> None:
    world.do(Resolve())
    mail.run()
    world.do(Resolve())
    world.do(SetSubscribed(True), SetBookmarked(True))
    assert mail.run() == []


@pytest.mark.parametrize(("threads", "wanted"), [("off", []), ("changes", []), ("all", [("C1", ["mark_reviewed", "auto_set_ongoing"])])])
def test_a_review_is_told_only_where_everything_is(world: World, mail: Mail, threads: str, wanted: list[tuple[str, list[str]]]) -> None:
    setting(world, threads=threads)
    world.do(MarkReviewed())
    assert told(mail.lines()) == wanted


def test_a_channel_that_wants_no_threads_has_none(world: World, mail: Mail) -> None:
    setting(world, threads="off", comments=True)
    world.do(Resolve(), Comment("done"))
    assert [one.kind for one in mail.run()] == ["redraw"]


def test_comments_are_told_where_they_are_wanted_and_left_out_of_other_lines(world: World, mail: Mail) -> None:
    world.do(Comment("The cache was cold."))
    assert mail.lines() == []
    world.do(Comment("Warm now."), Resolve())
    assert told(mail.lines()) == [("C1", ["set_resolved"])]
    setting(world, comments=True)
    world.do(Comment("Again."))
    assert told(mail.lines()) == [("C1", ["note"])]


def test_a_comment_written_in_a_thread_is_not_said_there_again(world: World, mail: Mail) -> None:
    setting(world, comments=True)
    setting(world, C2, comments=True)
    world.core.outbox.show(world.organization_id, "SHOP-1", "msteams", Origin("tenant", C2.external_id))
    mail.run()
    do_as(world, world.ada, Comment("Mine.", "message-1"), origin=Origin("T1", "C1", "message-1"))
    assert [line.channel for line in mail.lines()] == ["19:two"]
    do_as(world, world.ada, Comment("By a form on the copy."), origin=Origin("T1", "C1", "message-1"))
    assert [line.channel for line in mail.lines()] == ["C1", "19:two"]


def test_what_came_back_by_itself_is_told_and_shown_in_the_channel_where_that_is_wanted(world: World, mail: Mail) -> None:
    for is_broadcast in (False, True):
        setting(world, broadcasts=is_broadcast)
        world.do(Resolve())
        (line,) = mail.lines()
        assert line.said
        assert not line.said.is_broadcast
        world.clock.pass_by(seconds=1)
        world.event()
        (line,) = mail.lines()
        assert line.said
        assert (line.types, line.said.is_broadcast) == (["set_regression"], is_broadcast)


def test_a_watch_on_every_so_many_events_replies_in_the_thread(world: World, mail: Mail) -> None:
    world.core.watches.set(world.project, C1, WatchRule(every=10))
    world.core.occurrences.record(world.project.id, [world.occurrence("Boom") for _ in range(9)])
    (line,) = mail.lines()
    assert line.said
    assert (line.said.kind, line.said.count, line.errand.external_id) == ("repeat", 10, "message-1")
    setting(world, threads="off")
    world.core.occurrences.record(world.project.id, [world.occurrence("Boom") for _ in range(10)])
    assert mail.lines() == []


def test_a_line_waits_until_its_copy_is_posted(world: World) -> None:
    world.core.watches.set(world.project, C1)
    world.event()
    world.do(Resolve())
    (claim,) = world.core.outbox.claim()
    alert = world.core.outbox.next(claim)
    assert alert
    world.core.outbox.postpone(claim, alert, "timeout", world.clock() + timedelta(minutes=1), is_unsure=True)
    assert world.core.outbox.next(claim) is None
    world.core.outbox.release(claim)
    world.clock.pass_by(minutes=1)
    assert [one.kind for one in Mail(world).run()] == ["alert", "line"]


def test_nothing_is_said_under_a_link_that_somebody_pasted(world: World, mail: Mail) -> None:
    world.core.outbox.track("slack", Origin("T1", "C9"), Shown(1, 1, "unfurl:1.5:url"))
    world.do(Resolve())
    assert [(one.channel, one.kind) for one in mail.run()] == [("C1", "redraw"), ("C1", "line"), ("C9", "redraw")]


def test_lines_of_a_purged_issue_vanish(world: World, mail: Mail) -> None:
    world.core.watches.remove(world.project, C1)
    world.do(Delete())
    world.clock.pass_by(days=3)
    while world.core.timers.begin_purges() + world.core.timers.purge():
        pass
    assert mail.run() == []


@pytest.mark.slow
def test_many_changes_at_once_are_one_message_that_names_them_all(world: World, mail: Mail) -> None:
    batch = [world.occurrence(f"Bug {number}") for number in range(30)]
    for _ in range(3):
        world.core.occurrences.record(world.project.id, batch[:10])
        del batch[:10]
        world.clock.pass_by(minutes=2)
        mail.run()
    names = tuple(range(2, 32))
    world.do(Resolve(), ids=names)
    (line,) = mail.lines()
    assert line.said
    assert (line.said.kind, line.said.ids, len(line.said.issues), line.errand.external_id) == ("bulk", names, 10, None)
    world.do(Unresolve(), ids=names[:20])
    assert {line.said.kind for line in mail.lines() if line.said} == {"change"}


def test_the_number_of_statements_does_not_grow_with_the_issues(world: World) -> None:
    ben = person(world, "ben")
    world.core.watches.set(world.project, C1)
    for first in range(0, 100, 20):
        world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {first + number}") for number in range(20)])
        world.clock.pass_by(minutes=2)
    numbers = []
    for names in (range(1, 3), range(3, 20), range(21, 101)):
        with counted(world.core) as statements:
            world.do(Assign(To("user", ben.id)), ids=tuple(names))
        numbers.append(len(statements))
    assert max(numbers) == numbers[0]


# Whatever happens -----------------------------------------------------------------------------------------------------

ACTIONS: tuple[Action, ...] = (
    Resolve(),
    Unresolve(),
    Archive(),
    Archive(Condition(events=2)),
    SetPriority(Priority.LOW),
    SetPriority(Priority.HIGH),
    MarkReviewed(),
    MoveToInbox(),
    Comment("Hm."),
    Unassign(),
    SetBookmarked(True),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("do"), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique_by=type)),
        st.tuples(st.just("event"), st.sampled_from(["Boom", "Bang"])),
        st.tuples(st.just("set"), st.sampled_from(["off", "changes", "all"])),
        st.tuples(st.just("comments"), st.booleans()),
        st.tuples(st.just("send"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_each_line_is_one_of_a_kind_in_order_and_wanted(world: World, steps: list[tuple[str, object]]) -> None:
    project = world.core.directory.create_project(f"p{world.events}-{len(world.woken)}", "acme", "python")
    world.woken.append(True)
    here = replace(world, project=project)
    place = ChannelName("slack", f"C{project.id}")
    world.core.watches.set(project, place)
    mail, threads = Mail(here), "changes"
    here.event()
    wanted = 0
    for what, value in steps:
        here.clock.pass_by(seconds=1)
        before = _activities(here)
        if what == "do":
            here.do(*value, ids=(f"{project.slug}-1",))  # type: ignore[misc]
        elif what == "event":
            here.event(str(value))
        elif what == "set":
            threads = str(value)
            setting(here, place, threads=threads)
        elif what == "comments":
            setting(here, place, comments=bool(value))
        else:
            mail.run()
        wanted += len(_activities(here) - before) if threads != "off" and what in ("do", "event") else 0
    mail.run()
    lines = [one for one in mail.carried if one.kind == "line"]
    rows = [line.errand.row for line in lines]
    assert rows == sorted(set(rows)), "each once, in the order in which it was promised"
    firsts = [line.said.activities[0].id for line in lines if line.said]
    assert len(firsts) == len(set(firsts)) == len(lines)
    assert len(lines) <= wanted, "none but of what happened while they were wanted"


def _activities(world: World) -> set[int]:
    """What happened so far."""
    names = (f"{world.project.slug}-1", f"{world.project.slug}-2")
    known = world.core.reads.ids_of(world.organization_id, names)
    return {one.id for name in known for one in world.core.reads.activities(world.organization_id, name)}
