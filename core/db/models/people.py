"""Organizations, projects, users, teams, chat accounts and tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, BigInt, Key, Small, of_organization, owned_by


class Organization(Base):
    """The owner of projects and people. Nothing is visible across organizations."""

    __tablename__ = "organisations"
    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class Project(Base):
    """A monitored program."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organization_id", "slug"), Index("ix_projects_hook_key", "hook_key_sha256", unique=True))
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    slug: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str | None] = mapped_column(String(64))
    public_key: Mapped[str] = mapped_column(String(32), unique=True)
    hook_key_sha256: Mapped[str | None] = mapped_column(String(64))
    """Hash of the secret key that may resolve any issue by a webhook."""
    last_number: Mapped[int] = mapped_column(BigInt, default=0)
    """The number of the newest issue; short ids count up from it."""
    resolve_age: Mapped[int | None]
    """Hours without an event after which an open issue is resolved; NULL means never."""
    resolve_age_checked_at: Mapped[datetime | None]
    velocity: Mapped[float | None]
    """Events per hour above which a new issue escalates; 0 and NULL mean unknown."""
    velocity_at: Mapped[datetime | None]
    """When the velocity was computed."""
    grouping_rules: Mapped[str | None] = mapped_column(Text, deferred=True)
    """Grouping rules of its own, as they were written; read only where they are asked for."""
    created_at: Mapped[datetime]


class HookMapping(Base):
    """A hook that an organization has made for a program that Quell does not know: where in its JSON an alert stands."""

    __tablename__ = "hook_mappings"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    name: Mapped[str] = mapped_column(String(16))
    texts: Mapped[list[str]]
    """``FIELD=VALUE`` each, as they were typed."""
    created_at: Mapped[datetime]


class User(Base):
    """A person in one organization."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("organization_id", "email"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Small]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Identity(Base):
    """The user of a chat account."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("platform", "tenant", "subject"),)
    id: Mapped[Key]
    user_id: Mapped[int] = owned_by("users", index=True)
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    vouched_at: Mapped[datetime | None]
    """When the chat last confirmed the membership. NULL if it has denied it since: then the account gets no messages."""


class Team(Base):
    """People who can be assigned together."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    slug: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class TeamMember(Base):
    """A person in a team."""

    __tablename__ = "team_members"
    team_id: Mapped[int] = owned_by("teams", key=True)
    user_id: Mapped[int] = owned_by("users", key=True)


class TeamProject(Base):
    """A team that owns a project."""

    __tablename__ = "team_projects"
    team_id: Mapped[int] = owned_by("teams", key=True)
    project_id: Mapped[int] = owned_by("projects", key=True)


class Token(Base):
    """An API token; only its SHA-256 is stored. Without a user it acts as nobody."""

    __tablename__ = "tokens"
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    user_id: Mapped[int | None] = owned_by("users")
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]


class LinkCode(Base):
    """A one-time code that links a chat account to a user; only its SHA-256 is stored. Deleted on use."""

    __tablename__ = "link_codes"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = owned_by("users")
    expires_at: Mapped[datetime]


class LinkTries(Base):
    """Number of wrong codes from a chat account since a time."""

    __tablename__ = "link_tries"
    platform: Mapped[str] = mapped_column(String(16), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    tries: Mapped[int]
    since_at: Mapped[datetime]


class LoginLink(Base):
    """A one-time link to the issue pages; only the SHA-256 of its token is stored. Deleted on use."""

    __tablename__ = "login_links"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = owned_by("users")
    expires_at: Mapped[datetime]


class LoginSession(Base):
    """A browser session for the issue pages; only the SHA-256 of its token is stored."""

    __tablename__ = "login_sessions"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = owned_by("users")
    expires_at: Mapped[datetime]
