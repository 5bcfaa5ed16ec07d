"""Rivals: processes that change the same issues at the same time, and the audit of what they leave behind."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context

from sqlalchemy import select

from core.accounts.directory import Newcomer
from core.bootstrap import Core, CoreSettings, open_core, system_clock
from core.db.models import Activity, Assignee, Hash, InboxEntry, Issue, Message, Resolution, Snooze
from core.errors import TriageError
from core.events.record import Occurrence
from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Delete,
    Discard,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Resolve,
    Restore,
    SetPriority,
    To,
    Unassign,
    Unresolve,
)
from core.issues.activity import snapshot
from core.issues.requests import UpdateRequest
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.types import JSON, ActivityType, Actor, ByIds, Facet, Level, Priority, Role, Source

ISSUES = 24
"""So few that the rivals meet all the time."""
GRACE = 0.5
"""Seconds from a deletion to its purge: short, so that purges happen while the rivals are at it."""
_STANDING = (Facet.STATUS, Facet.INBOX, Facet.LIFECYCLE)
_MAX_AT_ONCE = 12


@dataclass(frozen=True)
class Arena:
    """Where the rivals meet."""

    url: str
    organization_id: int
    project_id: int
    people: tuple[int, ...]

    @classmethod
    def build(cls, core: Core) -> Arena:
        """An organization with a project that a channel watches, two people, and the issues to fight for."""
        organization = core.directory.create_organization("acme")
        project = core.directory.create_project("shop", "acme", None)
        core.watches.set(project, ChannelName("slack", "C1"))
        people = [core.directory.create_user(organization.id, Newcomer(name, f"{name}@acme.example", None), Role.ADMIN) for name in ("ada", "ben")]
        arena = cls(core.settings.database_url, organization.id, project.id, tuple(user.id for user in people))
        core.occurrences.record(project.id, [_event(number) for number in range(ISSUES)])
        return arena


@dataclass
class Tally:
    """What one rival was told: how often each issue changed by its requests and events, how often it asked, and what went wrong."""

    changes: Counter[int] = field(default_factory=Counter)
    seen: Counter[int] = field(default_factory=Counter)
    asked: int = 0
    refused: int = 0
    troubles: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.changes + other.changes,
            self.seen + other.seen,
            self.asked + other.asked,
            self.refused + other.refused,
            self.troubles + other.troubles,
        )


def fight(arena: Arena, seconds: float, rivals: int = 2) -> Tally:
    """Sets processes on the issues for that long."""
    with ProcessPoolExecutor(rivals, mp_context=get_context("spawn")) as pool:
        games = [pool.submit(_play, arena, number, seconds) for number in range(rivals)]
        return sum((game.result() for game in games), Tally())


def _play(arena: Arena, number: int, seconds: float) -> Tally:
    core = open_core(CoreSettings(arena.url, deletion_grace=GRACE), system_clock)
    rival = _Rival(core, arena, random.Random(number), number)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            rival.move()
    finally:
        core.close()
    return rival.tally


class _Rival:
    """One process: asks for bulk changes, takes events in and does the scheduler's work, in no order at all."""

    def __init__(self, core: Core, arena: Arena, chance: random.Random, number: int) -> None:
        self._core, self._arena, self._chance, self._number = core, arena, chance, number
        self.tally = Tally()
        self._moves: Sequence[Callable[[], None]] = (self._ask,) * 10 + (self._take_in,) * 5 + (self._tick,) * 2

    def move(self) -> None:
        """Does something; whatever is not a refusal in words is a trouble."""
        what = self._chance.choice(self._moves)
        try:
            what()
        except TriageError:
            self.tally.refused += 1
        except Exception as error:  # noqa: BLE001 - a rival must go on, and the audit tells of it
            self.tally.troubles.append(f"{what.__name__}: {type(error).__name__}: {error} <- {error.__cause__!r}")

    def _ask(self) -> None:
        chance, newest = self._chance, self._newest()
        ids = tuple(chance.randint(max(1, newest - 2 * ISSUES), newest) for _ in range(chance.randint(1, _MAX_AT_ONCE)))
        actor = Actor(chance.choice(self._arena.people), Role.ADMIN)
        self.tally.asked += 1
        name = f"{self._number}:{self.tally.asked}"
        expected = chance.choice((None, None, 1, 5, 50))
        request = UpdateRequest(
            self._arena.organization_id, ByIds(ids), (self._action(),), Source.API, actor, None, name, expected, tags={"asked": name}
        )
        self.tally.changes.update(self._core.engine.apply(request).changed)

    def _action(self) -> Action:
        chance = self._chance
        soon = system_clock() + timedelta(seconds=0.3)
        usual: list[Action] = [
            Resolve(),
            Resolve(),
            Unresolve(),
            Archive(),
            Archive(Condition(events=2)),
            Archive(Condition(until_at=soon)),
            Archive(Condition(until_at=soon)),
            Assign(To("user", chance.choice(self._arena.people))),
            Unassign(),
            MarkReviewed(),
            MoveToInbox(),
            SetPriority(chance.choice(list(Priority))),
        ]
        rare: list[Action] = [Delete(), Restore(), Discard(), Restore(), Merge()]
        return chance.choice(usual if chance.random() < 0.75 else rare)

    def _take_in(self) -> None:
        # Discarded fingerprints are dead for good, so the ones that events carry move on with the issues.
        newest = self._newest()
        numbers = [self._chance.randrange(max(0, newest - ISSUES), newest + 2) for _ in range(self._chance.randint(1, 4))]
        for one in self._core.occurrences.record(self._arena.project_id, [_event(number) for number in numbers]):
            self.tally.seen[one.issue_id] += 1

    def _tick(self) -> None:
        due = self._core.timers
        for job in (due.lift_snoozes, due.begin_purges, due.move_merged_events, due.settle, due.refresh_forecasts):
            job()

    def _newest(self) -> int:
        with self._core.database.read() as work:
            return work.session.scalars(select(Issue.id).order_by(Issue.id.desc()).limit(1)).one()


def faults(core: Core, tally: Tally) -> Iterator[str]:
    """Everything that is not as it should be when the rivals have stopped; nothing is purged at last, so that all can be looked at."""
    yield from tally.troubles
    while core.timers.move_merged_events():
        pass
    with core.database.read() as work:
        issues = list(work.session.scalars(select(Issue).order_by(Issue.id)))
        logs: dict[int, list[Activity]] = {issue.id: [] for issue in issues}
        for activity in work.session.scalars(select(Activity).order_by(Activity.id)):
            logs[activity.issue_id].append(activity)
        snoozes, inbox, resolutions = work.snoozes.of(issues), work.inbox.of(issues), work.resolutions.of(issues)
        assignees, merged = work.assignees.of(issues), _merged(logs)
        for issue in issues:
            beside = (snoozes.get(issue.id), inbox.get(issue.id), resolutions.get(issue.id))
            for fault in (*_counted(issue, logs[issue.id], tally), *_agrees(issue, logs[issue.id], beside, assignees.get(issue.id), merged)):
                yield f"issue {issue.id}: {fault}"
        # What a storm brought stands in its summary, which is drawn anew as a whole.
        copies = {copy.issue_id: copy for copy in work.session.scalars(select(Message))}
        behind = (issue for issue in issues if not copies[issue.id].storm_id and copies[issue.id].wanted_version != issue.version)
        yield from (f"issue {issue.id}: its copy waits for {copies[issue.id].wanted_version}" for issue in behind)
        yield from _lost_fingerprints(list(work.session.scalars(select(Hash))), {issue.id: issue for issue in issues})
        yield from _lost_events(issues, tally)


def _counted(issue: Issue, log: list[Activity], tally: Tally) -> Iterator[str]:
    """Versions rise one by one, each made by one request; none that anybody was told of is missing."""
    versions = [activity.version for activity in log if activity.facet]
    made = sorted(set(versions))
    if made != list(range(2, issue.version + 1)):
        yield f"its version is {issue.version}, and the log has {made}"
    if versions != sorted(versions):
        yield f"its versions do not rise: {versions}"
    for version in made:
        group = [activity for activity in log if activity.version == version and activity.facet]
        causes = {(activity.user_id, activity.source, activity.happened_at, activity.data.get("asked")) for activity in group}
        kinds = {ActivityType(activity.type) for activity in group}
        if len(causes) != 1 or len(group) != len(kinds) or (len(group) > 1 and kinds not in _PAIRS):
            yield f"version {version} was made by {len(causes)} requests and has {sorted(kinds)}"
    asked = [activity.data["asked"] for activity in log if activity.facet and "asked" in activity.data]
    if len(set(asked)) != tally.changes[issue.id]:
        yield f"{tally.changes[issue.id]} requests were told that they changed it, and {len(set(asked))} are in the log"


_PAIRS = (
    {ActivityType.MARK_REVIEWED, ActivityType.AUTO_SET_ONGOING},
    {ActivityType.SET_ESCALATING, ActivityType.SET_PRIORITY},
    {ActivityType.SET_REGRESSION, ActivityType.SET_PRIORITY},
)
"""What one change may write two activities of."""


def _agrees(
    issue: Issue, log: list[Activity], beside: tuple[Snooze | None, InboxEntry | None, Resolution | None], holder: Assignee | None, merged: set[int]
) -> Iterator[str]:
    """The newest activity of each facet says what is so, and each one begins where the one before it ended."""
    stood = [activity for activity in log if activity.facet in _STANDING and activity.type != ActivityType.MERGE]
    for earlier, later in pairwise(stood):
        ends, begins = _place(earlier.after), _place(later.before)
        if earlier.version != later.version and ends != begins:
            yield f"version {later.version} begins at {begins}, where version {earlier.version} ended at {ends}"
    told = stood[-1].after if stood else None
    if told and issue.id not in merged and stood[-1].type != ActivityType.PURGE and _plain(told) != _plain(snapshot(issue, *beside)):
        yield f"the log ends at {_plain(told)}, and it stands at {_plain(snapshot(issue, *beside))}"
    assigned = [activity.after["assignee"] for activity in log if activity.facet == Facet.ASSIGNEE]
    held = f"user:{holder.user_id}" if holder else None
    if issue.id not in merged and held != (assigned[-1] if assigned else None):
        yield f"it is assigned to {held}, and the log says {assigned[-1:]}"
    priorities = [activity.after["priority"] for activity in log if activity.facet == Facet.PRIORITY]
    if issue.priority != (priorities[-1] if priorities else issue.first_priority):
        yield f"its priority is {issue.priority}, and the log says {priorities[-1:]}"


def _merged(logs: dict[int, list[Activity]]) -> set[int]:
    """Those that were merged and those that others were merged into: they take over what the others had."""
    return {issue_id for issue_id, log in logs.items() if any(activity.type == ActivityType.MERGE for activity in log)}


def _lost_fingerprints(hashes: Sequence[Hash], issues: dict[int, Issue]) -> Iterator[str]:
    """Check that no fingerprint leads to an issue that is being deleted, and none to both an issue and a tombstone."""
    for row in hashes:
        owner = issues.get(row.issue_id or 0)
        if row.issue_id and (owner is None or owner.status > 2):
            yield f"a fingerprint leads to issue {row.issue_id}, which is {owner.status if owner else 'gone'}"
        if row.issue_id and row.tombstone_id:
            yield f"a fingerprint belongs to issue {row.issue_id} and is discarded as well"


def _lost_events(issues: Sequence[Issue], tally: Tally) -> Iterator[str]:
    """Each event that was taken in is counted once, wherever its issue was merged to."""
    counted = sum(issue.times_seen for issue in issues if issue.status != 5)
    taken = ISSUES + sum(count for issue_id, count in tally.seen.items() if issue_id)
    if counted != taken:
        yield f"{taken} events were taken in, and {counted} are counted"


def _place(kept: JSON) -> tuple[int, int | None]:
    return kept["status"], kept["substatus"]


def _plain(kept: JSON) -> str:
    return json.dumps(kept, sort_keys=True, default=str)


def _event(number: int) -> Occurrence:
    return Occurrence(
        event_id=uuid.uuid4().hex,
        happened_at=datetime.now(UTC),
        hashes=(uuid.uuid5(uuid.NAMESPACE_OID, f"issue {number}").hex,),
        title=f"issue {number}",
        culprit="",
        message="",
        level=Level.ERROR,
        platform="python",
        details={},
        person=None,
        release=None,
        environment=None,
        payload={},
    )
