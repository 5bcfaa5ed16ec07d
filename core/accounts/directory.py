"""Create and find organizations, projects, teams, users, chat accounts and tokens."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.accounts.teams import team_view
from core.accounts.tokens import SCOPES, SCOPES_OF_ROLE, new_hook_key, new_token, sha256
from core.db.columns import DuplicateRow, retry_once
from core.db.database import Database
from core.db.models import Identity, Organization, Project, Team, TeamMember, TeamProject, Token, User
from core.db.unit_of_work import UnitOfWork
from core.errors import AlreadyThere, AmbiguousName, Invalid, UnknownName, UnknownUser
from core.issues.actions.assign import To
from core.types import Role
from core.views import AssigneeView, OrganizationView, ProjectView, TeamView, TokenView, UserView

MAX_RESOLVE_HOURS = 99_999
"""Longest time without events after which an issue resolves by age, more than eleven years."""
_MAX_NAMED = 5
_MAX_NAME_CHARS = 200
_SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,49}$")
_EMAIL = re.compile(r"^[^@\s<>]{1,64}@[^@\s<>]{1,189}$")
_Named = TypeVar("_Named", Project, Team)


@dataclass(frozen=True)
class ChatAccount:
    """A person's account in a chat."""

    platform: str
    tenant: str
    subject: str


@dataclass(frozen=True)
class Newcomer:
    """What is known of a new user. ``email`` is set only if the platform vouches for it."""

    name: str
    email: str | None
    time_zone: str | None


@dataclass(frozen=True)
class Directory:
    """Creates and finds these. Changes take effect at once, in every process."""

    database: Database
    clock: Callable[[], datetime]

    def create_organization(self, slug: str) -> OrganizationView:
        """Create an organization. Raises Invalid or AlreadyThere."""
        with self.database.write() as work:
            if work.accounts.organization(_slug("SLUG", slug)):
                raise AlreadyThere(kind="organization", name=slug)
            row = Organization(slug=slug, created_at=self.clock())
            work.add(row)
            return _organization(row)

    def organization(self, slug: str | None = None) -> OrganizationView:
        """Return the organization with this slug; without a slug the oldest one. Raises UnknownName."""
        with self.database.read() as work:
            row = work.accounts.organization(slug)
        if row is None:
            raise UnknownName(kind="organization", name=slug or "yet; make one with: quell org create SLUG")
        return _organization(row)

    def organization_of(self, organization_id: int) -> OrganizationView | None:
        """Return the organization with this id."""
        with self.database.read() as work:
            row = work.accounts.organization_of(organization_id)
        return _organization(row) if row else None

    def create_project(self, slug: str, organization: str | None, platform: str | None) -> ProjectView:
        """Create a project with a DSN key. Raises Invalid, UnknownName or AlreadyThere."""
        owner = self.organization(organization)
        with self.database.write() as work:
            if work.accounts.projects(_slug("SLUG", slug), owner.slug):
                raise AlreadyThere(kind="project", name=slug)
            now, key = self.clock(), secrets.token_hex(16)
            row = Project(organization_id=owner.id, slug=slug, platform=platform, public_key=key, last_number=0, created_at=now)
            work.add(row)
            return _project(row)

    def project(self, name: str) -> ProjectView:
        """Return the project named ``slug`` or ``org/slug``. Raises UnknownName or AmbiguousName."""
        organization, _, slug = name.rpartition("/")
        with self.database.read() as work:
            return _project(_only(work.accounts.projects(slug.lower(), organization or None), "project", name))

    def projects(self, organization_id: int) -> list[ProjectView]:
        """Return the projects of an organization, by slug."""
        with self.database.read() as work:
            return [_project(row) for row in work.accounts.projects_of(organization_id)]

    def project_in(self, organization_id: int, name: str) -> ProjectView:
        """Return the organization's project with this slug or id. Raises UnknownName."""
        found = [view for view in self.projects(organization_id) if name in (view.slug, str(view.id))]
        if not found:
            raise UnknownName(kind="project", name=name)
        return found[0]

    def project_of_key(self, public_key: str) -> ProjectView | None:
        """Return the project of a DSN's public key."""
        with self.database.read() as work:
            row = work.accounts.project_of_key(public_key)
        return _project(row) if row else None

    def project_of_hook_key(self, hook_key: str) -> ProjectView | None:
        """Return the project of a secret hook key."""
        with self.database.read() as work:
            row = work.accounts.project_of_hook_key(sha256(hook_key))
        return _project(row) if row else None

    def signing_key(self, project_id: int) -> bytes | None:
        """Return the key that checks an HMAC-SHA256 made with the project's secret hook key (see ``new_hook_key``); None if it has none."""
        with self.database.read() as work:
            row = work.accounts.project(project_id)
        return bytes.fromhex(row.hook_key_sha256) if row and row.hook_key_sha256 else None

    def new_hook_key(self, project: ProjectView) -> str:
        """Create a secret key for the project's hooks and return it, once; only its hash is stored. The old key stops working at once. Raises
        UnknownName.
        """
        key = new_hook_key()
        with self.database.write() as work:
            row = work.accounts.project(project.id)
            if row is None:
                raise UnknownName(kind="project", name=project.slug)
            row.hook_key_sha256 = sha256(key)
        return key

    def set_resolve_age(self, project: ProjectView, hours: int | None) -> None:
        """Resolve open issues of the project after this many hours without an event; None means never. Raises Invalid."""
        if hours is not None and not 1 <= hours <= MAX_RESOLVE_HOURS:
            raise Invalid("resolve_age", f"{hours} hours is no age to resolve at; give a whole number from 1 to {MAX_RESOLVE_HOURS:,}.")
        with self.database.write() as work:
            row = work.accounts.project(project.id)
            if row is None:
                raise UnknownName(kind="project", name=project.slug)
            row.resolve_age, row.resolve_age_checked_at = hours, None

    def create_team(self, slug: str, organization_id: int, project_ids: Sequence[int] = ()) -> TeamView:
        """Create a team that owns these projects. Raises Invalid or AlreadyThere."""
        with self.database.write() as work:
            if work.accounts.team_of_slug(organization_id, _slug("SLUG", slug)):
                raise AlreadyThere(kind="team", name=slug)
            row = Team(organization_id=organization_id, slug=slug, created_at=self.clock())
            work.add(row)
            work.session.add_all(TeamProject(team_id=row.id, project_id=project_id) for project_id in project_ids)
            return team_view(row)

    def team(self, name: str) -> TeamView:
        """Return the team named ``slug`` or ``org/slug``. Raises UnknownName or AmbiguousName."""
        organization, _, slug = name.rpartition("/")
        with self.database.read() as work:
            return team_view(_only(work.accounts.teams(slug.lower(), organization or None), "team", name))

    def create_user(self, organization_id: int, newcomer: Newcomer, role: Role, teams: Sequence[TeamView] = ()) -> UserView:
        """Create a user in these teams of the organization. Raises Invalid or AlreadyThere."""
        if not _EMAIL.match(newcomer.email or ""):
            raise Invalid("email", f"{newcomer.email!r} is not an e-mail address. Example: ada@example.com")
        for team in teams:
            if team.organization_id != organization_id:
                raise Invalid("team", f"The team {team.slug} belongs to another organization.")
        with self.database.write() as work:
            if work.accounts.users_of_email(newcomer.email or "", organization_id):
                raise AlreadyThere(kind="user", name=newcomer.email)
            row = self._add_user(work, organization_id, newcomer, role)
            work.session.add_all(TeamMember(team_id=team.id, user_id=row.id) for team in teams)
            return user_view(row)

    def user_of_email(self, email: str, organization_id: int | None = None) -> UserView:
        """Return the user with this e-mail. Raises UnknownUser; AmbiguousName if several organizations have one and none is given."""
        with self.database.read() as work:
            found = work.accounts.users_of_email(_searchable(email), organization_id)
        if not found:
            raise UnknownUser(name=email)
        if len(found) > 1:
            raise AmbiguousName(name=email, candidates=f"{len(found)} people in different organizations")
        return user_view(found[0])

    def user(self, user_id: int) -> UserView | None:
        """Return the user with this id."""
        with self.database.read() as work:
            row = work.accounts.user(user_id)
        return user_view(row) if row else None

    def set_role(self, user: UserView, role: Role, *, request_id: str | None = None) -> UserView:
        """Set the user's role, everywhere and at once. Repeating the same ``request_id`` has no effect.

        Raises UnknownUser.
        """
        return retry_once(lambda: self._set_role(user, role, request_id))

    def _set_role(self, user: UserView, role: Role, request_id: str | None) -> UserView:
        with self.database.write() as work:
            row = work.accounts.user(user.id)
            if row is None:
                raise UnknownUser(name=user.email or user.name)
            if not work.is_repeated(request_id, self.clock()):
                row.role = role
            return user_view(row)

    def user_of_account(self, account: ChatAccount) -> UserView | None:
        """Return the user of a chat account."""
        with self.database.read() as work:
            row = work.accounts.user_of_identity(account.platform, account.tenant, account.subject)
        return user_view(row) if row else None

    def join(self, organization_id: int, account: ChatAccount, newcomer: Newcomer) -> UserView:
        """Return the user of a chat account that is seen for the first time: the user with its e-mail, or a new member.

        Call it only for accounts that the chat has just confirmed as members.
        """
        try:
            return self._join(organization_id, account, newcomer)
        except DuplicateRow:
            # Two first interactions of this person came at the same moment, and the other one has created the user.
            return self._join(organization_id, account, newcomer)

    def _join(self, organization_id: int, account: ChatAccount, newcomer: Newcomer) -> UserView:
        with self.database.write() as work:
            row = work.accounts.user_of_identity(account.platform, account.tenant, account.subject)
            if row is None:
                same = work.accounts.users_of_email(newcomer.email, organization_id) if newcomer.email else []
                row = same[0] if same else self._add_user(work, organization_id, newcomer, Role.MEMBER)
                row.time_zone = newcomer.time_zone or row.time_zone
                named = {"platform": account.platform, "tenant": account.tenant, "subject": account.subject}
                now = self.clock()
                work.add(Identity(user_id=row.id, created_at=now, vouched_at=now, **named))
            return user_view(row)

    def create_token(self, organization_id: int, user: UserView | None, scopes: Sequence[str] = ()) -> str:
        """Create an API token and return it, once; only its hash is stored. By default it gets all scopes that the user's role allows."""
        allowed = SCOPES_OF_ROLE[user.role] if user else SCOPES
        for scope in scopes:
            if scope not in allowed:
                whose = f", the scopes that the role {user.role.name.lower()} allows" if user else ""
                raise Invalid("scope", f"{scope} is not one of {', '.join(allowed)}{whose}.")
        token = new_token()
        with self.database.write() as work:
            owner = user.id if user else None
            row = Token(organization_id=organization_id, user_id=owner, sha256=sha256(token), scopes=list(scopes or allowed), created_at=self.clock())
            work.add(row)
        return token

    def token(self, token: str) -> TokenView | None:
        """Return what a token allows, or None for an unknown token."""
        with self.database.read() as work:
            row = work.accounts.token(sha256(token))
            user = work.accounts.user(row.user_id) if row and row.user_id else None
        if row is None:
            return None
        # A token never allows more than its user's current role.
        allowed = SCOPES_OF_ROLE[Role(user.role)] if user else SCOPES
        return TokenView(row.organization_id, user_view(user) if user else None, frozenset(row.scopes) & frozenset(allowed))

    def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Store the URL at which a tenant is reached."""
        with self.database.write() as work:
            work.channels.set_service_url(platform, tenant, service_url)

    def assignees_like(self, organization_id: int, text: str, limit: int, project_id: int | None = None) -> list[AssigneeView]:
        """Return teams and users whose names contain the text; with a project only those who may be assigned its issues."""
        text = _searchable(text)
        with self.database.read() as work:
            accounts = work.accounts
            teams = [AssigneeView("team", row.id, row.slug) for row in accounts.teams_like(organization_id, text, limit, project_id)]
            users = [AssigneeView("user", row.id, row.name, row.email) for row in accounts.users_like(organization_id, text, limit, project_id)]
        return (teams + users)[:limit]

    def may_be_assigned(self, user: UserView, project_id: int | None) -> bool:
        """Return whether issues of the project, where one is given, can be assigned to the user."""
        if project_id is None or user.role is Role.ADMIN:
            return True
        with self.database.read() as work:
            return project_id in work.accounts.projects_open_to(user.id, [project_id])

    def assignee(self, organization_id: int, name: str, *, is_whole: bool = False) -> To:
        """Return the team or user that ``#team``, an e-mail or a name refers to. Unless ``is_whole``, part of a name is enough.

        Raises UnknownName, UnknownUser or AmbiguousName.
        """
        bare = _searchable(name.removeprefix("@"))
        with self.database.read() as work:
            if name.startswith("#"):
                team = work.accounts.team_of_slug(organization_id, bare[1:])
                if team is None:
                    raise UnknownName(kind="team", name=name)
                return To("team", team.id)
            found = work.accounts.users_of_email(bare, organization_id) or work.accounts.users_named(organization_id, bare)
            if not found and not is_whole:
                found = work.accounts.users_like(organization_id, bare, _MAX_NAMED)
        if not found:
            raise UnknownUser(name=name)
        if len(found) > 1:
            raise AmbiguousName(name=name, candidates=", ".join(row.email or row.name for row in found))
        return To("user", found[0].id)

    def _add_user(self, work: UnitOfWork, organization_id: int, newcomer: Newcomer, role: Role) -> User:
        email = newcomer.email.lower() if newcomer.email else None
        row = User(organization_id=organization_id, email=email, name=newcomer.name, role=role, time_zone=newcomer.time_zone, created_at=self.clock())
        work.add(row)
        return row


def _slug(field: str, slug: str) -> str:
    if not _SLUG.match(slug):
        raise Invalid(field, f"{slug!r} is not a slug: up to 50 lower-case letters, digits, - and _. Example: shop")
    return slug


def _searchable(text: str) -> str:
    """Remove NUL characters: PostgreSQL refuses to search for them."""
    return text.replace("\0", "")[:_MAX_NAME_CHARS]


def _organization(row: Organization) -> OrganizationView:
    return OrganizationView(row.id, row.slug, row.created_at)


def _only(rows: Sequence[tuple[_Named, Organization]], kind: str, name: str) -> _Named:
    """Return the only one of the rows that a name stands for. Raises UnknownName or AmbiguousName."""
    if not rows:
        raise UnknownName(kind=kind, name=name)
    if len(rows) > 1:
        raise AmbiguousName(name=name, candidates=", ".join(f"{owner.slug}/{row.slug}" for row, owner in rows))
    return rows[0][0]


def _project(row: Project) -> ProjectView:
    return ProjectView(row.id, row.organization_id, row.slug, row.platform, row.public_key)


def user_view(row: User) -> UserView:
    """Build the view of a user."""
    return UserView(row.id, row.name, row.email, row.organization_id, Role(row.role), row.time_zone)
