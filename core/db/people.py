"""Organisations, projects, users, teams, chat identities and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import Identity, Organisation, Project, Subscription, Team, TeamMember, TeamProject, Token, User
from core.types import SubscriptionReason
from core.views import PersonView


class People:
    """Who and what belongs to an organisation."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organisation(self, slug: str | None = None) -> Organisation | None:
        """The organisation of that slug; without one the organisation made first."""
        query = select(Organisation).order_by(Organisation.id).limit(1)
        return self._session.scalars(query.where(Organisation.slug == slug) if slug else query).first()

    def organisation_of(self, organisation_id: int) -> Organisation | None:
        """The organisation of that number."""
        return self._session.get(Organisation, organisation_id)

    def projects(self, slug: str, organisation: str | None = None) -> list[tuple[Project, Organisation]]:
        """The projects of that slug, in one organisation or in all."""
        query = select(Project, Organisation).join(Organisation, Organisation.id == Project.organisation_id).where(Project.slug == slug)
        if organisation:
            query = query.where(Organisation.slug == organisation)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Project.id))]

    def teams(self, slug: str, organisation: str | None = None) -> list[tuple[Team, Organisation]]:
        """The teams of that slug, in one organisation or in all."""
        query = select(Team, Organisation).join(Organisation, Organisation.id == Team.organisation_id).where(Team.slug == slug)
        if organisation:
            query = query.where(Organisation.slug == organisation)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Team.id))]

    def projects_of(self, organisation_id: int) -> list[Project]:
        """All projects of an organisation."""
        return list(self._session.scalars(select(Project).where(Project.organisation_id == organisation_id).order_by(Project.slug)))

    def project(self, project_id: int) -> Project | None:
        """The project of that number."""
        return self._session.get(Project, project_id)

    def project_of_hook_key(self, sha256: str) -> Project | None:
        """The project of that secret hook key."""
        return self._session.scalars(select(Project).where(Project.hook_key_sha256 == sha256)).first()

    def project_of_key(self, public_key: str) -> Project | None:
        """The project that a DSN's public key opens."""
        return self._session.scalars(select(Project).where(Project.public_key == public_key)).first()

    def user(self, user_id: int) -> User | None:
        """The user of that number."""
        return self._session.get(User, user_id)

    def named(self, user_ids: Iterable[int]) -> dict[int, PersonView]:
        """The users of these numbers, by number."""
        wanted = set(user_ids)
        rows = self._session.scalars(select(User).where(User.id.in_(wanted))) if wanted else ()
        return {row.id: PersonView(row.id, row.name, row.email) for row in rows}

    def users_of_email(self, email: str, organisation_id: int | None = None) -> list[User]:
        """The users of that e-mail, in one organisation or in all."""
        query = select(User).where(func.lower(User.email) == email.lower())
        if organisation_id is not None:
            query = query.where(User.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(User.id)))

    def user_of_identity(self, platform: str, tenant: str, subject: str) -> User | None:
        """Whom a chat account belongs to."""
        query = select(User).join(Identity, Identity.user_id == User.id)
        return self._session.scalars(query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)).first()

    def users_named(self, organisation_id: int, name: str) -> list[User]:
        """The users of exactly that name, in any case."""
        query = select(User).where(User.organisation_id == organisation_id, func.lower(User.name) == name.lower())
        return list(self._session.scalars(query.order_by(User.id)))

    def users_like(self, organisation_id: int, text: str, limit: int) -> list[User]:
        """The users whose name or e-mail holds the text."""
        query = select(User).where(User.organisation_id == organisation_id).order_by(func.lower(User.name), User.id).limit(limit)
        if text:
            query = query.where(or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True)))
        return list(self._session.scalars(query))

    def teams_like(self, organisation_id: int, text: str, limit: int) -> list[Team]:
        """The teams whose slug holds the text."""
        query = select(Team).where(Team.organisation_id == organisation_id).order_by(Team.slug).limit(limit)
        return list(self._session.scalars(query.where(Team.slug.icontains(text, autoescape=True)) if text else query))

    def team(self, organisation_id: int, team_id: int) -> Team | None:
        """The team of that number, if it is the organisation's."""
        return self._session.scalars(select(Team).where(Team.organisation_id == organisation_id, Team.id == team_id)).first()

    def team_of_slug(self, organisation_id: int, slug: str) -> Team | None:
        """The team of that slug."""
        return self._session.scalars(select(Team).where(Team.organisation_id == organisation_id, Team.slug == slug.lower())).first()

    def projects_open_to(self, user_id: int, project_ids: Iterable[int]) -> set[int]:
        """Of these projects, those the user belongs to: through a team, or because no team looks after them."""
        wanted = set(project_ids)
        rows = self._session.execute(
            select(TeamProject.project_id, TeamMember.user_id)
            .outerjoin(TeamMember, and_(TeamMember.team_id == TeamProject.team_id, TeamMember.user_id == user_id))
            .where(TeamProject.project_id.in_(wanted))
        ).all()
        looked_after = {row.project_id for row in rows}
        return (wanted - looked_after) | {row.project_id for row in rows if row.user_id is not None}

    def members(self, team_ids: Iterable[int]) -> dict[int, set[int]]:
        """The user ids in each of these teams."""
        found: dict[int, set[int]] = {team_id: set() for team_id in team_ids}
        for member in self._session.scalars(select(TeamMember).where(TeamMember.team_id.in_(found))):
            found[member.team_id].add(member.user_id)
        return found

    def token(self, sha256: str) -> Token | None:
        """The token of that hash."""
        return self._session.scalars(select(Token).where(Token.sha256 == sha256)).first()


@dataclass(frozen=True)
class Subscriber:
    """A user to be told of an issue's changes, and why."""

    issue_id: int
    user_id: int
    reason: SubscriptionReason


class Subscriptions:
    """Who is told of an issue's changes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, wanted: Sequence[Subscriber]) -> None:
        """Subscribes those who have no row yet; an old one stands, because leaving is explicit (engine.md §5)."""
        if not wanted:
            return
        query = select(Subscription.issue_id, Subscription.user_id).where(Subscription.issue_id.in_({one.issue_id for one in wanted}))
        have = {(row.issue_id, row.user_id) for row in self._session.execute(query)}
        fresh = {(one.issue_id, one.user_id): one for one in wanted if (one.issue_id, one.user_id) not in have}
        rows = [{"issue_id": one.issue_id, "user_id": one.user_id, "is_active": True, "reason": one.reason} for one in fresh.values()]
        if rows:
            self._session.execute(insert(Subscription), rows)

    def users_of(self, issue_id: int) -> set[int]:
        """Who is told of an issue's changes."""
        query = select(Subscription.user_id).where(Subscription.issue_id == issue_id, Subscription.is_active)
        return set(self._session.scalars(query))

    def wish(self, issue_ids: Sequence[int], user_id: int, *, is_active: bool) -> None:
        """Somebody's explicit wish, which replaces whatever stood there."""
        rows = [{"issue_id": issue_id, "user_id": user_id, "is_active": is_active, "reason": SubscriptionReason.UNKNOWN} for issue_id in issue_ids]
        upsert(self._session, Subscription, rows, {"is_active": is_active, "reason": SubscriptionReason.UNKNOWN})

    def drop(self, who: dict[int, set[int]], reason: SubscriptionReason) -> None:
        """Ends the subscriptions that these users have for this reason alone, by issue id."""
        query = select(Subscription).where(Subscription.issue_id.in_(who), Subscription.reason == reason)
        for row in self._session.scalars(query):
            if row.user_id in who[row.issue_id]:
                self._session.delete(row)
