"""Organizations, projects, users, teams, chat accounts and tokens; link codes, sessions of the pages, and who is still a member."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.models import (
    ChatHome,
    Identity,
    LinkCode,
    LinkTries,
    LoginLink,
    LoginSession,
    Organization,
    Project,
    Subscription,
    Team,
    TeamMember,
    TeamProject,
    Token,
    User,
)
from core.types import SubscriptionReason
from core.views import PersonView


class AccountStore:
    """Who and what belongs to an organization."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organization(self, slug: str | None = None) -> Organization | None:
        """The organization of that slug; without one the organization made first."""
        query = select(Organization).order_by(Organization.id).limit(1)
        return self._session.scalars(query.where(Organization.slug == slug) if slug else query).first()

    def organization_of(self, organization_id: int) -> Organization | None:
        """The organization of that number."""
        return self._session.get(Organization, organization_id)

    def projects(self, slug: str, organization: str | None = None) -> list[tuple[Project, Organization]]:
        """The projects of that slug, in one organization or in all."""
        query = select(Project, Organization).join(Organization, Organization.id == Project.organization_id).where(Project.slug == slug)
        if organization:
            query = query.where(Organization.slug == organization)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Project.id))]

    def teams(self, slug: str, organization: str | None = None) -> list[tuple[Team, Organization]]:
        """The teams of that slug, in one organization or in all."""
        query = select(Team, Organization).join(Organization, Organization.id == Team.organization_id).where(Team.slug == slug)
        if organization:
            query = query.where(Organization.slug == organization)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Team.id))]

    def projects_of(self, organization_id: int) -> list[Project]:
        """All projects of an organization."""
        return list(self._session.scalars(select(Project).where(Project.organization_id == organization_id).order_by(Project.slug)))

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

    def users_by_id(self, user_ids: Iterable[int]) -> dict[int, PersonView]:
        """The users of these numbers, by number."""
        wanted = set(user_ids)
        rows = self._session.scalars(select(User).where(User.id.in_(wanted))) if wanted else ()
        return {row.id: PersonView(row.id, row.name, row.email) for row in rows}

    def users_of_email(self, email: str, organization_id: int | None = None) -> list[User]:
        """The users of that e-mail, in one organization or in all."""
        query = select(User).where(func.lower(User.email) == email.lower())
        if organization_id is not None:
            query = query.where(User.organization_id == organization_id)
        return list(self._session.scalars(query.order_by(User.id)))

    def user_of_identity(self, platform: str, tenant: str, subject: str) -> User | None:
        """Whom a chat account belongs to."""
        query = select(User).join(Identity, Identity.user_id == User.id)
        return self._session.scalars(query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)).first()

    def users_named(self, organization_id: int, name: str) -> list[User]:
        """The users of exactly that name, in any case."""
        query = select(User).where(User.organization_id == organization_id, func.lower(User.name) == name.lower())
        return list(self._session.scalars(query.order_by(User.id)))

    def users_like(self, organization_id: int, text: str, limit: int) -> list[User]:
        """The users whose name or e-mail holds the text."""
        query = select(User).where(User.organization_id == organization_id).order_by(func.lower(User.name), User.id).limit(limit)
        if text:
            query = query.where(or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True)))
        return list(self._session.scalars(query))

    def teams_like(self, organization_id: int, text: str, limit: int) -> list[Team]:
        """The teams whose slug holds the text."""
        query = select(Team).where(Team.organization_id == organization_id).order_by(Team.slug).limit(limit)
        return list(self._session.scalars(query.where(Team.slug.icontains(text, autoescape=True)) if text else query))

    def team(self, organization_id: int, team_id: int) -> Team | None:
        """The team of that number, if it is the organization's."""
        return self._session.scalars(select(Team).where(Team.organization_id == organization_id, Team.id == team_id)).first()

    def team_of_slug(self, organization_id: int, slug: str) -> Team | None:
        """The team of that slug."""
        return self._session.scalars(select(Team).where(Team.organization_id == organization_id, Team.slug == slug.lower())).first()

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


class SubscriptionStore:
    """Who is told of an issue's changes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, wanted: Sequence[Subscriber]) -> None:
        """Subscribes those who have no row yet; an old one stands, because leaving is explicit."""
        if not wanted:
            return
        query = select(Subscription.issue_id, Subscription.user_id).where(Subscription.issue_id.in_({subscriber.issue_id for subscriber in wanted}))
        have = {(row.issue_id, row.user_id) for row in self._session.execute(query)}
        fresh = {
            (subscriber.issue_id, subscriber.user_id): subscriber for subscriber in wanted if (subscriber.issue_id, subscriber.user_id) not in have
        }
        rows = [
            {"issue_id": subscriber.issue_id, "user_id": subscriber.user_id, "is_active": True, "reason": subscriber.reason}
            for subscriber in fresh.values()
        ]
        if rows:
            self._session.execute(insert(Subscription), rows)

    def users_of(self, issue_id: int) -> set[int]:
        """Who is told of an issue's changes."""
        query = select(Subscription.user_id).where(Subscription.issue_id == issue_id, Subscription.is_active)
        return set(self._session.scalars(query))

    def set_explicit(self, issue_ids: Sequence[int], user_id: int, *, is_active: bool) -> None:
        """Somebody's explicit wish, which replaces whatever stood there."""
        rows = [{"issue_id": issue_id, "user_id": user_id, "is_active": is_active, "reason": SubscriptionReason.UNKNOWN} for issue_id in issue_ids]
        upsert(self._session, Subscription, rows, {"is_active": is_active, "reason": SubscriptionReason.UNKNOWN})

    def remove_for_reason(self, who: dict[int, set[int]], reason: SubscriptionReason) -> None:
        """Ends the subscriptions that these users have for this reason alone, by issue id."""
        query = select(Subscription).where(Subscription.issue_id.in_(who), Subscription.reason == reason)
        for row in self._session.scalars(query):
            if row.user_id in who[row.issue_id]:
                self._session.delete(row)


class LinkCodeStore:
    """Codes, tries and chat accounts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Removes the codes that are too old to be used."""
        self._session.execute(delete(LinkCode).where(LinkCode.expires_at <= now))

    def redeem(self, sha256: str, organization_id: int, now: datetime) -> User | None:
        """Whom the code was made for. It is gone then, so of two who use it at once one finds nothing."""
        members = select(User.id).where(User.organization_id == organization_id)
        code = delete(LinkCode).where(LinkCode.sha256 == sha256, LinkCode.expires_at > now, LinkCode.user_id.in_(members))
        user_id = self._session.scalars(code.returning(LinkCode.user_id)).first()
        return None if user_id is None else self._session.get(User, user_id)

    def delete_codes(self, sha256s: Collection[str]) -> None:
        """Removes these codes, as far as they are any."""
        self._session.execute(delete(LinkCode).where(LinkCode.sha256.in_(sha256s)))

    def tries(self, platform: str, tenant: str, subject: str, now: datetime) -> LinkTries:
        """The wrong tries of a chat account; whoever else tries for it waits until this transaction ends."""
        account = {"platform": platform, "tenant": tenant, "subject": subject}
        upsert(self._session, LinkTries, [{**account, "tries": 0, "since_at": now}])
        return self._session.scalars(select(LinkTries).filter_by(**account).with_for_update()).one()

    def owner(self, platform: str, tenant: str, subject: str) -> Identity | None:
        """The row that says whom a chat account belongs to."""
        return self._session.scalars(select(Identity).filter_by(platform=platform, tenant=tenant, subject=subject)).first()

    def unlink(self, platform: str, tenant: str, subject: str) -> None:
        """The chat account belongs to nobody."""
        self._session.execute(delete(Identity).filter_by(platform=platform, tenant=tenant, subject=subject))


class LoginStore:
    """Links and sessions, by the hashes of their tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Removes what is too old to open anything."""
        for model in (LoginLink, LoginSession):
            self._session.execute(delete(model).where(model.expires_at <= now))

    def is_open(self, sha256: str, now: datetime) -> bool:
        """Whether a link would still open something."""
        return self._session.scalars(select(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)).first() is not None

    def redeem(self, sha256: str, now: datetime) -> int | None:
        """The number of the user whom the link was made for. It is gone then, so it opens one session only."""
        link = delete(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)
        return self._session.scalars(link.returning(LoginLink.user_id)).first()

    def user(self, sha256: str, now: datetime) -> User | None:
        """Whose session it is."""
        query = select(User).join(LoginSession, LoginSession.user_id == User.id)
        return self._session.scalars(query.where(LoginSession.sha256 == sha256, LoginSession.expires_at > now)).first()

    def close(self, sha256: str) -> None:
        """Ends a session."""
        self._session.execute(delete(LoginSession).where(LoginSession.sha256 == sha256))


class MembershipStore:
    """Accounts with their users."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_account(self, platform: str, tenant: str, subject: str) -> tuple[Identity, User] | None:
        """The account's row, and whose it is."""
        query = select(Identity, User).join(User, Identity.user_id == User.id)
        mine = query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        row = self._session.execute(mine).first()
        return (row.Identity, row.User) if row else None

    def of_user(self, user_id: int) -> Sequence[tuple[Identity, User, str | None]]:
        """The rows of a user's accounts, each with the service URL of its tenant, where that is known."""
        is_home = and_(ChatHome.platform == Identity.platform, ChatHome.tenant == Identity.tenant)
        query = select(Identity, User, ChatHome.service_url).join(User, Identity.user_id == User.id).outerjoin(ChatHome, is_home)
        rows = self._session.execute(query.where(Identity.user_id == user_id).order_by(Identity.id))
        return [(row.Identity, row.User, row.service_url) for row in rows]

    def note(self, platform: str, tenant: str, subject: str, vouched_at: datetime | None) -> None:
        """Since when the person counts as a member, or that they do not."""
        mine = update(Identity).where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        self._session.execute(mine.values(vouched_at=vouched_at))
