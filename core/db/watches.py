"""Query watches: which channels get alerts about which issues of a project, and which watches match an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, cast, delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.activity_data import ActivityData, EscalatedData
from core.db.columns import BigInt
from core.db.models import Activity, Channel, Issue, IssueHour, Message, Project, Watch
from core.db.search.pages import SearchStore
from core.db.stored import activities
from core.db.summaries import StormStore
from core.errors import TriageError
from core.rules.watching import PastHour, WatchRule
from core.search import Searcher, parse
from core.types import JSON, ActivityType, Status

_EFFECTS = {
    ActivityType.FIRST_SEEN: "new",
    ActivityType.SET_REGRESSION: "regressed",
    ActivityType.SET_ESCALATING: "escalating",
}


class WatchStore:
    """Watches of all organizations, at most one per project and channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, project_id: int, channel_id: int) -> Watch | None:
        """Return the channel's watch on the project."""
        return self._session.scalars(select(Watch).where(Watch.project_id == project_id, Watch.channel_id == channel_id)).first()

    def listed(self, organization_id: int) -> Sequence[tuple[Watch, Project, Channel]]:
        """Return an organization's watches with their projects and channels, by project."""
        query = select(Watch, Project, Channel).join(Project, Project.id == Watch.project_id).join(Channel, Channel.id == Watch.channel_id)
        rows = self._session.execute(query.where(Project.organization_id == organization_id).order_by(Project.slug, Watch.id))
        return [(row[0], row[1], row[2]) for row in rows]

    def remove(self, project_id: int, platform: str, channel: str) -> bool:
        """Delete a watch. Return False if there was none."""
        place = select(Channel.id).where(Channel.platform == platform, Channel.external_id == channel).scalar_subquery()
        mine = delete(Watch).where(Watch.project_id == project_id, Watch.channel_id == place)
        return self._session.execute(mine.returning(Watch.id), execution_options={"synchronize_session": False}).first() is not None

    def effects(self, found: ColumnElement[bool], since: datetime) -> list[tuple[datetime, int, str]]:
        """Return when these issues were new, regressed, escalated or left the archive, since then."""
        query = select(Activity.happened_at, Activity.issue_id, Activity.type, Activity.data).join(Issue, Issue.id == Activity.issue_id)
        rows = self._session.execute(query.where(found, Activity.type.in_(_EFFECTS), Activity.happened_at >= since))
        return [(row.happened_at, row.issue_id, _effect(activities.data_of(row.type, row.data))) for row in rows]

    def hours(self, found: ColumnElement[bool], since: datetime, least: int) -> list[PastHour]:
        """Return the hours since then of the unresolved issues with at least ``least`` events."""
        later = cast(func.sum(IssueHour.events).over(partition_by=IssueHour.issue_id, order_by=IssueHour.hour_at.desc()), BigInt)
        before = (Issue.times_seen - later).label("before")
        query = select(IssueHour.issue_id, IssueHour.hour_at, IssueHour.events, before).join(Issue, Issue.id == IssueHour.issue_id)
        rows = self._session.execute(query.where(found, Issue.status == Status.UNRESOLVED, Issue.times_seen >= least, IssueHour.hour_at >= since))
        return [PastHour(row.hour_at, row.issue_id, row.before, row.before + row.events) for row in rows]

    def titles(self, issue_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
        """Return the number and title of each of these issues."""
        rows = self._session.execute(select(Issue.id, Issue.number, Issue.title).where(Issue.id.in_(issue_ids)))
        return {row.id: (row.number, row.title) for row in rows}


def apply_rule(watch: Watch, rule: WatchRule) -> None:
    """Store the rule in the watch."""
    for name, value in asdict(rule).items():
        setattr(watch, name, value)


def rule_of(watch: Watch) -> WatchRule:
    """Return the rule of a watch."""
    return WatchRule(watch.query, watch.on_new, watch.on_regression, watch.on_escalation, watch.every, watch.min_interval)


_parse_cached = lru_cache(maxsize=512)(parse)


@dataclass(frozen=True)
class IssueNews:
    """What a batch of events did to an issue.

    ``effects`` are among new, regressed, unarchived and escalating; empty if the events were only counted. ``seen_before`` is the issue's event
    count before the batch.
    """

    issue: Issue
    effects: frozenset[str]
    seen_before: int


@dataclass(frozen=True)
class WatchMatch:
    """An alert of a watch about an issue in a channel, and its reason. ``is_first`` means that the channel has no copy of the issue yet."""

    issue: Issue
    channel_id: int
    because: str
    is_first: bool
    is_new: bool
    """Whether the issue is new."""
    is_repeat: bool
    """Whether the alert is only about the event count."""


@dataclass(frozen=True)
class _Candidate:
    """A watch that would alert about an issue if its query matches."""

    issue: Issue
    channel_id: int
    organization_id: int
    rule: WatchRule
    reason: str
    effects: frozenset[str]


class WatchMatchStore:
    """Decides which watches match, in the transaction that counts the events, after the events are written."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record_matches(self, news: Sequence[IssueNews], now: datetime) -> list[WatchMatch]:
        """Schedule a copy for each match whose channel has none, and update the reason on existing copies. Each issue is handled once."""
        self._session.flush()
        candidates = self._matching(self._candidates(news), now)
        if not candidates:
            return []
        copies = self._copies(candidates)
        matches: list[WatchMatch] = []
        for candidate in candidates:
            copies_told = copies.get((candidate.issue.id, candidate.channel_id), {})
            if not any(candidate.rule.is_too_soon(told_at, now) for told_at in copies_told.values()):
                matches.append(_match(candidate, is_first=not copies_told))
        self._schedule([match for match in matches if match.is_first], now)
        self._update_copies([(id_, match.because) for match in matches for id_ in copies.get((match.issue.id, match.channel_id), {})], now)
        return matches

    def _candidates(self, news: Sequence[IssueNews]) -> list[_Candidate]:
        watches = select(Watch, Project.organization_id).join(Project, Project.id == Watch.project_id)
        rows = self._session.execute(watches.where(Watch.project_id.in_({item.issue.project_id for item in news})).order_by(Watch.id)).all()
        candidates: list[_Candidate] = []
        for watch, organization_id in rows:
            rule = rule_of(watch)
            reasons = [(item, _reason(rule, item)) for item in news if item.issue.project_id == watch.project_id]
            candidates += [
                _Candidate(item.issue, watch.channel_id, organization_id, rule, reason, item.effects) for item, reason in reasons if reason
            ]
        return candidates

    def _matching(self, candidates: Iterable[_Candidate], now: datetime) -> list[_Candidate]:
        """Return the candidates whose query finds their issue."""
        by_query: dict[tuple[int, str], list[_Candidate]] = {}
        for candidate in candidates:
            by_query.setdefault((candidate.organization_id, candidate.rule.query), []).append(candidate)
        found: list[_Candidate] = []
        for (organization_id, query), group in by_query.items():
            ids = self._ids(query, Searcher(organization_id, now), {candidate.issue for candidate in group})
            found += [candidate for candidate in group if candidate.issue.id in ids]
        return found

    def _ids(self, query: str, asker: Searcher, issues: Iterable[Issue]) -> set[int]:
        ids = {issue.id for issue in issues}
        if not query:
            return ids
        try:
            condition = SearchStore(self._session).where(_parse_cached(query), asker, is_known=True)
        except TriageError:
            # The query names a deleted user, team or tag. Do not refuse the event; ``quell watches`` shows the problem.
            return set()
        return set(self._session.scalars(select(Issue.id).where(Issue.id.in_(ids), condition)))

    def _copies(self, candidates: Iterable[_Candidate]) -> dict[tuple[int, int], dict[int, datetime | None]]:
        """Return when each copy last had an alert: by copy id, by issue and channel."""
        mine = (
            Message.issue_id.in_({candidate.issue.id for candidate in candidates}),
            Message.channel_id.in_({candidate.channel_id for candidate in candidates}),
        )
        copies: dict[tuple[int, int], dict[int, datetime | None]] = {}
        for row in self._session.execute(select(Message.id, Message.issue_id, Message.channel_id, Message.told_at).where(*mine)):
            copies.setdefault((row.issue_id, row.channel_id), {})[row.id] = row.told_at
        return copies

    def _schedule(self, matches: Sequence[WatchMatch], now: datetime) -> None:
        fresh: dict[int, list[Issue]] = {}
        for match in matches:
            if match.is_new:
                fresh.setdefault(match.channel_id, []).append(match.issue)
        storms = StormStore(self._session).count_into(fresh, now) if fresh else {}
        if matches:
            self._session.execute(
                insert(Message), [_copy_row(match, storms.get(match.channel_id) if match.is_new else None, now) for match in matches]
            )

    def _update_copies(self, copies: Sequence[tuple[int, str]], now: datetime) -> None:
        # The message shows the rule and the counts that it is about, so redraw it even if only the counts changed.
        rows = [{"id": id_, "told_at": now, "told_because": because, "numbers_due_at": now} for id_, because in copies]
        if rows:
            self._session.execute(update(Message), rows)


def _match(candidate: _Candidate, *, is_first: bool) -> WatchMatch:
    is_repeat = not is_first and candidate.rule.matching_effect(candidate.effects) is None
    return WatchMatch(
        candidate.issue, candidate.channel_id, candidate.rule.because(candidate.reason), is_first, "new" in candidate.effects, is_repeat
    )


def _copy_row(match: WatchMatch, storm_id: int | None, now: datetime) -> JSON:
    """Build the row of a copy to post, or of one that a storm's summary shows."""
    version = match.issue.version
    promised = {"issue_id": match.issue.id, "channel_id": match.channel_id, "wanted_version": version, "told_because": match.because}
    folded = {"storm_id": storm_id, "shown_version": version if storm_id else 0}
    return promised | folded | {"told_at": now, "not_before_at": now, "created_at": now}


def _effect(data: ActivityData) -> str:
    return "unarchived" if isinstance(data, EscalatedData) and data.ended_snooze else _EFFECTS[data.type]


def _reason(rule: WatchRule, item: IssueNews) -> str | None:
    if reason := rule.matching_effect(item.effects):
        return reason
    # Resolved and archived issues never match on counts alone.
    is_open = item.issue.status == Status.UNRESOLVED
    return rule.every_nth if is_open and rule.multiples_between(item.seen_before, item.issue.times_seen) > 0 else None
