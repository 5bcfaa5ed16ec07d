"""Build the views of issues, with a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from core.db.accounts import AccountStore
from core.db.issues import PersonalStore
from core.db.models import (
    Activity,
    Assignee,
    Channel,
    Commit,
    CommitLink,
    Deletion,
    Event,
    InboxEntry,
    Issue,
    IssueHour,
    IssueTag,
    Message,
    Project,
    Redirect,
    ReleaseProject,
    Repository,
    Resolution,
    Share,
    Snooze,
    Team,
    User,
)
from core.db.stored import activities
from core.db.stored.snoozes import ended_snooze
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, InboxReason, Level, Priority, Status, SubscriptionReason, Substatus, short_id
from core.views import (
    ActivityView,
    AssigneeView,
    FixingCommitView,
    InboxView,
    IssueDetails,
    IssueView,
    PersonView,
    ProjectView,
    ResolutionView,
    SnoozeView,
    SubscriptionView,
    TagKeyView,
    TagView,
)

_MOVED = Activity.facet.in_((Facet.STATUS, Facet.LIFECYCLE))
_CHANGED = Activity.facet.is_not(None)
_WAS_MERGED = and_(
    Activity.type == ActivityType.MERGE, func.coalesce(Activity.after["status"].as_integer(), Status.UNRESOLVED) == Status.PENDING_MERGE
)
_FIXES = (ActivityType.SET_RESOLVED, ActivityType.SET_RESOLVED_IN_RELEASE, ActivityType.SET_RESOLVED_IN_COMMIT)
_FIXED = and_(Activity.type.in_(_FIXES), Activity.user_id.is_not(None))
_DAY = 24
_IssueRow = tuple[Issue, Project, Assignee, User, Team, Snooze, InboxEntry, Deletion, Resolution, bool]


class ViewStore:
    """Builds views, with one query per kind of row and not per issue."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def issues(self, ids: Sequence[int], now: datetime) -> list[IssueView]:
        """Return the views of these issues in the order of ``ids``; deleted issues are left out."""
        rows = {row.Issue.id: row for row in self._session.execute(_issue_query().where(Issue.id.in_(ids)))}
        extras = _IssueExtras(
            now=now,
            moves=self._newest(ids, _MOVED),
            changes=self._newest(ids, _CHANGED),
            fixes=self._newest(ids, _FIXED),
            hours=self._hours(ids, now),
            events=self._newest_events(ids),
            copies=self._copies(ids),
        )
        return [_view(rows[id_], extras) for id_ in ids if id_ in rows]

    def activities(self, issue_id: int, limit: int) -> list[ActivityView]:
        """Return the activities of an issue and of the issues merged into it, newest first.

        The log is append-only: an activity stays with the issue that it happened to. The activity that says that an issue was merged is left
        out, because the primary has its own.
        """
        merged = select(Redirect.previous_id, Redirect.number, Project.slug).join(Project, Project.id == Redirect.project_id)
        names = {row[0]: short_id(row[2], row[1]) for row in self._session.execute(merged.where(Redirect.issue_id == issue_id))}
        query = _activities().order_by(Activity.id.desc()).limit(limit)
        if names:
            merged_ids = select(Redirect.previous_id).where(Redirect.issue_id == issue_id)
            query = query.where(or_(Activity.issue_id == issue_id, and_(Activity.issue_id.in_(merged_ids), ~_WAS_MERGED)))
        else:
            query = query.where(Activity.issue_id == issue_id)
        rows = self._session.execute(query)
        return [replace(_activity(row.Activity, row.User), merged_from=names.get(row.Activity.issue_id)) for row in rows]

    def activities_between(self, issue_id: int | None, first: int, last: int) -> list[ActivityView]:
        """Return an issue's activities from one id to another, oldest first.

        Merges by older versions moved comments, so the first one is looked up by its own id.
        """
        mine = or_(Activity.id == first, and_(Activity.id.between(first, last), Activity.issue_id == issue_id))
        return [_activity(row.Activity, row.User) for row in self._session.execute(_activities().where(mine).order_by(Activity.id))]

    def activity(self, activity_id: int) -> Activity | None:
        """Return an activity of any issue."""
        return self._session.get(Activity, activity_id)

    def newest_since(self, issue_ids: Sequence[int], version: int) -> list[tuple[Activity, User | None]]:
        """Return the changes of these issues after this version, newest first."""
        query = _activities().where(Activity.issue_id.in_(issue_ids), Activity.version > version, Activity.facet.is_not(None))
        return [(row.Activity, row.User) for row in self._session.execute(query.order_by(Activity.id.desc()))]

    def last_change_by(self, organization_id: int, user_id: int) -> Activity | None:
        """Return a user's last change in an organization."""
        query = select(Activity).join(Issue, Issue.id == Activity.issue_id).join(Project, Project.id == Issue.project_id)
        query = query.where(Project.organization_id == organization_id, Activity.user_id == user_id, _CHANGED)
        return self._session.scalars(query.order_by(Activity.id.desc()).limit(1)).first()

    def snoozed_by(self, organization_id: int, user_id: int, limit: int) -> list[int]:
        """Return the issues that a user archived under a condition, earliest end first; those without an end time come last."""
        query = select(Snooze.issue_id).join(Issue, Issue.id == Snooze.issue_id).join(Project, Project.id == Issue.project_id)
        query = query.where(Project.organization_id == organization_id, Snooze.actor_id == user_id, Issue.status == Status.ARCHIVED)
        return list(self._session.scalars(query.order_by(Snooze.until_at.is_(None), Snooze.until_at, Snooze.issue_id).limit(limit)))

    def organization_of(self, issue_id: int) -> int:
        """Return the organization of an issue."""
        return self._session.scalars(select(Project.organization_id).join(Issue, Issue.project_id == Project.id).where(Issue.id == issue_id)).one()

    def issue_of_message(self, platform: str, channel: str, external_id: str) -> tuple[int, int] | None:
        """Return the organization and issue of a copy, by the platform's ids of channel and message."""
        query = select(Channel.organization_id, Message.issue_id).join(Message, Message.channel_id == Channel.id)
        query = query.where(Channel.platform == platform, Channel.external_id == channel, Message.external_id == external_id)
        row = self._session.execute(query).first()
        return (row[0], row[1]) if row else None

    def _newest(self, ids: Sequence[int], kind: ColumnElement[bool]) -> dict[int, ActivityView]:
        newest = select(func.max(Activity.id)).where(Activity.issue_id.in_(ids), kind).group_by(Activity.issue_id)
        rows = self._session.execute(_activities().where(Activity.id.in_(newest)))
        return {row.Activity.issue_id: _activity(row.Activity, row.User) for row in rows}

    def _hours(self, ids: Sequence[int], now: datetime) -> dict[int, dict[datetime, int]]:
        query = select(IssueHour).where(IssueHour.issue_id.in_(ids), IssueHour.hour_at > now - timedelta(hours=_DAY))
        found: dict[int, dict[datetime, int]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.issue_id, {})[row.hour_at] = row.events
        return found

    def _newest_events(self, ids: Sequence[int]) -> dict[int, tuple[str | None, str | None]]:
        newest = select(func.max(Event.id)).where(Event.issue_id.in_(ids)).group_by(Event.issue_id)
        rows = self._session.execute(select(Event.issue_id, Event.release, Event.environment).where(Event.id.in_(newest)))
        return {row.issue_id: (row.release, row.environment) for row in rows}

    def _copies(self, ids: Sequence[int]) -> dict[int, int]:
        # A copy that only a storm's summary shows has no message of its own.
        is_placed = or_(Message.storm_id.is_(None), Message.external_id.is_not(None))
        query = select(Message.issue_id, func.count()).where(Message.issue_id.in_(ids), is_placed).group_by(Message.issue_id)
        return {row[0]: row[1] for row in self._session.execute(query)}


@dataclass(frozen=True)
class _IssueExtras:
    """Related data of the issues, by issue id."""

    now: datetime
    moves: Mapping[int, ActivityView]
    changes: Mapping[int, ActivityView]
    fixes: Mapping[int, ActivityView]
    hours: Mapping[int, Mapping[datetime, int]]
    events: Mapping[int, tuple[str | None, str | None]]
    copies: Mapping[int, int]


@cache
def _issue_query() -> Select[*_IssueRow]:
    has_releases = exists().where(ReleaseProject.project_id == Issue.project_id).label("has_releases")
    query = select(Issue, Project, Assignee, User, Team, Snooze, InboxEntry, Deletion, Resolution, has_releases)
    query = query.join(Project, Project.id == Issue.project_id)
    query = query.outerjoin(Assignee, Assignee.issue_id == Issue.id)
    query = query.outerjoin(User, User.id == Assignee.user_id).outerjoin(Team, Team.id == Assignee.team_id)
    query = query.outerjoin(Snooze, Snooze.issue_id == Issue.id).outerjoin(InboxEntry, InboxEntry.issue_id == Issue.id)
    query = query.outerjoin(Resolution, Resolution.issue_id == Issue.id)
    return query.outerjoin(Deletion, Deletion.issue_id == Issue.id)


@cache
def _activities() -> Select[Activity, User]:
    return select(Activity, User).outerjoin(User, User.id == Activity.user_id)


def _activity(row: Activity, user: User | None) -> ActivityView:
    who = PersonView(user.id, user.name, user.email) if user else None
    data = activities.data_of(row.type, row.data)
    return ActivityView(row.id, who, row.source, data, row.happened_at, row.version, activities.tags_of(data, row.data))


def _assignee(user: User | None, team: Team | None) -> AssigneeView | None:
    if user:
        return AssigneeView("user", user.id, user.name, user.email)
    return AssigneeView("team", team.id, team.slug) if team else None


def _snooze(issue: Issue, row: Snooze | None) -> SnoozeView | None:
    if row is None:
        return None
    return SnoozeView(
        until_at=row.until_at,
        events=row.events,
        users=row.users,
        events_so_far=issue.times_seen - row.events_before,
        users_so_far=issue.users_seen - row.users_before,
        events_window=row.events_window,
        users_window=row.users_window,
    )


def _resolution(row: Resolution | None) -> ResolutionView | None:
    return ResolutionView(row.version, row.is_pending, row.current_release_version) if row else None


def _last_day(hours: Mapping[datetime, int], now: datetime) -> tuple[tuple[datetime, int], ...]:
    current = now.replace(minute=0, second=0, microsecond=0)
    starts = (current - timedelta(hours=back) for back in range(_DAY - 1, -1, -1))
    return tuple((start, hours.get(start, 0)) for start in starts)


def _view(row: Row[*_IssueRow], extras: _IssueExtras) -> IssueView:
    issue, project, _, user, team, snooze, inbox, deletion, resolution, has_releases = row
    fix = extras.fixes.get(issue.id)
    release, environment = extras.events.get(issue.id, (None, None))
    return IssueView(
        id=issue.id,
        number=issue.number,
        project=ProjectView(project.id, project.organization_id, project.slug, project.platform, project.public_key),
        version=issue.version,
        status=Status(issue.status),
        substatus=Substatus(issue.substatus) if issue.substatus else None,
        level=Level(issue.level),
        priority=Priority(issue.priority),
        priority_locked_at=issue.priority_locked_at,
        title=issue.title,
        culprit=issue.culprit,
        message=issue.message,
        platform=issue.platform,
        details=issue.details,
        times_seen=issue.times_seen,
        users_seen=issue.users_seen,
        comments=issue.comments,
        first_seen_at=issue.first_seen_at,
        last_seen_at=issue.last_seen_at,
        assignee=_assignee(user, team),
        snooze=_snooze(issue, snooze),
        inbox=InboxView(InboxReason(inbox.reason), inbox.added_at, ended_snooze(inbox.details)) if inbox else None,
        resolution=_resolution(resolution),
        purge_at=deletion.due_at if deletion else None,
        last_move=extras.moves.get(issue.id),
        release=release,
        environment=environment,
        hours=_last_day(extras.hours.get(issue.id, {}), extras.now),
        copies=extras.copies.get(issue.id, 0),
        last_change=extras.changes.get(issue.id),
        fixed_by=fix.user if fix else None,
        has_releases=has_releases,
    )


@dataclass(frozen=True)
class TagsOf:
    """Whose tags are meant: of an organization's issues, or of those of some of its projects; seen since then, or at any time if None."""

    organization_id: int
    project_ids: tuple[int, ...] | None = None
    since: datetime | None = None


def _tagged(of: TagsOf) -> Iterator[ColumnElement[bool]]:
    ours = select(Project.id).where(Project.organization_id == of.organization_id)
    wanted = Issue.project_id.in_(ours if of.project_ids is None else of.project_ids)
    yield IssueTag.issue_id.in_(select(Issue.id).where(wanted, Issue.status.in_(OPEN_TO_TRIAGE)))
    if of.since is not None:
        yield IssueTag.last_seen_at >= of.since


class DetailStore:
    """Reads details, with one query per kind of row and not per issue."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, ids: Sequence[int], user_id: int | None) -> dict[int, IssueDetails]:
        """Return the details of these issues for a user, or for no user."""
        shares = {row.issue_id: row.uuid for row in self._session.scalars(select(Share).where(Share.issue_id.in_(ids)))}
        decided, commits = self._decided_by(ids), self._commits(ids)
        mine = PersonalStore(self._session).of(ids, user_id) if user_id is not None else {}
        found: dict[int, IssueDetails] = {}
        for id_ in ids:
            has_seen, is_bookmarked, row = mine.get(id_, (False, False, None))
            subscription = SubscriptionView(row.is_active, SubscriptionReason(row.reason)) if row else None
            found[id_] = IssueDetails(shares.get(id_), decided.get(id_), commits.get(id_), has_seen, is_bookmarked, subscription)
        return found

    def tags(self, issue_id: int, limit: int) -> list[TagView]:
        """Return an issue's most frequent tags."""
        return [TagView(row.key, row.value, row.times_seen, row.last_seen_at) for row in TagStore(self._session).of(issue_id, limit)]

    def tag_keys(self, of: TagsOf, limit: int, offset: int) -> list[TagKeyView]:
        """Return the keys of the tags of visible issues, by name."""
        query = select(IssueTag.key, func.count(IssueTag.value.distinct()), func.sum(IssueTag.times_seen)).where(*_tagged(of))
        rows = self._session.execute(query.group_by(IssueTag.key).order_by(IssueTag.key).limit(limit).offset(offset)).all()
        return [TagKeyView(key, values, int(seen)) for key, values, seen in rows]

    def tag_values(self, of: TagsOf, key: str, limit: int, offset: int) -> list[str]:
        """Return the different values of a tag of visible issues, in order."""
        query = select(IssueTag.value).where(*_tagged(of), IssueTag.key == key).distinct()
        return list(self._session.scalars(query.order_by(IssueTag.value).limit(limit).offset(offset)))

    def _decided_by(self, ids: Sequence[int]) -> dict[int, PersonView]:
        """Return who archived each issue under a condition or resolved it in a release."""
        actors: dict[int, int] = {}
        for model in (Snooze, Resolution):
            rows = self._session.execute(select(model.issue_id, model.actor_id).where(model.issue_id.in_(ids), model.actor_id.is_not(None)))
            actors |= {row.issue_id: row.actor_id for row in rows}
        people = AccountStore(self._session).users_by_id(set(actors.values()))
        return {issue_id: people[user_id] for issue_id, user_id in actors.items() if user_id in people}

    def _commits(self, ids: Sequence[int]) -> dict[int, FixingCommitView]:
        query = select(CommitLink.issue_id, Commit, Repository.name).join(Commit, Commit.id == CommitLink.commit_id)
        query = query.join(Repository, Repository.id == Commit.repository_id).where(CommitLink.issue_id.in_(ids))
        rows = self._session.execute(query.order_by(CommitLink.linked_at, CommitLink.commit_id))
        return {row[0]: FixingCommitView(row[1].sha, row[2], row[1].message, row[1].committed_at) for row in rows}


class TagStore:
    """Tags of issues."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, issue_id: int, limit: int) -> Sequence[IssueTag]:
        """Return an issue's tags, most frequent first."""
        query = select(IssueTag).where(IssueTag.issue_id == issue_id).order_by(IssueTag.times_seen.desc(), IssueTag.key, IssueTag.value)
        return self._session.scalars(query.limit(limit)).all()
