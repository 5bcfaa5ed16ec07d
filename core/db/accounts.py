"""Query organizations, projects, users, teams, chat accounts, tokens, link codes, page sessions and memberships."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.models import (
    ChatHome,
    HookMapping,
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
from core.types import Role, SubscriptionReason
from core.views import PersonView


class AccountStore:
    """Organizations, and everything that belongs to one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organization(self, slug: str | None = None) -> Organization | None:
        """Return the organization with this slug; without a slug the oldest one."""
        query = select(Organization).order_by(Organization.id).limit(1)
        return self._session.scalars(query.where(Organization.slug == slug) if slug else query).first()

    def organization_of(self, organization_id: int) -> Organization | None:
        """Return the organization with this id."""
        return self._session.get(Organization, organization_id)

    def projects(self, slug: str, organization: str | None = None) -> list[tuple[Project, Organization]]:
        """Return the projects with this slug, in one organization or in all."""
        query = select(Project, Organization).join(Organization, Organization.id == Project.organization_id).where(Project.slug == slug)
        if organization:
            query = query.where(Organization.slug == organization)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Project.id))]

    def teams(self, slug: str, organization: str | None = None) -> list[tuple[Team, Organization]]:
        """Return the teams with this slug, in one organization or in all."""
        query = select(Team, Organization).join(Organization, Organization.id == Team.organization_id).where(Team.slug == slug)
        if organization:
            query = query.where(Organization.slug == organization)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Team.id))]

    def projects_of(self, organization_id: int) -> list[Project]:
        """Return all projects of an organization."""
        return list(self._session.scalars(select(Project).where(Project.organization_id == organization_id).order_by(Project.slug)))

    def project(self, project_id: int) -> Project | None:
        """Return the project with this id."""
        return self._session.get(Project, project_id)

    def grouping_rules(self, project_id: int) -> str:
        """Return the project's own grouping rules as they were written; an empty text if it has none."""
        return self._session.scalar(select(Project.grouping_rules).where(Project.id == project_id)) or ""

    def set_grouping_rules(self, project_id: int, text: str) -> None:
        """Store the project's own grouping rules; an empty text removes them."""
        self._session.execute(update(Project).where(Project.id == project_id).values(grouping_rules=text or None))

    def project_of_hook_key(self, sha256: str) -> Project | None:
        """Return the project of a secret hook key."""
        return self._session.scalars(select(Project).where(Project.hook_key_sha256 == sha256)).first()

    def project_of_key(self, public_key: str) -> Project | None:
        """Return the project of a DSN's public key."""
        return self._session.scalars(select(Project).where(Project.public_key == public_key)).first()

    def user(self, user_id: int) -> User | None:
        """Return the user with this id."""
        return self._session.get(User, user_id)

    def users_by_id(self, user_ids: Iterable[int]) -> dict[int, PersonView]:
        """Return the users with these ids, by id."""
        wanted = set(user_ids)
        rows = self._session.scalars(select(User).where(User.id.in_(wanted))) if wanted else ()
        return {row.id: PersonView(row.id, row.name, row.email) for row in rows}

    def users_of_email(self, email: str, organization_id: int | None = None) -> list[User]:
        """Return the users with this e-mail, in one organization or in all."""
        query = select(User).where(func.lower(User.email) == email.lower())
        if organization_id is not None:
            query = query.where(User.organization_id == organization_id)
        return list(self._session.scalars(query.order_by(User.id)))

    def user_of_identity(self, platform: str, tenant: str, subject: str) -> User | None:
        """Return the user of a chat account."""
        query = select(User).join(Identity, Identity.user_id == User.id)
        return self._session.scalars(query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)).first()

    def users_named(self, organization_id: int, name: str) -> list[User]:
        """Return the users with exactly this name, ignoring case."""
        query = select(User).where(User.organization_id == organization_id, func.lower(User.name) == name.lower())
        return list(self._session.scalars(query.order_by(User.id)))

    def users_like(self, organization_id: int, text: str, limit: int, project_id: int | None = None) -> list[User]:
        """Return the users whose name or e-mail contains the text; with a project only those who may be assigned its issues."""
        query = select(User).where(User.organization_id == organization_id).order_by(func.lower(User.name), User.id).limit(limit)
        if team_ids := self._owners(project_id):
            member = exists().where(TeamMember.user_id == User.id, TeamMember.team_id.in_(team_ids))
            query = query.where(or_(User.role >= Role.ADMIN, member))
        if text:
            query = query.where(or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True)))
        return list(self._session.scalars(query))

    def teams_like(self, organization_id: int, text: str, limit: int, project_id: int | None = None) -> list[Team]:
        """Return the teams whose slug contains the text; with a project only those that may be assigned its issues."""
        query = select(Team).where(Team.organization_id == organization_id).order_by(Team.slug).limit(limit)
        if team_ids := self._owners(project_id):
            query = query.where(Team.id.in_(team_ids))
        return list(self._session.scalars(query.where(Team.slug.icontains(text, autoescape=True)) if text else query))

    def team(self, organization_id: int, team_id: int) -> Team | None:
        """Return the team with this id if it belongs to the organization."""
        return self._session.scalars(select(Team).where(Team.organization_id == organization_id, Team.id == team_id)).first()

    def team_of_slug(self, organization_id: int, slug: str) -> Team | None:
        """Return the team with this slug."""
        return self._session.scalars(select(Team).where(Team.organization_id == organization_id, Team.slug == slug.lower())).first()

    def teams_of(self, organization_id: int) -> list[Team]:
        """Return all teams of an organization, by slug."""
        return list(self._session.scalars(select(Team).where(Team.organization_id == organization_id).order_by(Team.slug)))

    def teams_of_projects(self, project_ids: Iterable[int]) -> dict[int, list[Team]]:
        """Return the teams that own each of these projects, by slug; projects without any are absent."""
        query = select(TeamProject.project_id, Team).join(Team, Team.id == TeamProject.team_id).where(TeamProject.project_id.in_(project_ids))
        teams: dict[int, list[Team]] = {}
        for row in self._session.execute(query.order_by(Team.slug)):
            teams.setdefault(row.project_id, []).append(row.Team)
        return teams

    def _owners(self, project_id: int | None) -> list[int]:
        return [] if project_id is None else [team.id for team in self.teams_of_projects([project_id]).get(project_id, [])]

    def projects_open_to(self, user_id: int, project_ids: Iterable[int]) -> set[int]:
        """Return those of the projects that the user belongs to: through a team, or because no team owns them."""
        wanted = set(project_ids)
        rows = self._session.execute(
            select(TeamProject.project_id, TeamMember.user_id)
            .outerjoin(TeamMember, and_(TeamMember.team_id == TeamProject.team_id, TeamMember.user_id == user_id))
            .where(TeamProject.project_id.in_(wanted))
        ).all()
        looked_after = {row.project_id for row in rows}
        return (wanted - looked_after) | {row.project_id for row in rows if row.user_id is not None}

    def members(self, team_ids: Iterable[int]) -> dict[int, set[int]]:
        """Return the user ids of each of these teams."""
        found: dict[int, set[int]] = {team_id: set() for team_id in team_ids}
        for member in self._session.scalars(select(TeamMember).where(TeamMember.team_id.in_(found))):
            found[member.team_id].add(member.user_id)
        return found

    def token(self, sha256: str) -> Token | None:
        """Return the token with this hash."""
        return self._session.scalars(select(Token).where(Token.sha256 == sha256)).first()


class HookMappingStore:
    """The hooks that organizations have made."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_organization(self, organization_id: int) -> list[HookMapping]:
        """All hooks of an organization, by name."""
        query = select(HookMapping).where(HookMapping.organization_id == organization_id)
        return list(self._session.scalars(query.order_by(HookMapping.name)))

    def of_project(self, project_id: int, name: str) -> HookMapping | None:
        """The hook of that name that the project's organization has."""
        query = select(HookMapping).join(Project, Project.organization_id == HookMapping.organization_id)
        return self._session.scalars(query.where(Project.id == project_id, HookMapping.name == name)).first()

    def remove(self, organization_id: int, name: str) -> bool:
        """Removes a hook. Says whether it was there."""
        hook = delete(HookMapping).where(HookMapping.organization_id == organization_id, HookMapping.name == name)
        return bool(self._session.scalars(hook.returning(HookMapping.id)).all())


@dataclass(frozen=True)
class Subscriber:
    """A user to subscribe to an issue, and why."""

    issue_id: int
    user_id: int
    reason: SubscriptionReason


class SubscriptionStore:
    """Subscriptions of users to issues."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, wanted: Sequence[Subscriber]) -> None:
        """Subscribe users who have no row yet. Existing rows stay, because unsubscribing is explicit."""
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
        """Return the subscribers of an issue."""
        query = select(Subscription.user_id).where(Subscription.issue_id == issue_id, Subscription.is_active)
        return set(self._session.scalars(query))

    def set_explicit(self, issue_ids: Sequence[int], user_id: int, *, is_active: bool) -> None:
        """Store a user's explicit choice; it replaces any earlier row."""
        rows = [{"issue_id": issue_id, "user_id": user_id, "is_active": is_active, "reason": SubscriptionReason.UNKNOWN} for issue_id in issue_ids]
        upsert(self._session, Subscription, rows, {"is_active": is_active, "reason": SubscriptionReason.UNKNOWN})

    def remove_for_reason(self, who: dict[int, set[int]], reason: SubscriptionReason) -> None:
        """Remove the subscriptions that these users have for this reason only, by issue id."""
        query = select(Subscription).where(Subscription.issue_id.in_(who), Subscription.reason == reason)
        for row in self._session.scalars(query):
            if row.user_id in who[row.issue_id]:
                self._session.delete(row)


class LinkCodeStore:
    """Link codes, failed tries and chat accounts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Delete expired codes."""
        self._session.execute(delete(LinkCode).where(LinkCode.expires_at <= now))

    def redeem(self, sha256: str, organization_id: int, now: datetime) -> User | None:
        """Return the user of the code and delete the code. If two people redeem it at once, one of them gets None."""
        members = select(User.id).where(User.organization_id == organization_id)
        code = delete(LinkCode).where(LinkCode.sha256 == sha256, LinkCode.expires_at > now, LinkCode.user_id.in_(members))
        user_id = self._session.scalars(code.returning(LinkCode.user_id)).first()
        return None if user_id is None else self._session.get(User, user_id)

    def delete_codes(self, sha256s: Collection[str]) -> None:
        """Delete these codes, if they exist."""
        self._session.execute(delete(LinkCode).where(LinkCode.sha256.in_(sha256s)))

    def tries(self, platform: str, tenant: str, subject: str, now: datetime) -> LinkTries:
        """Return the failed tries of a chat account, locked until the end of the transaction."""
        account = {"platform": platform, "tenant": tenant, "subject": subject}
        upsert(self._session, LinkTries, [{**account, "tries": 0, "since_at": now}])
        return self._session.scalars(select(LinkTries).filter_by(**account).with_for_update()).one()

    def owner(self, platform: str, tenant: str, subject: str) -> Identity | None:
        """Return the identity row of a chat account."""
        return self._session.scalars(select(Identity).filter_by(platform=platform, tenant=tenant, subject=subject)).first()

    def unlink(self, platform: str, tenant: str, subject: str) -> None:
        """Unlink the chat account from its user."""
        self._session.execute(delete(Identity).filter_by(platform=platform, tenant=tenant, subject=subject))


class LoginStore:
    """Login links and sessions, by the hashes of their tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_expired(self, now: datetime) -> None:
        """Delete expired links and sessions."""
        for model in (LoginLink, LoginSession):
            self._session.execute(delete(model).where(model.expires_at <= now))

    def is_open(self, sha256: str, now: datetime) -> bool:
        """Return whether a link is still valid."""
        return self._session.scalars(select(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)).first() is not None

    def redeem(self, sha256: str, now: datetime) -> int | None:
        """Return the user id of the link and delete the link, so that it opens one session only."""
        link = delete(LoginLink).where(LoginLink.sha256 == sha256, LoginLink.expires_at > now)
        return self._session.scalars(link.returning(LoginLink.user_id)).first()

    def user(self, sha256: str, now: datetime) -> User | None:
        """Return the user of a session."""
        query = select(User).join(LoginSession, LoginSession.user_id == User.id)
        return self._session.scalars(query.where(LoginSession.sha256 == sha256, LoginSession.expires_at > now)).first()

    def close(self, sha256: str) -> None:
        """End a session."""
        self._session.execute(delete(LoginSession).where(LoginSession.sha256 == sha256))


class MembershipStore:
    """Chat accounts with their users and memberships."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_account(self, platform: str, tenant: str, subject: str) -> tuple[Identity, User] | None:
        """Return the account's row and its user."""
        query = select(Identity, User).join(User, Identity.user_id == User.id)
        mine = query.where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        row = self._session.execute(mine).first()
        return (row.Identity, row.User) if row else None

    def of_user(self, user_id: int) -> Sequence[tuple[Identity, User, str | None]]:
        """Return the rows of a user's accounts, each with its tenant's service URL if that is known."""
        is_home = and_(ChatHome.platform == Identity.platform, ChatHome.tenant == Identity.tenant)
        query = select(Identity, User, ChatHome.service_url).join(User, Identity.user_id == User.id).outerjoin(ChatHome, is_home)
        rows = self._session.execute(query.where(Identity.user_id == user_id).order_by(Identity.id))
        return [(row.Identity, row.User, row.service_url) for row in rows]

    def note(self, platform: str, tenant: str, subject: str, vouched_at: datetime | None) -> None:
        """Store since when the person counts as a member; None if they do not."""
        mine = update(Identity).where(Identity.platform == platform, Identity.tenant == tenant, Identity.subject == subject)
        self._session.execute(mine.values(vouched_at=vouched_at))
