"""Issues to search for, made without their events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from core.db.models import (
    Assignee,
    Bookmark,
    InboxEntry,
    Issue,
    IssueRelease,
    IssueTag,
    Organization,
    Project,
    Team,
    TeamMember,
    User,
)
from core.search import Searcher
from core.types import InboxReason, Level, Priority, Role, Status, Substatus
from tests.support.core import NOON

HOUR = timedelta(hours=1)


SHOP, TILL, FOREIGN_SHOP = 1, 2, 3


ADA, BOB, FOREIGN_ADA = 1, 2, 3


PAYMENTS, OTHERS = 1, 2


PROJECTS = {SHOP: "shop", TILL: "till", FOREIGN_SHOP: "shop"}


PEOPLE = {ADA: ("ada@acme.example", "Ada"), BOB: ("bob@acme.example", "Bob B")}


TEAMS = {PAYMENTS: "payments", OTHERS: "others"}


@dataclass(frozen=True)
class Made:
    """An issue as a test describes it."""

    title: str = "Boom"
    project: int = SHOP
    status: Status = Status.UNRESOLVED
    substatus: Substatus | None = None
    level: Level = Level.ERROR
    priority: Priority = Priority.HIGH
    culprit: str = ""
    message: str = ""
    platform: str = "python"
    times: int = 1
    users: int = 0
    born: timedelta = HOUR
    seen: timedelta = HOUR
    user: int | None = None
    team: int | None = None
    waits: bool = False
    bookmarked_by: frozenset[int] = frozenset()
    releases: frozenset[str] = frozenset()
    tags: frozenset[tuple[str, str]] = frozenset()
    id: int = field(default=0, compare=False)


def settle(session: Session) -> None:
    """Two organizations that have projects and people of the same names."""
    session.add_all([Organization(id=id_, slug=slug, created_at=NOON) for id_, slug in ((1, "acme"), (2, "umbrella"))])
    session.flush()
    for id_, slug in PROJECTS.items():
        session.add(Project(id=id_, organization_id=1 + (id_ == FOREIGN_SHOP), slug=slug, public_key=f"key{id_}", last_number=0, created_at=NOON))
    for id_, (email, name) in {**PEOPLE, FOREIGN_ADA: ("ada@umbrella.example", "Eve")}.items():
        session.add(User(id=id_, organization_id=1 + (id_ == FOREIGN_ADA), email=email, name=name, role=Role.ADMIN, time_zone=None, created_at=NOON))
    session.add_all([Team(id=id_, organization_id=1, slug=slug, created_at=NOON) for id_, slug in TEAMS.items()])
    session.flush()
    session.add(TeamMember(team_id=PAYMENTS, user_id=ADA))


def put(session: Session, made: list[Made]) -> None:
    """The issues, with the numbers from 1 on."""
    for id_, one in enumerate(made, 1):
        session.add(
            Issue(
                id=id_,
                number=id_,
                project_id=one.project,
                status=one.status,
                substatus=one.substatus,
                level=one.level,
                priority=one.priority,
                first_priority=one.priority,
                title=one.title,
                culprit=one.culprit,
                message=one.message,
                platform=one.platform,
                details={},
                times_seen=one.times,
                users_seen=one.users,
                first_seen_at=NOON - one.born,
                last_seen_at=NOON - one.seen,
                active_at=NOON - one.born,
            )
        )
    session.flush()
    for id_, one in enumerate(made, 1):
        if one.user or one.team:
            session.add(Assignee(issue_id=id_, user_id=one.user, team_id=one.team, assigned_at=NOON))
        if one.waits:
            session.add(InboxEntry(issue_id=id_, reason=InboxReason.NEW, details={}, added_at=NOON))
        session.add_all(Bookmark(issue_id=id_, user_id=user, added_at=NOON) for user in one.bookmarked_by)
        session.add_all(IssueRelease(issue_id=id_, version=version, first_seen_at=NOON, last_seen_at=NOON) for version in one.releases)
        session.add_all(IssueTag(issue_id=id_, key=key, value=value, last_seen_at=NOON) for key, value in one.tags)
    session.flush()


ASKER = Searcher(1, NOON, ADA)


WORLD = {
    "cart": Made("KeyError: 'tea'", status=Status.UNRESOLVED, substatus=Substatus.NEW, culprit="shop.cart", user=ADA, waits=True, times=5),
    "pay": Made("TimeoutError: the bank", level=Level.FATAL, substatus=Substatus.ESCALATING, team=PAYMENTS, times=2000, users=40, born=HOUR * 50),
    "slow": Made("100% of_time \\o/", level=Level.WARNING, priority=Priority.MEDIUM, substatus=Substatus.ONGOING, seen=HOUR * 30, born=HOUR * 99),
    "done": Made("Done", status=Status.RESOLVED, user=BOB, message="it was\nthe cat", bookmarked_by=frozenset({ADA}), seen=HOUR * 5),
    "later": Made("Later", status=Status.ARCHIVED, substatus=Substatus.UNTIL_ESCALATING, releases=frozenset({"1.2.0", "shop@2.0"}), seen=HOUR * 6),
    "until": Made("Until", status=Status.ARCHIVED, substatus=Substatus.UNTIL_CONDITION_MET, platform="ruby", team=OTHERS, seen=HOUR * 7),
    "never": Made("Never", status=Status.ARCHIVED, substatus=Substatus.FOREVER, priority=Priority.LOW, level=Level.INFO, seen=HOUR * 8),
    "till": Made("Till", TILL, substatus=Substatus.REGRESSED, tags=frozenset({("environment", "staging"), ("url", "/pay")}), seen=HOUR * 9),
    "tagged": Made("Tagged", tags=frozenset({("environment", "production"), ("level", "loud"), ("note", "a b*c")}), seen=HOUR * 10),
    "gone": Made("KeyError: 'gone'", status=Status.PENDING_DELETION, user=ADA),
    "foreign": Made("KeyError: 'foreign'", FOREIGN_SHOP, user=FOREIGN_ADA, tags=frozenset({("url", "/pay")}), bookmarked_by=frozenset({ADA})),
}
