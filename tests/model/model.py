"""The reference model: what engine.md decides about issues, as plain Python over plain values, slow and obvious.

It knows nothing of the core. It was written from the decisions (D1 to D29) and the tables of engine.md; where those leave a question open, the
answer stands in a comment that begins with *Reading*.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

OPEN = ("unresolved", "resolved", "ignored")
"""Where an issue can be triaged; everywhere else it is on its way out (D14)."""
OPEN_SUBSTATUSES = ("new", "ongoing", "regressed", "escalating")
WEEK = timedelta(days=7)
COPIES_MAY_LAG = timedelta(days=1)
UNDOABLE = {"set_resolved", "set_unresolved", "set_ignored", "mark_reviewed", "auto_set_ongoing", "move_to_inbox", "undo"} | {
    "assigned",
    "unassigned",
    "set_priority",
    "delete",
    "discard",
}
OVERWRITES = {"status": {"status", "inbox"}, "inbox": {"status", "inbox"}}
"""Undoing a change of one facet puts back what these hold. Reading of D25: status and inbox are put back together, so each hinders the other."""


@dataclass(frozen=True)
class Until:
    """What an archive waits for; whichever comes first (D9)."""

    at: datetime | None = None
    events: int | None = None
    events_window: int | None = None
    users: int | None = None
    users_window: int | None = None


@dataclass(frozen=True)
class Snooze:
    until: Until
    events_before: int
    users_before: int
    began_at: datetime


@dataclass(frozen=True)
class Standing:
    """Status with everything that hangs on it: what an undo puts back."""

    status: str
    substatus: str | None
    resolved_at: datetime | None = None
    snooze: Snooze | None = None
    inbox: tuple[str, datetime] | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the activity log. ``before`` is what the change replaced."""

    type: str
    facet: str | None
    before: Any
    actor: str | None = None
    source: str = ""
    version: int = 0
    at: datetime | None = None


@dataclass(frozen=True)
class Happening:
    """One event of a program."""

    event_id: str
    project: str
    title: str
    at: datetime
    person: str | None = None


@dataclass
class Issue:
    id: int
    project: str
    number: int
    first_seen: datetime
    last_seen: datetime
    standing: Standing
    times_seen: int = 0
    version: int = 1
    priority: str = "high"
    locked_at: datetime | None = None
    assignee: str | None = None
    purge_at: datetime | None = None
    kept: tuple[str, str | None, tuple[str, ...]] = ("", None, ())
    """Of a deleted issue: its status, its substatus and its fingerprints."""
    people: set[str] = field(default_factory=set)
    events: dict[str, Happening] = field(default_factory=dict)
    hours: dict[datetime, int] = field(default_factory=dict)
    forecast: tuple[date, int] | None = None
    shown: int = 0
    """The version that the issue's copies show."""
    facets: dict[str, int] = field(default_factory=dict)
    """The version at which each facet changed last."""
    log: list[Entry] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.standing.status

    @property
    def names(self) -> tuple[str, str]:
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        high, low = divmod(self.number, 32)
        return str(self.id), f"{self.project.upper()}-{digits[high] if high else ''}{digits[low]}"


@dataclass(frozen=True)
class Wish:
    """A verb with what it needs: ``Wish("assign", "user:1")``."""

    verb: str
    value: Any = None


@dataclass(frozen=True)
class Ask:
    """One request."""

    names: tuple[int | str, ...]
    wishes: tuple[Wish, ...]
    is_strict: bool = True
    actor: str | None = "ada"
    expected: int | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Answer:
    matched: tuple[int, ...]
    changed: tuple[int, ...]
    is_repeat: bool = False


class Refused(Exception):
    """Nothing was changed. ``conflicts`` are the newer changes that stand in the way, as (issue, facet, version)."""

    def __init__(self, kind: str, conflicts: frozenset[tuple[int, str, int]] = frozenset()) -> None:
        super().__init__(kind)
        self.kind, self.conflicts = kind, conflicts


class Model:
    """All issues of one organization."""

    def __init__(self, now: datetime, assignable: Sequence[str], grace: timedelta = timedelta(hours=1)) -> None:
        self.now, self.grace, self.assignable = now, grace, tuple(assignable)
        self.issues: dict[int, Issue] = {}
        self.fingerprints: dict[tuple[str, str], int | None] = {}
        self.buried: dict[tuple[str, str], int] = {}
        """Discarded fingerprints, each with the issue whose tombstone has it."""
        self.tombstones: dict[int, int] = {}
        """How many events each tombstone has dropped, by the issue it stands for."""
        self.redirects: dict[str, int] = {}
        self.purged: set[str] = set()
        self.answers: dict[str, Answer] = {}
        self.born: dict[str, int] = {}
        """How many issues each project has had."""
        self._changes: list[tuple[Issue, Entry]] = []

    # Requests ---------------------------------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> Answer:
        """D1: whole or not at all. A request that was carried out before is answered as then; a refused one is not remembered."""
        if ask.request_id in self.answers:
            return replace(self.answers[ask.request_id], is_repeat=True)
        kept = copy.deepcopy({name: value for name, value in vars(self).items() if name != "_changes"})
        try:
            answer = self._carried_out(ask)
        except Refused:
            self._changes = []
            vars(self).update(kept)
            raise
        if ask.request_id:
            self.answers[ask.request_id] = answer
        return answer

    def _carried_out(self, ask: Ask) -> Answer:
        issues = self._selected(ask)
        for wish in ask.wishes:
            self._check(wish, issues)
        for wish in ask.wishes:
            getattr(self, f"_{wish.verb}")(issues, wish.value)
        if ask.expected is not None:
            touched = {(issue.id, entry.facet) for issue, entry in self._changes if entry.facet}
            newer = {(id_, facet, self.issues[id_].facets.get(facet, 0)) for id_, facet in touched}
            conflicts = frozenset(one for one in newer if one[2] > ask.expected)
            if conflicts:
                raise Refused("Conflict", conflicts)
        return Answer(tuple(issue.id for issue in issues), self._close(ask.actor, "slack"))

    def _selected(self, ask: Ask) -> list[Issue]:
        allowed = {status for wish in ask.wishes for status in _selectable(wish)}
        found: dict[int, Issue] = {}
        for name in ask.names:
            # D14: a program that lists ids means just those; a person who says a merged issue's name means its primary.
            named = self.redirects.get(str(name).upper(), name) if ask.is_strict else name
            issue = next((one for one in self.issues.values() if str(named).upper() in one.names), None)
            if issue is not None and issue.status in allowed:
                found[issue.id] = issue
            elif ask.is_strict:
                raise Refused(self._misfit(str(named).upper(), issue))
        return [found[id_] for id_ in sorted(found)]

    def _misfit(self, name: str, issue: Issue | None) -> str:
        if issue is None:
            return "TooLate" if name in self.purged else "UnknownIssue"
        return {"pending_deletion": "LeavingIssue", "deletion_in_progress": "TooLate"}.get(issue.status, "NotDeleted")

    def _check(self, wish: Wish, issues: list[Issue]) -> None:
        match wish.verb:
            case "archive" if isinstance(wish.value, Until) and not _makes_sense(wish.value, self.now):
                raise Refused("Invalid")
            case "assign" if wish.value not in self.assignable:
                raise Refused("Invalid")
            case "unresolve" if wish.value not in (None, *OPEN_SUBSTATUSES):
                raise Refused("Invalid")
            case "merge" if len({issue.project for issue in issues}) > 1:
                raise Refused("SeveralProjects")
            case "undo":
                self._check_undo(issues, wish.value)

    def _record(self, issue: Issue, type_: str, facet: str | None, before: Any) -> None:
        self._changes.append((issue, Entry(type_, facet, before)))

    def _stand(self, issue: Issue, type_: str, standing: Standing, facet: str = "status") -> None:
        before, issue.standing = issue.standing, standing
        self._record(issue, type_, facet, before)

    def _close(self, actor: str | None, source: str) -> tuple[int, ...]:
        """One version for all changes of an issue in one request; what only tells a story (no facet) makes none."""
        changed = sorted({issue.id for issue, entry in self._changes if entry.facet})
        for id_ in changed:
            self.issues[id_].version += 1
        for issue, entry in self._changes:
            issue.log.append(replace(entry, actor=actor, source=source, version=issue.version, at=self.now))
            if entry.facet:
                issue.facets[entry.facet] = issue.version
        self._changes = []
        return tuple(changed)

    # Verbs ------------------------------------------------------------------------------------------------------------

    def _resolve(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            if issue.status != "resolved":
                self._stand(issue, "set_resolved", Standing("resolved", None, self.now))

    def _unresolve(self, issues: list[Issue], substatus: str | None) -> None:
        for issue in issues:
            standing = issue.standing
            if issue.status != "unresolved":
                opened = replace(standing, status="unresolved", substatus=substatus or self._inferred(issue, issues), snooze=None)
                self._stand(issue, "set_unresolved", opened)
            elif substatus not in (None, standing.substatus):
                type_ = "auto_set_ongoing" if substatus == "ongoing" else "set_unresolved"
                self._stand(issue, type_, replace(standing, substatus=substatus))

    def _inferred(self, issue: Issue, issues: list[Issue]) -> str:
        if len(issues) > 1:
            return "ongoing"
        if issue.status == "resolved":
            return "regressed"
        return "new" if self.now - issue.first_seen < WEEK else "ongoing"

    def _archive(self, issues: list[Issue], until: Until | str | None) -> None:
        for issue in issues:
            standing, snooze = issue.standing, None
            if isinstance(until, Until):
                snooze = Snooze(until, issue.times_seen, len(issue.people), self.now)
            kind = until if isinstance(until, str) else "forever" if until is None else "condition_met"
            substatus = "archived_forever" if kind == "forever" else f"archived_until_{kind}"
            held = standing.snooze.until if standing.snooze else None
            if (standing.status, standing.substatus, held) == ("ignored", substatus, snooze.until if snooze else None):
                continue
            if until == "escalating":
                self._forecast(issue)
            self._stand(issue, "set_ignored", Standing("ignored", substatus, standing.resolved_at, snooze))

    def _assign(self, issues: list[Issue], to: str) -> None:
        for issue in issues:
            if issue.assignee != to:
                self._record(issue, "assigned", "assignee", issue.assignee)
                issue.assignee = to

    def _unassign(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            if issue.assignee:
                self._record(issue, "unassigned", "assignee", issue.assignee)
                issue.assignee = None

    def _review(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            before = issue.standing
            if before.inbox:
                self._stand(issue, "mark_reviewed", replace(before, inbox=None), "inbox")
            if issue.status == "unresolved" and before.substatus != "ongoing":
                # Undo of either brings back both (D29), so both remember what stood before the first.
                issue.standing = replace(issue.standing, substatus="ongoing")
                self._record(issue, "auto_set_ongoing", "inbox", before)

    def _to_inbox(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            if not issue.standing.inbox:
                self._stand(issue, "move_to_inbox", replace(issue.standing, inbox=("manual", self.now)), "inbox")

    def _prioritise(self, issues: list[Issue], priority: str) -> None:
        for issue in issues:
            before, has_changed = (issue.priority, issue.locked_at), issue.priority != priority
            if has_changed or issue.locked_at is None:
                issue.priority, issue.locked_at = priority, self.now
            if has_changed:
                self._record(issue, "set_priority", "priority", before)

    def _delete(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            self._leave(issue, "delete")

    def _discard(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            self.tombstones[issue.id] = 0
            for title in self._leave(issue, "discard"):
                self.buried[issue.project, title] = issue.id

    def _leave(self, issue: Issue, type_: str) -> tuple[str, ...]:
        titles = tuple(title for (_, title), owner in self.fingerprints.items() if owner == issue.id)
        for title in titles:
            self.fingerprints[issue.project, title] = None
        issue.kept, issue.purge_at = (issue.standing.status, issue.standing.substatus, titles), self.now + self.grace
        self._stand(issue, type_, replace(issue.standing, status="pending_deletion", substatus=None), "lifecycle")
        return titles

    def _restore(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            self.tombstones.pop(issue.id, None)
            self.buried = {key: owner for key, owner in self.buried.items() if owner != issue.id}
        # Reading of D19: of several that are restored at once and had the same fingerprint, the newest gets it.
        for issue in reversed(issues):
            status, substatus, titles = issue.kept
            for key in ((issue.project, title) for title in titles):
                if self.fingerprints[key] is None and key not in self.buried:
                    self.fingerprints[key] = issue.id
            issue.purge_at = None
            self._stand(issue, "restore", replace(issue.standing, status=status, substatus=substatus), "lifecycle")

    def _merge(self, issues: list[Issue], _: None) -> None:
        if len(issues) < 2:
            return
        primary = min(issues, key=lambda issue: (issue.first_seen, -issue.times_seen, issue.id))
        others = [issue for issue in issues if issue is not primary]
        self._record(primary, "merge", "lifecycle", None)
        seen, people = primary.times_seen, len(primary.people)
        for issue in others:
            self._absorb(primary, issue)
        if snooze := primary.standing.snooze:
            # D9: an archive until N events ends at the Nth further one, and those of the merged issues are no further ones.
            moved = replace(
                snooze,
                events_before=snooze.events_before + primary.times_seen - seen,
                users_before=snooze.users_before + len(primary.people) - people,
            )
            primary.standing = replace(primary.standing, snooze=moved)

    def _absorb(self, primary: Issue, issue: Issue) -> None:
        primary.first_seen, primary.last_seen = min(primary.first_seen, issue.first_seen), max(primary.last_seen, issue.last_seen)
        primary.times_seen += issue.times_seen
        primary.people |= issue.people
        primary.events |= issue.events
        for hour, count in issue.hours.items():
            primary.hours[hour] = primary.hours.get(hour, 0) + count
        primary.assignee, issue.assignee = primary.assignee or issue.assignee, None
        issue.events = {}
        self.fingerprints = {key: primary.id if owner == issue.id else owner for key, owner in self.fingerprints.items()}
        self.redirects = {name: primary.id if to == issue.id else to for name, to in self.redirects.items()} | dict.fromkeys(issue.names, primary.id)
        self._stand(issue, "merge", replace(issue.standing, status="pending_merge", substatus=None), "lifecycle")

    def _check_undo(self, issues: list[Issue], of: tuple[int, int] | None) -> None:
        if of is None or [issue.id for issue in issues] != [of[0]]:
            raise Refused("NotUndoable")
        (issue,) = issues
        entry = issue.log[of[1]]
        if entry.facet is None or entry.actor is None or entry.type not in UNDOABLE:
            raise Refused("NotUndoable")
        if issue.status == "pending_deletion" and entry.facet != "lifecycle":
            raise Refused("LeavingIssue")
        newer = {(issue.id, facet, issue.facets.get(facet, 0)) for facet in OVERWRITES.get(entry.facet, {entry.facet})}
        conflicts = frozenset(one for one in newer if one[2] > entry.version)
        if conflicts:
            raise Refused("Conflict", conflicts)

    def _undo(self, issues: list[Issue], of: tuple[int, int]) -> None:
        (issue,) = issues
        entry = issue.log[of[1]]
        match entry.facet:
            case "lifecycle":
                self._restore(issues, None)
            case "assignee" if entry.before:
                self._assign(issues, entry.before)
            case "assignee":
                self._unassign(issues, None)
            case "priority":
                self._record(issue, "undo", "priority", (issue.priority, issue.locked_at))
                issue.priority, issue.locked_at = entry.before
            case facet:
                self._stand(issue, "undo", entry.before, facet or "")

    # Events -----------------------------------------------------------------------------------------------------------

    def take_in(self, happenings: Sequence[Happening]) -> list[str]:
        """What each event of one arrival does; an arrival is one transaction."""
        effects = [self._take_in(one) for one in happenings]
        self._close(None, "ingest")
        return effects

    def _take_in(self, event: Happening) -> str:
        key = (event.project, event.title)
        if any(event.event_id in issue.events for issue in self.issues.values()):
            return "duplicate"
        if key in self.buried:
            self.tombstones[self.buried[key]] += 1
            return "discarded"
        owner = self.fingerprints.get(key)
        issue = self.issues[owner] if owner else self._born(event)
        issue.events[event.event_id] = event
        issue.times_seen += 1
        issue.people |= {event.person} if event.person else set()
        hour = _hour(event.at)
        issue.hours[hour] = issue.hours.get(hour, 0) + 1
        issue.first_seen, issue.last_seen = min(issue.first_seen, event.at), max(issue.last_seen, event.at)
        return self._consequence(issue, event) if owner else "new"

    def _born(self, event: Happening) -> Issue:
        number = self.born[event.project] = self.born.get(event.project, 0) + 1
        standing = Standing("unresolved", "new", inbox=("new", self.now))
        issue = Issue(sum(self.born.values()), event.project, number, event.at, event.at, standing)
        self.issues[issue.id] = issue
        self.fingerprints[event.project, event.title] = issue.id
        self._record(issue, "first_seen", None, None)
        return issue

    def _consequence(self, issue: Issue, event: Happening) -> str:
        standing = issue.standing
        # D28: what happened before the resolution, however late it comes, only counts.
        if standing.status == "resolved" and standing.resolved_at is not None and event.at > standing.resolved_at:
            self._stand(issue, "set_regression", replace(standing, status="unresolved", substatus="regressed", inbox=("regression", self.now)))
            return "regressed"
        if standing.status == "ignored" and standing.substatus == "archived_until_escalating":
            return self._escalate(issue, "escalating") if issue.hours.get(_hour(self.now), 0) > self._ceiling(issue) else "seen"
        if standing.status == "ignored" and standing.snooze and self.is_over(issue, standing.snooze):
            return self._escalate(issue, "unarchived")
        return "seen"

    def is_over(self, issue: Issue, snooze: Snooze) -> bool:
        """Whether so many events or people have come (D9). The time is the scheduler's business."""
        until = snooze.until
        events, people = issue.times_seen - snooze.events_before, len(issue.people) - snooze.users_before
        if until.events_window:
            events = len(self._since(issue, snooze, until.events_window))
        if until.users_window:
            people = len({event.person for event in self._since(issue, snooze, until.users_window)} - {None})
        return (until.events is not None and events >= until.events) or (until.users is not None and people >= until.users)

    def _since(self, issue: Issue, snooze: Snooze, minutes: int) -> list[Happening]:
        # Reading of D29: a window looks at when events happened, so a late one that happened before the archive is not in it.
        since = max(snooze.began_at, self.now - timedelta(minutes=minutes))
        return [event for event in issue.events.values() if event.at > since]

    def _escalate(self, issue: Issue, effect: str) -> str:
        escalating = Standing("unresolved", "escalating", issue.standing.resolved_at, None, ("escalating", self.now))
        self._stand(issue, "set_escalating", escalating)
        raised = "medium" if issue.priority == "low" else "high"
        if issue.locked_at is None and issue.priority != raised:
            self._record(issue, "set_priority", "priority", (issue.priority, None))
            issue.priority = raised
        return effect

    def _forecast(self, issue: Issue) -> bool:
        """Engine.md §15.2, for issues with less than 168 busy hours in the week: ten times the busiest."""
        counts = [count for hour, count in issue.hours.items() if hour >= self.now - timedelta(hours=168)]
        if counts:
            issue.forecast = (self.now.date(), 10 * max(counts))
        return bool(counts)

    def _ceiling(self, issue: Issue) -> int:
        return issue.forecast[1] if issue.forecast else 10

    # The scheduler ----------------------------------------------------------------------------------------------------

    def lift_snoozes(self) -> int:
        """D24. What is deleted keeps its snooze until it is restored (D19)."""
        due = [issue for issue in self.issues.values() if issue.status == "ignored" and (at := _end(issue)) and at <= self.now]
        for issue in due:
            self._stand(issue, "set_unresolved", Standing("unresolved", "ongoing", issue.standing.resolved_at, None, ("ongoing", self.now)))
        self._close(None, "scheduler")
        return len(due)

    def begin_purges(self) -> int:
        due = [issue for issue in self.issues.values() if issue.status == "pending_deletion" and issue.purge_at and issue.purge_at <= self.now]
        for issue in due:
            self._stand(issue, "purge", replace(issue.standing, status="deletion_in_progress"), "lifecycle")
        self._close(None, "scheduler")
        return len(due)

    def purge(self) -> None:
        """Until nothing is left to do: events at once, the issue when its copies say so, or have not for a day."""
        for issue in [one for one in self.issues.values() if one.status == "deletion_in_progress"]:
            issue.events = {}
            lags = issue.shown < issue.version
            if not lags or (issue.purge_at and issue.purge_at < self.now - COPIES_MAY_LAG):
                children = [self.issues[id_] for id_ in self.issues if self.redirects.get(str(id_)) == issue.id]
                for gone in (issue, *children):
                    del self.issues[gone.id]
                    self.purged.update(gone.names)
                    for name in gone.names:
                        self.redirects.pop(name, None)

    def settle(self) -> int:
        since = self.now - WEEK
        due = [issue for issue in self.issues.values() if _is_unsettled(issue, since)]
        for issue in due:
            was_escalating = issue.standing.substatus == "escalating"
            self._stand(issue, "auto_set_ongoing", replace(issue.standing, substatus="ongoing", inbox=None))
            if was_escalating and issue.locked_at is None and issue.priority != "high":
                self._record(issue, "set_priority", "priority", (issue.priority, None))
                issue.priority = "high"
        self._close(None, "scheduler")
        return len(due)

    def refresh_forecasts(self) -> int:
        today = self.now.date()
        waiting = [issue for issue in self.issues.values() if issue.standing.substatus == "archived_until_escalating" and issue.status == "ignored"]
        due = [issue for issue in waiting if issue.forecast and issue.forecast[0] < today]
        for issue in due:
            if not self._forecast(issue):
                issue.forecast = (today, self._ceiling(issue))
        return len(due)

    def deadlines(self) -> list[datetime]:
        """When the next things fall due by themselves."""
        ends = [_end(issue) for issue in self.issues.values()]
        moments = [*ends, *(issue.purge_at for issue in self.issues.values()), *(issue.first_seen + WEEK for issue in self.issues.values())]
        return sorted({moment for moment in moments if moment and moment > self.now})


def _selectable(wish: Wish) -> tuple[str, ...]:
    return {"restore": ("pending_deletion",), "undo": (*OPEN, "pending_deletion")}.get(wish.verb, OPEN)


def _makes_sense(until: Until, now: datetime) -> bool:
    """D6."""
    pairs = ((until.events, until.events_window), (until.users, until.users_window))
    counts = all(count is None or count >= 1 for count, _ in pairs)
    windows = all(window is None or (count is not None and 1 <= window <= 10080) for count, window in pairs)
    return counts and windows and (until.at is None or until.at > now)


def _is_unsettled(issue: Issue, since: datetime) -> bool:
    moved = [entry.at for entry in issue.log if entry.facet == "status" and entry.at and entry.at > since]
    return issue.status == "unresolved" and issue.standing.substatus != "ongoing" and issue.first_seen <= since and not moved


def _end(issue: Issue) -> datetime | None:
    return issue.standing.snooze.until.at if issue.standing.snooze else None


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
