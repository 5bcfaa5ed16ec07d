"""The update engine: one request, one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.db.columns import DuplicateRow
from core.db.database import Database
from core.db.models import Issue
from core.db.stored import activities
from core.db.unit_of_work import UnitOfWork
from core.errors import Conflict, LeavingIssue, NotDeleted, TooLate, TriageError, UnknownIssue
from core.issues import stored_results
from core.issues.actions import Action, Assign, Now, Resolve
from core.issues.actions.base import Context
from core.issues.actions.outcomes import Outcome, merged
from core.issues.actions.roles import refuse_less, role_for_all
from core.issues.activity import Cause, Journal, in_words
from core.issues.requests import UpdateRequest, UpdateResult
from core.search import BadQuery, Query, Searcher, parse
from core.types import OPEN_TO_TRIAGE, ByIds, ByQuery, Role, Status, short_id

MAX_VERSION = 2**31 - 1
"""The largest version that the database can hold; no client can have seen a later one."""

CHUNK_ISSUES = 500
"""The issues in one transaction of a request by query: few enough that clicks in between do not wait."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class UpdateEngine:
    """Applies update requests from every source.

    ``deletion_grace`` is the time in seconds between a deletion and its purge; ``on_change`` is called after each commit that left messages to
    send.
    """

    database: Database
    clock: Clock
    deletion_grace: float
    on_change: Callable[[], None]

    def apply(self, request: UpdateRequest) -> UpdateResult:
        """Carry out the whole request, or raise TriageError and change nothing.

        A request by query is carried out in chunks; each chunk is a transaction of its own. What any of them is refused for is found before the
        first one is changed, unless it comes about meanwhile.
        """
        if isinstance(request.selection, ByQuery):
            return self._in_chunks(request, request.selection)
        try:
            result = self._attempt(request, request.selection)
        except DuplicateRow:
            # Another process carried out the same request at the same moment. It has committed, so its answer is stored.
            result = self._attempt(request, request.selection)
        if result.changed and not result.is_repeat:
            self.on_change()
        return result

    def _in_chunks(self, request: UpdateRequest, selection: ByQuery) -> UpdateResult:
        if request.request_id and (earlier := self._begin(request)):
            return earlier
        result = self._each_chunk(request, selection)
        if request.request_id:
            self._finish(request, result)
        return result

    def _begin(self, request: UpdateRequest) -> UpdateResult | None:
        """Take the key of a request before its first chunk. Return the stored answer if the request was completed before; an interrupted one
        continues.
        """
        try:
            return self._take_key(request)
        except DuplicateRow:
            # Another process took the key for the same request at the same moment. Its row is readable now.
            return self._take_key(request)

    def _take_key(self, request: UpdateRequest) -> UpdateResult | None:
        with self.database.write() as work:
            seen = work.seen_request(request.request_id or "", request.request_digest)
            if seen is None:
                work.remember(request.request_id or "", request.request_digest, self.clock())
            return stored_results.repeated(seen.answer) if seen and seen.answer else None

    def _finish(self, request: UpdateRequest, result: UpdateResult) -> None:
        with self.database.write() as work:
            if seen := work.seen_request(request.request_id or "", request.request_digest):
                seen.answer = stored_results.as_json(result)

    def _each_chunk(self, request: UpdateRequest, selection: ByQuery) -> UpdateResult:
        query, actor = parse(selection.query), request.actor
        if role_for_all(request.actions) is Role.ADMIN and not query.is_narrow:
            raise BadQuery(
                selection.query, "is:resolved age:+30d", "what is deleted, discarded or merged must be described by a term that is not negated"
            )
        searcher = Searcher(request.organization_id, self.clock(), actor.user_id if actor else None, selection.project_ids)
        if any(map(_asks_about_issues, request.actions)):
            self._check_chunks(request, query, searcher)
        matched: list[int] = []
        changed: list[int] = []
        outcomes: list[Outcome] = []
        after, is_repeat = 0, False
        while True:
            with self.database.read() as work:
                ids = work.search.ids_after(query, searcher, after, CHUNK_ISSUES)
            if not ids:
                return UpdateResult(tuple(matched), tuple(changed), merged(outcomes), is_repeat)
            after = ids[-1]
            request_id = f"{request.request_id}#{after}" if request.request_id else None
            done = self.apply(replace(request, selection=ByIds(tuple(ids)), request_id=request_id, is_bulk=True))
            matched += done.matched
            changed += done.changed
            outcomes += done.outcomes
            is_repeat |= done.is_repeat

    def _check_chunks(self, request: UpdateRequest, query: Query, searcher: Searcher) -> None:
        """Raise TriageError if the actions are impossible for any of the issues, or for issues of all these projects at once.

        A single chunk is left to the check before its change.
        """
        of_projects: dict[int, Issue] = {}
        after = 0
        while True:
            with self.database.read() as work:
                ids = work.search.ids_after(query, searcher, after, CHUNK_ISSUES)
                if not after and len(ids) < CHUNK_ISSUES:
                    return
                issues = work.issues.with_statuses(ids, _statuses(request)) if ids else list(of_projects.values())
                context = self._context(work, request, issues, self.clock())
                for action in request.actions:
                    action.check(context)
            if not ids:
                return
            of_projects = {issue.project_id: issue for issue in issues} | of_projects
            after = ids[-1]

    def _context(self, work: UnitOfWork, request: UpdateRequest, issues: Sequence[Issue], now: datetime) -> Context:
        journal = Journal(work, Cause(now, request.source, request.actor.user_id if request.actor else None, request.origin, request.tags))
        return Context(work, request.organization_id, request.source, request.actor, journal, issues, now, self.deletion_grace, request.is_bulk)

    def _attempt(self, request: UpdateRequest, selection: ByIds) -> UpdateResult:
        refuse_less(request.actor, role_for_all(request.actions))
        now = self.clock()
        with self.database.write() as work:
            if request.request_id and (earlier := work.seen_request(request.request_id, request.request_digest)):
                return stored_results.repeated(earlier.answer)
            seen = work.remember(request.request_id, request.request_digest, now) if request.request_id else None
            issues = self._selected(work, request, selection)
            context = self._context(work, request, issues, now)
            journal = context.journal
            for action in request.actions:
                action.check(context)
            for action in request.actions:
                action.apply(context)
            if request.expected_version is not None:
                _refuse_stale(work, journal, min(request.expected_version, MAX_VERSION))
            journal.close()
            changed = tuple(issue.id for issue in journal.changed_issues)
            result = UpdateResult(tuple(issue.id for issue in issues), changed, merged(context.outcomes))
            if seen:
                seen.answer = stored_results.as_json(result)
        return result

    def _selected(self, work: UnitOfWork, request: UpdateRequest, selection: ByIds) -> list[Issue]:
        if selection.is_strict:
            selection = _follow_redirects(work, request.organization_id, selection)
        issues = work.issues.locked(request.organization_id, selection, _statuses(request))
        if selection.is_strict:
            _refuse_missing(work, request.organization_id, selection, issues)
        return issues


def _statuses(request: UpdateRequest) -> list[Status]:
    return sorted({status for action in request.actions for status in action.statuses} or set(OPEN_TO_TRIAGE))


def _asks_about_issues(action: Action) -> bool:
    """Whether the action can be impossible for some issues: a project may have other teams or no release, and only one can have a release."""
    return isinstance(action, Assign) or (isinstance(action, Resolve) and not isinstance(action.mode, Now))


def _refuse_missing(work: UnitOfWork, organization_id: int, selection: ByIds, issues: Sequence[Issue]) -> None:
    """Raise an error that names the missing issue; one unknown id among several refuses the whole request."""
    found = {issue.id for issue in issues}
    known = {key: issue for issue, slug in work.issues.named(organization_id, selection.ids) for key in _keys(issue, slug)}
    for name in selection.ids:
        issue = known.get(str(name).upper())
        if issue is None:
            raise _missing(work, organization_id, name)
        if issue.id not in found:
            raise _MISFITS.get(Status(issue.status), NotDeleted)(issue=name)


def _follow_redirects(work: UnitOfWork, organization_id: int, selection: ByIds) -> ByIds:
    """Replace merged issues by their primaries, for people; programs that list ids mean exactly those issues."""
    primaries = work.issues.primaries(organization_id, selection.ids)
    return replace(selection, ids=tuple(primaries.get(str(name).upper(), name) for name in selection.ids)) if primaries else selection


def _missing(work: UnitOfWork, organization_id: int, name: int | str) -> TriageError:
    return TooLate(issue=name) if work.issues.is_purged(organization_id, name) else UnknownIssue(name=name)


_MISFITS: dict[Status, type[TriageError]] = {Status.PENDING_DELETION: LeavingIssue, Status.DELETION_IN_PROGRESS: TooLate}


def _keys(issue: Issue, slug: str) -> tuple[str, str]:
    return str(issue.id), short_id(slug, issue.number)


def _refuse_stale(work: UnitOfWork, journal: Journal, expected_version: int) -> None:
    """Refuse to overwrite a newer change of the same facet; no-ops and changes of other facets do not conflict."""
    touched = journal.changed_facets
    ids = sorted({issue_id for issue_id, _ in touched})
    for activity, user in work.views.newest_since(ids, expected_version):
        if (activity.issue_id, activity.facet) in touched:
            raise Conflict(
                issue=work.issues.short_id(activity.issue_id),
                facet=activity.facet or "",
                change=in_words(activities.data_of(activity.type, activity.data)),
                by=user.name if user else "Quell",
                at=activity.happened_at,
                version=activity.version,
            )
