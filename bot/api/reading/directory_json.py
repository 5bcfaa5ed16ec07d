"""Projects, keys and teams as JSON with Sentry's keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import JSON
from core.views import OrganizationView, ProjectView, TeamView


def project_json(project: ProjectView, organization: OrganizationView, teams: Sequence[TeamView]) -> JSON:
    """Return a project with its organization and the teams that own it. Sentry calls the first of these its team."""
    owners = [team_json(team) for team in teams]
    return {
        "id": str(project.id),
        "slug": project.slug,
        "name": project.slug,
        "platform": project.platform,
        "team": owners[0] if owners else None,
        "teams": owners,
        "organization": {"id": str(organization.id), "slug": organization.slug, "name": organization.slug},
        "status": "active",
        "isMember": True,
        "hasAccess": True,
    }


def team_json(team: TeamView) -> JSON:
    """Return a team."""
    return {"id": str(team.id), "slug": team.slug, "name": team.slug, "isMember": True, "hasAccess": True}


def key_json(project: ProjectView, links_begin_with: str) -> JSON:
    """Return the key of a project's DSN. There is no secret one: both DSNs are the same."""
    dsn = project.dsn(links_begin_with)
    return {
        "id": project.public_key,
        "name": "Default",
        "label": "Default",
        "public": project.public_key,
        "projectId": project.id,
        "isActive": True,
        "dateCreated": None,
        "rateLimit": None,
        "dsn": {"public": dsn, "secret": dsn},
    }
