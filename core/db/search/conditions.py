"""Turn the terms of a query into SQL conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, func, not_, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.accounts import AccountStore
from core.db.models import (
    Assignee,
    Bookmark,
    InboxEntry,
    Issue,
    IssueDay,
    IssueHour,
    IssueRelease,
    IssueTag,
    IssueUser,
    Project,
    Release,
    ReleaseProject,
    Team,
    TeamMember,
)
from core.db.search.keys import refuse_unknown
from core.db.search.order import SearchOrder
from core.errors import UnknownName, UnknownUser
from core.rules.tag_keys import tag_key
from core.search import BadQuery, Query, Searcher
from core.search.terms import (
    AllOf,
    Assigned,
    Bookmarked,
    FirstRelease,
    HasText,
    Hit,
    InLatestRelease,
    InProject,
    NamedIssue,
    Not,
    Number,
    OneOf,
    OnPlatform,
    Pattern,
    Says,
    SeenInRelease,
    SeenWithin,
    Standing,
    Tagged,
    Term,
    Waiting,
    When,
    Who,
)
from core.types import OPEN_TO_TRIAGE, Status

MAX_SORTED_ISSUES = 5_000
"""Up to this many issues it is faster to fetch and sort them than to scan the index in the sort order."""
_MAX_CONDITIONS = 400
"""Beyond this number of conditions lanes are sorted instead of merged; SQLite accepts 500 parts in a statement."""

Condition = ColumnElement[bool]
Ids = Select[int]
Text = InstrumentedAttribute[str] | ColumnElement[str]


class SearchConditions:
    """The conditions of a query, with its names resolved for the searcher's projects, teams and people.

    ``is_known`` skips the check of tag keys, because it was done before.
    """

    def __init__(self, session: Session, query: Query, searcher: Searcher, *, is_known: bool = False) -> None:
        self._session, self._asker, self._people = session, searcher, AccountStore(session)
        self._query = query
        self._is_postgres = session.get_bind().dialect.name == "postgresql"
        known = session.execute(select(Project.id, Project.slug).where(Project.organization_id == searcher.organization_id)).all()
        self._slugs = {row.id: row.slug for row in known}
        self._projects = [id_ for id_ in self._slugs if searcher.project_ids is None or id_ in searcher.project_ids]
        if not is_known:
            refuse_unknown(session, query, self._projects)
        self.conditions = [self._condition(term) for term in query.terms]
        self.cheap = [condition for condition, term in zip(self.conditions, query.terms, strict=True) if _is_cheap(term)]
        self.is_costly = len(self.cheap) < len(self.conditions)

    @cached_property
    def lanes(self) -> list[tuple[int, Status]]:
        """Return each combination of project and status in which the query can find anything."""
        projects, statuses = set(self._projects), set(OPEN_TO_TRIAGE)
        for term in self._query.terms:
            alternatives = term.terms if isinstance(term, OneOf) else (term,)
            if all(isinstance(part, InProject) for part in alternatives):
                projects &= {id_ for part in alternatives if isinstance(part, InProject) for id_ in self._projects_named(part.slug)}
            if all(isinstance(part, Standing) for part in alternatives):
                statuses &= {part.status for part in alternatives if isinstance(part, Standing)}
        return [(project, status) for project in sorted(projects) for status in sorted(statuses)]

    def where(self) -> Condition:
        """Return the full condition on an issue."""
        return and_(Issue.project_id.in_(self._projects), Issue.status.in_(OPEN_TO_TRIAGE), *self.conditions)

    def reach_beside(self) -> list[Condition]:
        """Return the conditions on projects and statuses, written so that the database does not start with their index: a better one exists."""
        return [
            (Issue.project_id + 0).in_(sorted({project for project, _ in self.lanes})),
            (Issue.status + 0).in_(sorted({status for _, status in self.lanes})),
        ]

    def along(self, order: SearchOrder, conditions: Sequence[Condition], limit: int) -> Select[Any] | CompoundSelect[Any]:
        """Return the first issues of all lanes, merged. An index has each lane in order, so this reads little more than the page."""
        lanes = [select(Issue.id, order.key).where(Issue.project_id == project, Issue.status == status) for project, status in self.lanes]
        if len(lanes) * (1 + len(conditions)) > _MAX_CONDITIONS:
            projects, statuses = {project for project, _ in self.lanes}, {status for _, status in self.lanes}
            lanes = [select(Issue.id, order.key).where(Issue.project_id.in_(projects), Issue.status.in_(statuses))]
        lanes = [lane.where(*conditions) for lane in lanes]
        if self._is_postgres and len(lanes) > 1:
            # PostgreSQL merges only what is limited already, and SQLite what is not.
            limited = (lane.order_by(*order.by).limit(limit).subquery() for lane in lanes)
            lanes = [select(lane.c.id, lane.c.key) for lane in limited]
        return (union_all(*lanes) if len(lanes) > 1 else lanes[0]).order_by(*order.by).limit(limit)

    def few(self) -> list[Condition]:
        """Return a condition with the shortest list of ids that an index gives for a term; an empty list if none is short enough."""
        shortest, best = MAX_SORTED_ISSUES + 1, None
        for term in self._query.terms:
            if (ids := self._looked_up(term)) is not None:
                counted = select(func.count()).select_from(ids.limit(shortest).subquery())
                length = self._session.scalars(counted).one()
                if length < shortest:
                    shortest, best = length, ids
        return [] if best is None else [Issue.id.in_(best)]

    def _condition(self, term: Term) -> Condition:
        match term:
            case Not(negated):
                return not_(self._condition(negated))
            case OneOf(terms):
                return or_(*(self._condition(part) for part in terms))
            case AllOf(terms):
                return and_(*(self._condition(part) for part in terms))
            case Assigned() | Bookmarked() | Waiting() | SeenInRelease() | Tagged() | Hit():
                model, criteria = self._beside(term)
                return select(model.issue_id).where(model.issue_id == Issue.id, *criteria).correlate(Issue).exists()
            case InLatestRelease() | FirstRelease():
                return self._of_release(term)
            case _:
                return self._own(term)

    def _own(self, term: Term) -> Condition:
        """Return the condition of a term on the issue's own row."""
        match term:
            case Standing(status, substatus):
                condition = Issue.status == status
                if substatus is not None:
                    # Compare explicitly with NULL: the negation of an empty substatus would be NULL.
                    condition = and_(condition, Issue.substatus.is_not(None), Issue.substatus == substatus)
            case Number(field, operator, value):
                condition = _compared(getattr(Issue, field), operator, value)
            case When(field, operator, moment):
                at = self._asker.now - moment if isinstance(moment, timedelta) else moment
                condition = _compared(getattr(Issue, field), operator, at)
            case SeenWithin():
                condition = _seen_within(term)
            case NamedIssue(int(number)):
                condition = Issue.id == number
            case NamedIssue((str(slug), int(number))):
                condition = and_(Issue.project_id.in_([id_ for id_, known in self._slugs.items() if known == slug]), Issue.number == number)
            case InProject(slug):
                condition = Issue.project_id.in_(self._projects_named(slug))
            case _:
                condition = self._text(term)
        return condition

    def _text(self, term: Term) -> Condition:
        """Return the condition of a term on a text of the issue's own row."""
        match term:
            case OnPlatform(platform):
                return self._fits(Issue.platform, platform)
            case Says(fields, text):
                return or_(*(self._like(getattr(Issue, field), Pattern(("", *text.parts, ""))) for field in fields))
            case HasText(field):
                column: Text = getattr(Issue, field)
                return column != ""
            case _:
                raise AssertionError(term)

    def _looked_up(self, term: Term) -> Ids | CompoundSelect[int] | None:
        """Return the ids that an index gives for a term, or None."""
        alternatives = term.terms if isinstance(term, OneOf) else (term,)
        found: list[Ids] = []
        for part in alternatives:
            match part:
                case NamedIssue():
                    found.append(select(Issue.id).where(self._own(part)))
                case Assigned() | Bookmarked() | Waiting():
                    model, criteria = self._beside(part)
                    found.append(select(model.issue_id).where(*criteria))
                case SeenInRelease(pattern) | Tagged(_, pattern) if pattern.is_exact:
                    model, criteria = self._beside(part)
                    found.append(select(model.issue_id).where(*criteria))
                case _:
                    return None
        return union_all(*found) if len(found) > 1 else found[0]

    def _of_release(self, term: InLatestRelease | FirstRelease) -> Condition:
        if isinstance(term, InLatestRelease):
            return seen_in_latest(self._session, self._projects)
        version = term.version
        if version is None:
            return first_in_latest(self._session, self._projects)
        return first_fits(None if version.is_anything else lambda first: self._fits(first, version))

    def _beside(self, term: Assigned | Bookmarked | Waiting | SeenInRelease | Tagged | Hit) -> tuple[Any, list[Condition]]:
        """Return the related table that a term queries, and the conditions on it."""
        match term:
            case Assigned(who):
                return Assignee, self._assigned(who)
            case Bookmarked(who):
                return Bookmark, [Bookmark.user_id.in_(self._users(who))]
            case Waiting():
                return InboxEntry, []
            case SeenInRelease(version):
                return IssueRelease, [] if version.is_anything else [self._fits(IssueRelease.version, version)]
            case Hit(person):
                return IssueUser, [] if person.is_anything else [self._fits(IssueUser.person, person)]
            case Tagged(key, value):
                return IssueTag, [IssueTag.key == tag_key(key), *([] if value.is_anything else [self._fits(IssueTag.value, value)])]

    def _assigned(self, who: Who) -> list[Condition]:
        match who.kind:
            case "anyone":
                return []
            case "my_teams":
                mine = select(TeamMember.team_id).join(Team, Team.id == TeamMember.team_id)
                mine = mine.where(TeamMember.user_id == self._me("assigned:my_teams"), Team.organization_id == self._asker.organization_id)
                return [Assignee.team_id.in_(self._session.scalars(mine).all())]
            case "team":
                team = self._people.team_of_slug(self._asker.organization_id, who.name)
                if team is None:
                    raise UnknownName(kind="team", name=f"#{who.name}")
                return [Assignee.team_id == team.id]
            case _:
                return [Assignee.user_id.in_(self._users(who))]

    def _users(self, who: Who) -> list[int]:
        if who.kind == "me":
            return [self._me("me")]
        named = self._people.users_of_email(who.name, self._asker.organization_id) or self._people.users_named(self._asker.organization_id, who.name)
        if not named:
            raise UnknownUser(name=who.name)
        return [user.id for user in named]

    def _me(self, word: str) -> int:
        if self._asker.user_id is None:
            raise BadQuery(word, "assigned:ada@example.com", "nobody is asking")
        return self._asker.user_id

    def _projects_named(self, slug: Pattern) -> list[int]:
        found = [id_ for id_, known in self._slugs.items() if slug.fits(known)]
        if not found and slug.is_exact:
            raise UnknownName(kind="project", name=slug.parts[0])
        return found

    def _fits(self, column: Text, pattern: Pattern) -> Condition:
        return column == pattern.parts[0] if pattern.is_exact else self._like(column, pattern)

    def _like(self, column: Text, pattern: Pattern) -> Condition:
        like = "%".join(part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for part in pattern.parts)
        # SQLite's LIKE ignores case by itself (of A to Z only) and is twice as fast as comparing what lower() makes.
        return column.ilike(like, escape="\\") if self._is_postgres else column.like(like, escape="\\")


def _is_cheap(term: Term) -> bool:
    """Return whether ``ix_issues_listed`` alone can decide the term."""
    match term:
        case Not(negated):
            return _is_cheap(negated)
        case OneOf(terms) | AllOf(terms):
            return all(map(_is_cheap, terms))
        case _:
            return isinstance(term, Standing | Number | When | InProject | NamedIssue)


def _compared(column: InstrumentedAttribute[Any], operator: str, value: datetime | int) -> Condition:
    return column == value if operator == "=" else column.op(operator, is_comparison=True)(value)


def _seen_within(term: SeenWithin) -> Condition:
    """Select by the first and the last event, and by the counts only where both lie outside."""
    in_hour = IssueHour.hour_at.between(term.since.replace(minute=0, second=0, microsecond=0), term.until)
    until = min(term.until, term.hours_since)
    in_day = IssueDay.day_at.between(term.since.replace(hour=0, minute=0, second=0, microsecond=0), until)
    return and_(
        Issue.last_seen_at >= term.since,
        Issue.first_seen_at <= term.until,
        or_(
            Issue.last_seen_at <= term.until,
            Issue.first_seen_at >= term.since,
            select(IssueHour.issue_id).where(IssueHour.issue_id == Issue.id, in_hour).correlate(Issue).exists(),
            select(IssueDay.issue_id).where(IssueDay.issue_id == Issue.id, in_day).correlate(Issue).exists(),
        ),
    )


def seen_in_latest(session: Session, project_ids: Collection[int]) -> Condition:
    """Select issues seen in the newest release of their project."""
    seen = select(IssueRelease.issue_id).where(IssueRelease.issue_id == Issue.id)
    latest = _latest(session, project_ids).items()
    return or_(
        false(), *(and_(Issue.project_id == id_, seen.where(IssueRelease.version == version).correlate(Issue).exists()) for id_, version in latest)
    )


def first_in_latest(session: Session, project_ids: Collection[int]) -> Condition:
    """Select issues whose first release is the newest of their project."""
    latest = _latest(session, project_ids).items()
    return or_(false(), *(and_(Issue.project_id == id_, _first() == version) for id_, version in latest))


def first_fits(fits: Callable[[ColumnElement[str]], Condition] | None) -> Condition:
    """Select issues whose first release matches; for None those that have a first release."""
    has_one = select(IssueRelease.issue_id).where(IssueRelease.issue_id == Issue.id).correlate(Issue).exists()
    # Without a release the subquery is NULL, and so would be its negation.
    return has_one if fits is None else fits(_first())


def _first() -> ColumnElement[str]:
    oldest = select(IssueRelease.version).where(IssueRelease.issue_id == Issue.id).order_by(IssueRelease.first_seen_at, IssueRelease.version)
    return func.coalesce(oldest.limit(1).correlate(Issue).scalar_subquery(), "")


def _latest(session: Session, project_ids: Collection[int]) -> dict[int, str]:
    """Select the version of each project's newest open release, by release date or else by the date it was added."""
    date = func.coalesce(Release.released_at, Release.added_at)
    place = func.row_number().over(partition_by=ReleaseProject.project_id, order_by=(date.desc(), Release.id.desc())).label("place")
    ranked = select(ReleaseProject.project_id, Release.version, place).join(Release, Release.id == ReleaseProject.release_id)
    found = ranked.where(ReleaseProject.project_id.in_(project_ids), Release.is_open).subquery()
    return {row.project_id: row.version for row in session.execute(select(found.c.project_id, found.c.version).where(found.c.place == 1))}
