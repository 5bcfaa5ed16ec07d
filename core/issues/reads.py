"""Answer questions about issues. Every question names the organization that asks; issues of other organizations do not exist for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.database import Database
from core.db.events import EventScope
from core.db.views import TagsOf
from core.errors import TooLate, UnknownIssue, UnknownName
from core.issues.actions.roles import role_for_undo
from core.search import SEARCH_SECONDS, Found, PageOf, Query, Searcher
from core.types import OPEN_TO_TRIAGE, Role, short_id
from core.views import ActivityView, EventView, IssueDetails, IssueView, TagKeyView, TagView

__all__ = ["Reads", "TagsOf"]


@dataclass(frozen=True)
class Reads:
    """Read-only questions."""

    database: Database
    clock: Callable[[], datetime]
    search_seconds: float = SEARCH_SECONDS
    """The time limit of one search, in seconds."""

    def issue(self, organization_id: int, name: int | str) -> IssueView:
        """Return the issue with that number or short id, whatever its status. Raises UnknownIssue, or TooLate if it was purged."""
        with self.database.read() as work:
            row = work.issues.one(organization_id, name)
            if row is None:
                raise TooLate(issue=name) if work.issues.is_purged(organization_id, name) else UnknownIssue(name=name)
            return work.views.issues([row[0].id], self.clock())[0]

    def ids_of(self, organization_id: int, names: Sequence[int | str], project_id: int | None = None) -> list[int]:
        """Return the ids of the issues with these names, of one project or of all, in order.

        Leaves out issues that do not exist or are being deleted.
        """
        with self.database.read() as work:
            rows = [row for row, _ in work.issues.named(organization_id, names)]
        return sorted(row.id for row in rows if row.status in OPEN_TO_TRIAGE and project_id in (None, row.project_id))

    def issues_named(self, organization_id: int, names: Sequence[int | str]) -> list[IssueView]:
        """Return the issues with these names, whatever their status, each once and in order. Raises UnknownIssue or TooLate."""
        with self.database.read() as work:
            primaries = work.issues.primaries(organization_id, names)
            wanted = [str(primaries.get(str(name).upper(), name)).upper() for name in names]
            known = {key: row.id for row, slug in work.issues.named(organization_id, wanted) for key in (str(row.id), short_id(slug, row.number))}
            for name in wanted:
                if name not in known:
                    raise TooLate(issue=name) if work.issues.is_purged(organization_id, name) else UnknownIssue(name=name)
            return work.views.issues(list(dict.fromkeys(known[name] for name in wanted)), self.clock())

    def matched_by(self, request_id: str) -> list[int] | None:
        """Return the ids that an earlier request selected (possibly none), or None if no such request was carried out."""
        with self.database.read() as work:
            answer = work.earlier_answer(request_id)
        return None if answer is None else list(answer.get("matched", ()))

    def issues(self, ids: Sequence[int]) -> list[IssueView]:
        """Return these issues. The ids must come from a question that named the organization."""
        with self.database.read() as work:
            return work.views.issues(ids, self.clock())

    def activities(self, organization_id: int, name: int | str, limit: int = 100) -> list[ActivityView]:
        """Read what happened to an issue and to those that were merged into it, newest first. Raises UnknownIssue."""
        with self.database.read() as work:
            row = work.issues.one(organization_id, name)
            if row is None:
                raise UnknownIssue(name=name)
            return work.views.activities(row[0].id, limit)

    def search(self, query: Query, searcher: Searcher, page: PageOf, skipped: int = 0) -> tuple[list[IssueView], Found]:
        """Return one page of a search, after skipping an offset. Raises the errors of ``core.search`` for unknown names, and TooSlow."""
        with self.database.read(self.search_seconds) as work:
            found = work.search.page(query, searcher, page)
            return work.views.issues(found.ids[skipped:], self.clock()), found

    def search_ids(self, query: Query, searcher: Searcher, limit: int) -> list[int]:
        """Return the ids that a search finds, lowest first. Raises as ``search`` does."""
        with self.database.read(self.search_seconds) as work:
            return work.search.ids_after(query, searcher, 0, limit)

    def details(self, ids: Sequence[int], user_id: int | None) -> dict[int, IssueDetails]:
        """Return the details of these issues beyond their views, by id, for a user or for nobody."""
        with self.database.read() as work:
            return work.details.of(ids, user_id)

    def tags(self, issue_id: int, limit: int = 1000) -> list[TagView]:
        """Return an issue's most frequent tags. The id must come from a question that named the organization."""
        with self.database.read() as work:
            return work.details.tags(issue_id, limit)

    def tag_keys(self, of: TagsOf, limit: int, offset: int) -> list[TagKeyView]:
        """Return the keys of tags, by name. Raises TooSlow."""
        with self.database.read(self.search_seconds) as work:
            return work.details.tag_keys(of, limit, offset)

    def tag_values(self, of: TagsOf, key: str, limit: int, offset: int) -> list[str]:
        """Return the different values of a tag, in order. Raises TooSlow."""
        with self.database.read(self.search_seconds) as work:
            return work.details.tag_values(of, key, limit, offset)

    def hashes(self, issue_id: int) -> list[str]:
        """Return an issue's fingerprints. The id must come from a question that named the organization."""
        with self.database.read() as work:
            return sorted(row.hash for row in work.issues.hashes([issue_id]).get(issue_id, []))

    def events(self, issue_id: int, limit: int, offset: int = 0) -> list[EventView]:
        """Return an issue's stored events, newest first. The id must come from a question that named the organization."""
        with self.database.read() as work:
            return work.events.page(EventScope(issue_id), limit, offset)

    def issue_of_activity(self, organization_id: int, activity_id: int) -> tuple[int, Role]:
        """Find the issue whose history has an activity, and the role that taking it back needs. Raises UnknownName."""
        with self.database.read() as work:
            activity = work.views.activity(activity_id)
            if activity is None or not work.issues.named(organization_id, (activity.issue_id,)):
                raise UnknownName(kind="activity", name=activity_id)
            primaries = work.issues.primaries(organization_id, (activity.issue_id,))
            return primaries.get(str(activity.issue_id), activity.issue_id), role_for_undo(activity.facet)

    def last_change_by(self, organization_id: int, user_id: int) -> tuple[int, int] | None:
        """Return the ids of a user's newest activity and its issue, or None if the user has changed nothing yet."""
        with self.database.read() as work:
            activity = work.views.last_change_by(organization_id, user_id)
            return (activity.id, activity.issue_id) if activity else None

    def issue_of_message(self, platform: str, channel: str, external_id: str) -> tuple[int, int] | None:
        """Return the ids of the organization and the issue that a chat message shows, or None if the message is not a copy."""
        with self.database.read() as work:
            return work.views.issue_of_message(platform, channel, external_id)

    def snoozed_by(self, organization_id: int, user_id: int, limit: int) -> list[IssueView]:
        """Return the issues that a user archived until a condition is met; those that end soonest come first."""
        with self.database.read() as work:
            return work.views.issues(work.views.snoozed_by(organization_id, user_id, limit), self.clock())
