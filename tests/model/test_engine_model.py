"""The engine and the reference model do the same, whatever is asked of them and in whatever order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import true

from core.db.issues import IssueStore
from core.db.messages import MessageStore
from core.db.models import Issue, Snooze
from core.issues.actions.base import PerIssueCache
from core.issues.activity import Change, Journal
from tests.model.comparison import Twins
from tests.model.house import House
from tests.model.model import Model
from tests.model.values import OPEN_SUBSTATUSES, Ask, Until, Wish
from tests.model.values import Issue as ModelIssue
from tests.model.values import Snooze as ModelSnooze

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("QUELL_TEST_MODEL_EXAMPLES", "20"))
"""How many examples the deep profile tries on each database."""

TITLES = {"shop": ("a", "b", "c"), "cart": ("d",)}
VERSIONS = (None, "one", "two", "three", "app@1.8+180", "app@1.9+190", "app@1.9.0+191", "app@1.10-rc.1", "app@1.10", "app@2", "1.9", "app@2026-01")
"""Of releases; each arrival is of one."""
AGES = (0, 0, 0, 1, 30, 3600, 90_000)
STEPS = (1, 1, 59, 60, 600, 3599, 3600, 86_400, 7 * 86_400)
JOBS = ("lift_snoozes", "begin_purges", "purge", "settle", "refresh_forecasts", "resolve_by_age")


class EngineMachine(RuleBasedStateMachine):
    """What people, programs, the clock and the scheduler can do."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.twins = Twins(house)

    @initialize()
    def two_issues(self) -> None:
        self.twins.events(("a", "ann", 5), ("b", None, 0))

    # Programs ---------------------------------------------------------------------------------------------------------

    @rule(
        events=st.lists(
            st.tuples(st.sampled_from("aab"), st.sampled_from(("ann", "bob", "cem", None)), st.sampled_from(AGES)), min_size=1, max_size=3
        )
    )
    def events_come_in(self, events: list[tuple[str, str | None, int]]) -> None:
        self.twins.events(*events)

    @rule(title=st.sampled_from("aab"), release=st.sampled_from(VERSIONS), ago=st.sampled_from((0, 0, 0, 30)))
    def an_event_of_a_release_comes(self, title: str, release: str | None, ago: int) -> None:
        self.twins.pass_by(seconds=1)
        self.twins.events((title, "ann", ago), release=release)

    @rule(project=st.sampled_from(("shop", "cart")), data=st.data())
    def an_event_comes_to_any_project(self, project: str, data: st.DataObject) -> None:
        self.twins.events((data.draw(st.sampled_from(TITLES[project])), "ann", 0), project=project)

    @rule(data=st.data())
    def an_event_comes_again(self, data: st.DataObject) -> None:
        events = [event for issue in self.twins.model.issues.values() for event in issue.events.values() if event.project == "shop"]
        if events:
            self.twins.events(("a", "ann", 0), again=data.draw(st.sampled_from(sorted(events, key=lambda event: event.event_id))))

    # People -----------------------------------------------------------------------------------------------------------

    @rule(data=st.data())
    def somebody_asks(self, data: st.DataObject) -> None:
        self._ask(data, (self._wish(data),))

    @rule(data=st.data())
    def somebody_asks_for_two_things(self, data: st.DataObject) -> None:
        first = data.draw(st.sampled_from((Wish("resolve"), Wish("unresolve"), Wish("archive", Until(events=1)), Wish("archive"))))
        second = data.draw(st.sampled_from((Wish("assign", "user:1"), Wish("prioritise", "low"), Wish("review"), Wish("assign", "user:99"))))
        self._ask(data, (first, second))

    @rule(data=st.data())
    def somebody_archives(self, data: st.DataObject) -> None:
        self._ask(data, (Wish("archive", self._until(data)),))

    @rule(data=st.data())
    def somebody_takes_something_back(self, data: st.DataObject) -> None:
        done = [(issue.id, position) for issue in self.twins.model.issues.values() for position, entry in enumerate(issue.log) if entry.actor]
        of = data.draw(st.sampled_from([*done, *done[-8:], *done[-8:], None]))
        name = of[0] if of and data.draw(st.integers(0, 9)) else self._name(data)
        self._ask(data, (Wish("undo", of),), (name,))

    @rule(data=st.data(), version=st.sampled_from(("next", "next", "next", "latest", *VERSIONS[1:])))
    def somebody_resolves_in_a_release(self, data: st.DataObject, version: str) -> None:
        self._ask(data, (Wish("resolve_in", version),))

    @precondition(lambda self: self.twins.model.mergeable())
    @rule(data=st.data())
    def somebody_merges_all(self, data: st.DataObject) -> None:
        self._ask(data, (Wish("merge"),), self.twins.model.mergeable())

    @precondition(lambda self: self.twins.model.divisible())
    @rule(data=st.data())
    def somebody_unmerges(self, data: st.DataObject) -> None:
        issue, titles = data.draw(st.sampled_from(self.twins.model.divisible()))
        self.twins.unmerge(issue, *titles[: data.draw(st.integers(1, len(titles)))])

    @rule(data=st.data(), verb=st.sampled_from(("delete", "delete", "restore", "restore", "discard", "merge")))
    def somebody_makes_issues_go_or_come(self, data: st.DataObject, verb: str) -> None:
        self._ask(data, (Wish(verb),))

    @rule(data=st.data(), back=st.sampled_from((1, 2, 3)))
    def somebody_presses_a_stale_button(self, data: st.DataObject, back: int) -> None:
        issues = [issue for issue in self.twins.model.issues.values() if issue.version > 1] or list(self.twins.model.issues.values())
        if issues:
            issue = data.draw(st.sampled_from(issues))
            wish = data.draw(st.sampled_from((Wish("resolve"), Wish("unresolve"), Wish("archive"), Wish("unassign"), self._wish(data))))
            self._ask(data, (wish,), (issue.id,), expected=max(1, issue.version - back))

    # Time -------------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(STEPS))
    def time_passes(self, seconds: int) -> None:
        self.twins.pass_by(seconds=seconds)

    @precondition(lambda self: self.twins.model.deadlines())
    @rule(late=st.sampled_from((-1, 0, 0, 1)), job=st.sampled_from((*JOBS, None)))
    def the_next_deadline_comes(self, late: int, job: str | None) -> None:
        left = self.twins.model.deadlines()[0] - self.twins.model.now
        self.twins.pass_by(seconds=max(0.0, left.total_seconds() + late))
        if job:
            self.twins.run(job)

    @rule(job=st.sampled_from(JOBS))
    def the_scheduler_looks(self, job: str) -> None:
        self.twins.run(job)

    @rule()
    def the_sender_catches_up(self) -> None:
        self.twins.draw_copies()

    # What they ask for ------------------------------------------------------------------------------------------------

    def _ask(self, data: st.DataObject, wishes: tuple[Wish, ...], names: tuple[int | str, ...] | None = None, expected: int | None = None) -> None:
        ask = Ask(
            names or self._names(data),
            wishes,
            is_strict=data.draw(st.sampled_from((True, True, False))),
            actor=data.draw(st.sampled_from(("ada", "ada", "ben", None))),
            expected=expected,
            request_id=data.draw(st.sampled_from((None,) * 9 + ("r1", "r2"))),
        )
        self.twins.ask(ask)

    def _wish(self, data: st.DataObject) -> Wish:
        verb = data.draw(st.sampled_from(("resolve", "resolve", "unresolve", "archive", "assign", "unassign", "review", "to_inbox", "prioritise")))
        values: dict[str, tuple[Any, ...]] = {
            "unresolve": (None, None, *OPEN_SUBSTATUSES, "archived_forever"),
            "archive": (None, "escalating"),
            "assign": (*self.twins.house.assignable, "user:99"),
            "prioritise": ("low", "medium", "high"),
        }
        return Wish(verb, data.draw(st.sampled_from(values[verb])) if verb in values else None)

    def _until(self, data: st.DataObject) -> Until | str:
        now = self.twins.model.now
        choices: list[Until | str] = [
            Until(events=1),
            Until(events=2),
            Until(users=1),
            Until(users=2),
            Until(at=now + timedelta(seconds=60)),
            Until(at=now + timedelta(seconds=60), events=2),
            Until(events=2, events_window=10),
            Until(users=2, users_window=10),
            Until(events=0),
            Until(at=now),
            "escalating",
        ]
        return data.draw(st.sampled_from(choices))

    def _name(self, data: st.DataObject) -> int | str:
        known = sorted(self.twins.model.issues)
        owners = [owner for owner in self.twins.model.fingerprints.values() if owner]
        said = [self.twins.model.issues[id_].names[1] for id_ in known]
        names: list[int | str] = [*owners * 4, *known, *said, 99, "shop-1"]
        return data.draw(st.sampled_from(names))

    def _names(self, data: st.DataObject) -> tuple[int | str, ...]:
        if data.draw(st.booleans()):
            return (self._name(data),)
        return tuple(self._name(data) for _ in range(data.draw(st.sampled_from((2, 2, 3)))))


def run(house: House, examples: int, steps: int, *, shrinks: bool = True) -> None:
    """Drives a machine through so many examples. Without ``shrinks`` the first failure is good enough."""
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)

    class Here(EngineMachine):
        def __init__(self) -> None:
            super().__init__(house)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(600)  # a failure takes a while to become small
def test_the_engine_does_what_the_model_does(house: House) -> None:
    run(house, examples=10, steps=30)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_engine_does_what_the_model_does_in_many_more_ways(house: House) -> None:
    run(house, examples=EXAMPLES, steps=50)


# Stories: interleavings that went wrong once, or that random steps rarely meet -------------------------------------------


def test_what_is_deleted_can_only_be_restored_and_not_half_brought_back_by_an_older_undo(twins: Twins) -> None:
    twins.events(("a", "ann", 0))
    twins.do("resolve")
    twins.do("assign", "user:1")
    twins.do("delete")
    for position in (1, 2):
        assert twins.do("undo", (1, position)) == "LeavingIssue"
    assert twins.do("undo", (1, 3)) == "changed"
    assert twins.events(("a", "ann", 0)) == ["seen"]


def test_an_undo_of_an_undo_of_a_priority(twins: Twins) -> None:
    twins.events(("a", "ann", 0))
    assert [twins.do("prioritise", "low"), twins.do("undo", (1, 1)), twins.do("undo", (1, 2))] == ["changed"] * 3


def test_undoing_a_review_never_opens_what_was_resolved_since(twins: Twins) -> None:
    twins.events(("a", "ann", 0))
    twins.do("review")
    twins.do("resolve", actor="ben")
    assert twins.do("undo", (1, 1)) == "Conflict"


def test_undoing_a_move_to_the_inbox_never_archives_what_has_escalated_since(twins: Twins) -> None:
    twins.events(("a", "ann", 0))
    twins.do("archive", Until(events=1))
    twins.do("to_inbox")
    assert twins.events(("a", "ann", 0)) == ["unarchived"]
    assert twins.do("undo", (1, 2)) == "Conflict"


def test_a_snooze_that_ends_while_its_issue_is_deleted_ends_when_it_is_restored(twins: Twins) -> None:
    twins.events(("a", "ann", 0))
    twins.do("archive", Until(at=twins.model.now + timedelta(minutes=1)))
    twins.do("delete")
    twins.pass_by(minutes=2)
    assert twins.run("lift_snoozes") == 0
    twins.do("restore")
    assert twins.run("lift_snoozes") == 1


# The comparison can fail -------------------------------------------------------------------------------------------------


def forgets_snoozes(planted: pytest.MonkeyPatch, house: House) -> None:
    remove = PerIssueCache.remove

    def forgetful(self: PerIssueCache[Any], issues: Iterable[Issue]) -> None:
        if self._table._model is not Snooze:
            remove(self, issues)

    planted.setattr(PerIssueCache, "remove", forgetful)


def counts_one_too_few(_: pytest.MonkeyPatch, house: House) -> None:
    class OffByOne(Model):
        def is_over(self, issue: ModelIssue, snooze: ModelSnooze) -> bool:
            return super().is_over(issue, replace(snooze, events_before=snooze.events_before + 1))

    house.model = OffByOne


def leaves_copies_behind(planted: pytest.MonkeyPatch, house: House) -> None:
    planted.setattr(MessageStore, "mark_stale", lambda self, *_: self._session.flush())


def takes_stale_requests(planted: pytest.MonkeyPatch, house: House) -> None:
    planted.setattr("core.issues.engine._refuse_stale", lambda *_: None)


def writes_everything_twice(planted: pytest.MonkeyPatch, house: House) -> None:
    record = Journal.record

    def twice(self: Journal, issue: Issue, change: Change) -> None:
        record(self, issue, change)
        record(self, issue, change)

    planted.setattr(Journal, "record", twice)


def deletes_without_letting_go(planted: pytest.MonkeyPatch, house: House) -> None:
    planted.setattr(IssueStore, "hashes", lambda *_: {})


def tells_no_merged_history(planted: pytest.MonkeyPatch, house: House) -> None:
    planted.setattr("core.db.views._WAS_MERGED", true())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        (tells_no_merged_history, "the history of issue"),
        (forgets_snoozes, "snooze should be None"),
        (counts_one_too_few, "should have had the effects"),
        (leaves_copies_behind, "copies should be promised"),
        (takes_stale_requests, "should have been refused as Conflict"),
        (writes_everything_twice, "the log of issue"),
        (deletes_without_letting_go, "should have had the effects"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_fault_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch, House], None], complaint: str
) -> None:
    plant(monkeypatch, house)
    with pytest.raises(AssertionError, match=complaint):
        run(house, examples=60, steps=30, shrinks=False)
