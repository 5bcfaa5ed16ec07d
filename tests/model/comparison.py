"""The model and the real core side by side: what is asked of one is asked of the other, and then both are compared."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot.api.wording import status_name
from core.activity_data import EndedSnooze
from core.db.models import Activity, Issue, Message, Tombstone
from core.errors import Conflict, TriageError
from core.events.record import Occurrence
from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Delete,
    Discard,
    InNextRelease,
    InRelease,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Resolve,
    Restore,
    SetPriority,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.issues.actions.modes import Now
from core.issues.actions.outcomes import Outcome, ResolveOutcome
from core.issues.requests import UpdateRequest
from core.issues.unmerge import UnmergeRequest
from core.rules.snooze import Condition
from core.types import ActivityType, Actor, ByIds, Level, Priority, Role, Source, Substatus
from core.views import IssueView
from tests.model.house import AGES, House
from tests.model.values import OPEN, Answer, Ask, Happening, Refused, Until, Wish
from tests.model.values import Issue as ModelIssue
from tests.support.core import NOON

_SUBSTATUSES = {substatus.full_name: substatus for substatus in Substatus}
_PLAIN: dict[str, type[Any]] = {
    "resolve": Resolve,
    "unassign": Unassign,
    "review": MarkReviewed,
    "to_inbox": MoveToInbox,
    "delete": Delete,
    "restore": Restore,
    "discard": Discard,
    "merge": Merge,
}
_WITH: dict[str, Callable[[Any], Action]] = {
    "unresolve": lambda substatus: Unresolve(_SUBSTATUSES[substatus] if substatus else None),
    "archive": lambda until: Archive(_condition(until)) if isinstance(until, Until) else Archive(is_until_escalating=until == "escalating"),
    "resolve_in": lambda version: Resolve(InNextRelease() if version == "next" else InRelease(version)),
    "assign": lambda to: Assign(To.parse(to)),
    "prioritise": lambda priority: SetPriority(Priority[priority.upper()]),
}


class Twins:
    """One example: a model and the core, both empty at first."""

    def __init__(self, house: House) -> None:
        house.empty()
        self.house, self.core = house, house.core
        self.model = house.model(NOON, house.access, AGES)
        self.logs: dict[int, list[int]] = {}
        """The real number of each activity, in the order of the issue's log."""
        self.versions: dict[int, int] = {}

    # What happens ---------------------------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> str:
        """Asks both; says how it ended: ``changed``, ``nothing``, ``repeat``, or why it was refused."""
        request = self._request(ask)
        expected = self._answer_of_the_model(ask)
        real = self._answer_of_the_core(request)
        if isinstance(expected, Refused):
            assert isinstance(real, TriageError), f"{ask} should have been refused as {expected.kind}, and was answered {real}"
            assert type(real).__name__ == expected.kind, f"{ask} should have been refused as {expected.kind}, and was as {real!r}"
            if isinstance(real, Conflict):
                conflict = (self._id_of(real.issue), real.facet, real.version)
                assert conflict in expected.conflicts, f"{ask}: the conflict is {conflict}, not one of {set(expected.conflicts)}"
        else:
            assert real == expected, f"{ask} should have been answered {expected}, and was {real!r}"
        self.core.timers.move_merged_events()
        self.compare()
        if any(wish.verb == "merge" for wish in ask.wishes):
            # An event of the very instant of a merge counts as one that came with it or as a new one: no two real ones meet so closely.
            self.pass_by(microseconds=1)
        if isinstance(expected, Refused):
            return expected.kind
        return "repeat" if expected.is_repeat else "changed" if expected.changed else "nothing"

    def do(self, verb: str, value: Any = None, *names: int | str, **more: Any) -> str:
        """One wish, for issue 1 unless others are named."""
        return self.ask(Ask(names or (1,), (Wish(verb, value),), **more))

    def events(
        self, *happenings: tuple[str, str | None, float], project: str = "shop", again: Happening | None = None, release: str | None = None
    ) -> list[str]:
        """Events of one arrival, each a title, a person and how many seconds ago it happened; ``again`` is one that has come before."""
        now = self.model.now
        new = [Happening(uuid.uuid4().hex, project, title, now - timedelta(seconds=ago), person, release) for title, person, ago in happenings]
        arrival = [*([again] if again else []), *new]
        expected = self.model.take_in(arrival)
        recorded = self.core.occurrences.record(self.house.projects[project], [_occurrence(one) for one in arrival])
        effects: list[str] = [one.effect for one in recorded]
        assert effects == expected, f"{arrival} should have had the effects {expected}, and had {effects}"
        self.compare()
        return effects

    def unmerge(self, issue: int, *titles: str) -> int:
        """Takes fingerprints out of an issue."""
        expected = self.model.unmerge(issue, titles)
        actor = Actor(self.house.people["ada"], Role.ADMIN)
        hashes = tuple(_fingerprint(title) for title in titles)
        new = self.core.unmerge.apply(UnmergeRequest(self.house.organization_id, issue, hashes, Source.SLACK, actor))
        assert new == expected, f"the unmerge should have made issue {expected}, and made {new}"
        self.compare()
        return new

    def pass_by(self, **time: float) -> None:
        self.model.now += timedelta(**time)
        self.house.clock.now = self.model.now

    def run(self, job: str) -> int:
        """One of the scheduler's functions, until it has nothing left to do."""
        due = self.core.timers
        if job == "purge":
            while due.purge():
                pass
            self.model.purge()
            done = 0
        else:
            expected, done = getattr(self.model, job)(), getattr(due, job)()
            assert done == expected, f"{job} should have done {expected}, and did {done}"
            assert getattr(due, job)() == 0, f"{job} finds something that it has just done"
        self.compare()
        return done

    def draw_copies(self) -> None:
        """The sender has caught up."""
        with self.core.database.write() as work:
            work.session.execute(update(Message).values(shown_version=Message.wanted_version))
        for issue in self.model.issues.values():
            issue.shown = issue.version

    # The comparison -------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Everything that both know."""
        expected = self.model.issues
        with self.core.database.read() as work:
            ids = list(work.session.scalars(select(Issue.id).order_by(Issue.id)))
            assert ids == sorted(expected), f"there should be the issues {sorted(expected)}, and are {ids}"
            views = work.views.issues(ids, self.model.now)
            activities = list(work.session.scalars(select(Activity).order_by(Activity.id)))
            messages = work.session.execute(select(Message.issue_id, Message.wanted_version).order_by(Message.issue_id)).all()
            tombstones = {row.previous_issue_id: row.times_seen for row in work.session.scalars(select(Tombstone))}
        for view in views:
            real, wanted = _facts_of(view), self._facts_wanted(expected[view.id])
            assert real == wanted, f"issue {view.id}: {_difference(real, wanted)}"
            assert view.version >= self.versions.get(view.id, 0), f"the version of issue {view.id} went back to {view.version}"
        self.versions = {view.id: view.version for view in views}
        self._compare_logs(activities)
        self._compare_histories()
        promised = [(row.issue_id, row.wanted_version) for row in messages]
        wanted_copies = [(id_, expected[id_].version) for id_ in sorted(expected)]
        assert promised == wanted_copies, f"copies should be promised {wanted_copies}, and are {promised}"
        assert tombstones == self.model.tombstones, f"tombstones: {_difference(tombstones, self.model.tombstones)}"

    def _compare_logs(self, activities: Sequence[Activity]) -> None:
        names = {None: None} | {id_: name for name, id_ in self.house.people.items()}
        logs: dict[int, list[Activity]] = {}
        for activity in activities:
            logs.setdefault(activity.issue_id, []).append(activity)
        for id_, issue in self.model.issues.items():
            real = [(_type_of(one), names[one.user_id], one.source, one.facet, one.version, one.happened_at) for one in logs.get(id_, [])]
            wanted = [(one.type, one.actor, one.source, one.facet, one.version, one.at) for one in issue.log]
            assert real == wanted, f"the log of issue {id_} should be {wanted}, and is {real}"
            said = [(data.get("version"), data.get("resolved_in_version"), data.get("follows_semver")) for data in _regressions(logs.get(id_, []))]
            wanted_said = [entry.said for entry in issue.log if entry.type == "set_regression"]
            assert said == wanted_said, f"the regressions of issue {id_} should say {wanted_said}, and say {said}"
            numbers = [one.id for one in logs.get(id_, [])]
            known = self.logs.get(id_, [])
            assert numbers[: len(known)] == known, f"the log of issue {id_} is not only added to"
            self.logs[id_] = numbers

    def _compare_histories(self) -> None:
        """Of those that others were merged into, the whole of it; the others have nothing but their own log."""
        for id_ in {id_ for id_ in self.model.redirects.values() if id_ in self.model.issues}:
            issue = self.model.issues[id_]
            views = self.core.reads.activities(self.house.organization_id, id_, 100_000)
            real = sorted((view.type.name.lower(), view.merged_from or issue.names[1]) for view in views)
            wanted = self.model.history(issue)
            assert real == wanted, f"the history of issue {id_} should be {wanted}, and is {real}"

    def _facts_wanted(self, issue: ModelIssue) -> dict[str, Any]:
        standing = issue.standing
        facts: dict[str, Any] = {"names": issue.names, "version": issue.version, "status": standing.status, "substatus": standing.substatus}
        facts |= {"times_seen": issue.times_seen, "users_seen": len(issue.people), "purge_at": issue.purge_at}
        if standing.status not in OPEN:
            return facts
        if standing.snooze:
            snooze, until = standing.snooze, standing.snooze.until
            so_far = (issue.times_seen - snooze.events_before, len(issue.people) - snooze.users_before)
            facts["snooze"] = (until.at, until.events, until.users, *so_far)
        facts |= {"assignee": issue.assignee, "priority": issue.priority, "locked_at": issue.locked_at}
        facts["resolution"] = standing.fix.facts if standing.fix else None
        return facts | {"inbox": standing.inbox, "first_seen": issue.first_seen, "last_seen": issue.last_seen}

    def _id_of(self, name: str) -> int:
        return next(issue.id for issue in self.model.issues.values() if name in issue.names)

    # Into the core's words --------------------------------------------------------------------------------------------

    def _answer_of_the_model(self, ask: Ask) -> Answer | Refused:
        try:
            return self.model.ask(ask)
        except Refused as refused:
            return refused

    def _answer_of_the_core(self, request: UpdateRequest) -> Answer | TriageError:
        try:
            result = self.core.engine.apply(request)
        except TriageError as refused:
            return refused
        return Answer(tuple(result.matched), tuple(sorted(result.changed)), _solved_in(result.outcomes), result.is_repeat)

    def _request(self, ask: Ask) -> UpdateRequest:
        return UpdateRequest(
            self.house.organization_id,
            ByIds(ask.names, is_strict=ask.is_strict),
            tuple(self._action(wish) for wish in ask.wishes),
            Source.SLACK,
            Actor(self.house.people[ask.actor], Role.ADMIN) if ask.actor else None,
            request_id=ask.request_id,
            expected_version=ask.expected,
        )

    def _action(self, wish: Wish) -> Action:
        if wish.verb == "undo":
            issue_id, position = wish.value or (0, 0)
            return Undo(self.logs[issue_id][position] if issue_id else 10**9)
        action: Action = _WITH[wish.verb](wish.value) if wish.verb in _WITH else _PLAIN[wish.verb]()
        return action


def _condition(until: Until) -> Condition:
    return Condition(until.at, until.events, until.events_window, until.users, until.users_window)


def _fingerprint(title: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, title).hex


def _occurrence(event: Happening) -> Occurrence:
    return Occurrence(
        event_id=event.event_id,
        happened_at=event.at,
        hashes=(_fingerprint(event.title),),
        title=event.title,
        culprit="",
        message=event.title,
        level=Level.ERROR,
        platform="python",
        details={},
        person=event.person,
        release=event.release,
        environment=None,
        payload={},
    )


def _facts_of(view: IssueView) -> dict[str, Any]:
    facts: dict[str, Any] = {"names": (str(view.id), view.short_id), "version": view.version}
    facts |= {"status": status_name(view.status), "substatus": view.substatus.full_name if view.substatus else None}
    facts |= {"times_seen": view.times_seen, "users_seen": view.users_seen, "purge_at": view.purge_at}
    if status_name(view.status) not in OPEN:
        return facts
    if view.snooze:
        facts["snooze"] = (view.snooze.until_at, view.snooze.events, view.snooze.users, view.snooze.events_so_far, view.snooze.users_so_far)
    facts["assignee"] = f"{view.assignee.kind}:{view.assignee.id}" if view.assignee else None
    facts |= {"priority": view.priority.name.lower(), "locked_at": view.priority_locked_at}
    resolution = view.resolution
    facts["resolution"] = (resolution.version, resolution.is_pending, resolution.current_release_version) if resolution else None
    facts["inbox"] = (view.inbox.reason.name.lower(), view.inbox.added_at, _until(view.inbox.ended_snooze)) if view.inbox else None
    return facts | {"first_seen": view.first_seen_at, "last_seen": view.last_seen_at}


def _regressions(activities: Sequence[Activity]) -> list[dict[str, Any]]:
    return [activity.data for activity in activities if activity.type == ActivityType.SET_REGRESSION]


def _solved_in(outcomes: Sequence[Outcome]) -> str | None:
    modes = [outcome.mode for outcome in outcomes if isinstance(outcome, ResolveOutcome)]
    return next((mode.version if isinstance(mode, InRelease) else "next" for mode in modes if not isinstance(mode, Now)), None)


def _until(ended: EndedSnooze | None) -> Until | None:
    return Until(ended.until_at, ended.events, ended.events_window, ended.users, ended.users_window) if ended else None


def _type_of(activity: Activity) -> str:
    return ActivityType(activity.type).name.lower()


def _difference(real: dict[Any, Any], wanted: dict[Any, Any]) -> str:
    differing = sorted((key for key in real.keys() | wanted.keys() if real.get(key) != wanted.get(key)), key=str)
    return "; ".join(f"{key} should be {wanted.get(key)}, and is {real.get(key)}" for key in differing)
