"""What people ask of the reference model: each verb, slow and obvious."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.model.access import Access
from tests.model.forecasts import Forecasts
from tests.model.releases import Fix, Release, next_fix
from tests.model.snoozes import SnoozeCounts
from tests.model.values import (
    OPEN,
    OPEN_SUBSTATUSES,
    OVERWRITES,
    UNDOABLE,
    WEEK,
    Answer,
    Ask,
    Entry,
    Issue,
    Refused,
    Snooze,
    Standing,
    Until,
    Wish,
)


class Requests(SnoozeCounts, Forecasts):
    """All issues of one organization, and what people ask of them."""

    def __init__(self, now: datetime, access: Access, grace: timedelta = timedelta(hours=1)) -> None:
        self.now, self.grace, self.access = now, grace, access
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
        self.releases: dict[str, list[Release]] = {}
        """Of each project, in the order in which they were added."""
        self.joined = {}
        self.solved_in: str | None = None
        """The release that the request at hand resolves in."""
        self._changes: list[tuple[Issue, Entry]] = []

    # Requests ---------------------------------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> Answer:
        """Carry out the whole request or nothing. A repeated request gets the first answer; a refused one is not stored."""
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
        issues, self.solved_in = self._selected(ask), next((wish.value for wish in ask.wishes if wish.verb == "resolve_in"), None)
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
        return Answer(tuple(issue.id for issue in issues), self._close(ask.actor, "slack"), self.solved_in)

    def _selected(self, ask: Ask) -> list[Issue]:
        allowed = {status for wish in ask.wishes for status in _selectable(wish)}
        found: dict[int, Issue] = {}
        for name in ask.names:
            # A program that lists ids means exactly those issues; a person who names a merged issue means its primary.
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
            case "assign" if not self._may_have(issues, wish.value):
                raise Refused("Invalid")
            case "unresolve" if wish.value not in (None, *OPEN_SUBSTATUSES):
                raise Refused("Invalid")
            case "merge" | "resolve_in" if len({issue.project for issue in issues}) > 1:
                raise Refused("SeveralProjects")
            case "resolve_in" if issues and not self._has_release(issues[0].project, wish.value):
                raise Refused("Invalid")
            case "undo":
                self._check_undo(issues, wish.value)

    def _may_have(self, issues: list[Issue], to: str) -> bool:
        """D30. Reading of D3: whoever has an issue already may be asked to have it, for that changes nothing."""
        return to in self.access.known and all(issue.assignee == to or self.access.may_have(issue.project, to) for issue in issues)

    def _record(self, issue: Issue, type_: str, facet: str | None, before: Any, said: Any = None) -> None:
        self._changes.append((issue, Entry(type_, facet, before, said)))

    def _stand(self, issue: Issue, type_: str, standing: Standing, facet: str = "status", said: Any = None) -> None:
        before, issue.standing = issue.standing, standing
        self._record(issue, type_, facet, before, said)
        # D35: a regression is the doing of an event, and a restore opens nothing.
        if facet == "status" and before.status != "unresolved" and standing.status == "unresolved" and type_ != "set_regression":
            issue.opened_at = self.now

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
            if issue.status != "resolved" or issue.standing.fix:
                self._stand(issue, "set_resolved", Standing("resolved", None, self.now))

    def _resolve_in(self, issues: list[Issue], version: str) -> None:
        """D33, and D20 for what is resolved in another way."""
        for issue in issues:
            releases = self.releases[issue.project]
            if version == "next":
                fix = next_fix(releases, {event.release or "" for event in issue.events.values()}, self.now)
            else:
                release = next(one for one in reversed(releases) if version in (one.version, "latest"))
                # D32: the answer says which version was meant.
                self.solved_in = release.version
                fix = Fix(release.version, release.added, self.now)
            held = issue.standing.fix
            if issue.status != "resolved" or held is None or held.facts != fix.facts:
                self._stand(issue, "set_resolved_in_release", Standing("resolved", None, self.now, fix=fix))

    def _has_release(self, project: str, version: str) -> bool:
        releases = self.releases.get(project, [])
        return bool(releases) if version in ("next", "latest") else any(release.version == version for release in releases)

    def _unresolve(self, issues: list[Issue], substatus: str | None) -> None:
        for issue in issues:
            standing = issue.standing
            if issue.status != "unresolved":
                opened = replace(standing, status="unresolved", substatus=substatus or self._inferred(issue), snooze=None, fix=None)
                self._stand(issue, "set_unresolved", opened)
            elif substatus not in (None, standing.substatus):
                type_ = "auto_set_ongoing" if substatus == "ongoing" else "set_unresolved"
                self._stand(issue, type_, replace(standing, substatus=substatus))

    def _inferred(self, issue: Issue) -> str:
        """D31: issue by issue, however many are asked for."""
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
                # Undo of either restores both, so both keep the state before the first.
                issue.standing = replace(issue.standing, substatus="ongoing")
                self._record(issue, "auto_set_ongoing", "inbox", before)

    def _to_inbox(self, issues: list[Issue], _: None) -> None:
        for issue in issues:
            if not issue.standing.inbox:
                self._stand(issue, "move_to_inbox", replace(issue.standing, inbox=("manual", self.now, None)), "inbox")

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
        # Reading: if several issues with the same fingerprint are restored at once, the newest one gets it.
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
            # An archive until N events ends at the Nth new event; events of the merged issues are not new.
            moved = replace(
                snooze,
                events_before=snooze.events_before + primary.times_seen - seen,
                users_before=snooze.users_before + len(primary.people) - people,
            )
            primary.standing = replace(primary.standing, snooze=moved)
        if primary.standing.substatus == "archived_until_escalating":
            self._forecast(primary)

    def _absorb(self, primary: Issue, issue: Issue) -> None:
        primary.first_seen, primary.last_seen = min(primary.first_seen, issue.first_seen), max(primary.last_seen, issue.last_seen)
        primary.times_seen += issue.times_seen
        primary.people |= issue.people
        primary.events |= issue.events
        for hour, count in issue.hours.items():
            primary.hours[hour] = primary.hours.get(hour, 0) + count
        primary.assignee, issue.assignee = primary.assignee or issue.assignee, None
        issue.events = {}
        self.joined |= {key: self.now for key, owner in self.fingerprints.items() if owner == issue.id}
        self.fingerprints = {key: primary.id if owner == issue.id else owner for key, owner in self.fingerprints.items()}
        self.redirects = {name: primary.id if to == issue.id else to for name, to in self.redirects.items()} | dict.fromkeys(issue.names, primary.id)
        self._stand(issue, "merge", replace(issue.standing, status="pending_merge", substatus=None, inbox=None), "lifecycle")

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
        if entry.facet == "assignee" and entry.before and not self._may_have(issues, entry.before):
            raise Refused("Invalid")

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
                self._correct(issue, entry)


def _selectable(wish: Wish) -> tuple[str, ...]:
    return {"restore": ("pending_deletion",), "undo": (*OPEN, "pending_deletion")}.get(wish.verb, OPEN)


def _makes_sense(until: Until, now: datetime) -> bool:
    """Return whether a condition is valid: counts from 1, windows of at most a week and only with a count, an end in the future."""
    pairs = ((until.events, until.events_window), (until.users, until.users_window))
    counts = all(count is None or count >= 1 for count, _ in pairs)
    windows = all(window is None or (count is not None and 1 <= window <= 10080) for count, window in pairs)
    return counts and windows and (until.at is None or until.at > now)
