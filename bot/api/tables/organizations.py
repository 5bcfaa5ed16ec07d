"""The routes of tokens, organizations, projects, teams and tags."""

from __future__ import annotations

from bot.api.auth import LISTS, LOOKUPS
from bot.api.reading.projects import ANY_PROJECT
from bot.api.routes import organization, projects, tags, teams
from bot.api.schemas import organizations as schemas
from bot.api.schemas.issues import EnvironmentJson, TagKeyJson
from bot.api.tables.route import HIDDEN, ORGANIZATION, PROJECT, ApiRoute, listed, shown

_ORGANIZATIONS = listed(schemas.OrganizationJson)
_PROJECTS = listed(schemas.ProjectJson)
_TEAMS = listed(schemas.TeamJson)

ROUTES = (
    ApiRoute("GET", ["/api/0/"], organization.root, "The token and the API version", None, shown(schemas.RootJson)),
    ApiRoute("GET", ["/api/0/auth/"], organization.identity, "The user of the token", None, shown(schemas.IdentityJson)),
    ApiRoute("GET", ["/api/0/organizations/"], organization.show_all, "Organizations", LISTS, _ORGANIZATIONS, (403,)),
    ApiRoute("GET", [f"{ORGANIZATION}/"], organization.show, "One organization", LOOKUPS, shown(schemas.OrganizationJson), HIDDEN),
    ApiRoute("GET", ["/api/0/projects/"], projects.show_all, "Projects of the token's organization", LISTS, _PROJECTS, (403,)),
    ApiRoute("GET", [f"{ORGANIZATION}/projects/"], projects.show_all, "Projects", LISTS, _PROJECTS, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/"], projects.show, "One project", LOOKUPS, shown(schemas.ProjectJson), HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/keys/"], projects.keys, "DSN of a project", LISTS, listed(schemas.KeyJson), HIDDEN),
    ApiRoute("GET", [f"{ORGANIZATION}/teams/"], teams.show_all, "Teams", LISTS, _TEAMS, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/teams/"], teams.of_project, "Teams of a project", LISTS, _TEAMS, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/environments/"], tags.environments, "Environments of a project", LISTS, listed(EnvironmentJson), HIDDEN),
    ApiRoute("GET", ["/api/0/teams/{org}/{team}/projects/"], teams.projects, "Projects of a team", LISTS, _PROJECTS, HIDDEN),
    ApiRoute("GET", [f"{ORGANIZATION}/tags/"], tags.of_organization, "Keys of tags", LISTS, listed(TagKeyJson), HIDDEN, narrowed_by=ANY_PROJECT),
)
