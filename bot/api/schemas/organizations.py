"""The schemas of tokens, organizations, projects, keys and teams, for ``/openapi.json``. The routes and ``directory_json`` build the responses."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from bot.api.schemas.issues import IssueProjectJson, JsonModel


class AccountJson(JsonModel):
    """The user of a token."""

    id: str
    name: str
    email: str
    username: str


class IdentityJson(AccountJson):
    """The user that a token acts as; 0 is nobody."""

    is_active: bool


class AuthJson(JsonModel):
    """The rights of a token."""

    scopes: list[str]


class RootJson(JsonModel):
    """The API as a token sees it."""

    version: str
    auth: AuthJson
    user: AccountJson | None


class StateJson(JsonModel):
    """A state."""

    id: Literal["active"]
    name: Literal["active"]


class OrganizationJson(JsonModel):
    """An organization."""

    model_config = ConfigDict(alias_generator=lambda name: "require2FA" if name == "require_2fa" else to_camel(name))

    id: str
    slug: str
    name: str
    date_created: str
    status: StateJson
    is_early_adopter: bool
    require_2fa: bool
    require_email_verification: bool
    features: list[str]


class TeamJson(JsonModel):
    """A team."""

    id: str
    slug: str
    name: str
    is_member: bool
    has_access: bool


class OwnerJson(JsonModel):
    """The organization of a project."""

    id: str
    slug: str
    name: str


class ProjectJson(IssueProjectJson):
    """A project, with the teams that own it; ``team`` is the first of them."""

    team: TeamJson | None
    teams: list[TeamJson]
    organization: OwnerJson
    status: Literal["active"]
    is_member: bool
    has_access: bool


class DsnJson(JsonModel):
    """Where events are sent to. There is no secret key: both are the same."""

    public: str
    secret: str


class KeyJson(JsonModel):
    """The key that a project's events are sent with."""

    id: str
    name: str
    label: str
    public: str
    project_id: int
    is_active: bool
    date_created: None
    rate_limit: None
    dsn: DsnJson
