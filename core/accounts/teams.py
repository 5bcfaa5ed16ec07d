"""List teams, and which projects they own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.db.database import Database
from core.db.models import Team
from core.views import TeamView


@dataclass(frozen=True)
class Teams:
    """Read-only questions about teams."""

    database: Database

    def of_organization(self, organization_id: int) -> list[TeamView]:
        """Return the teams of an organization, by slug."""
        with self.database.read() as work:
            return [team_view(row) for row in work.accounts.teams_of(organization_id)]

    def owners(self, project_ids: Sequence[int]) -> dict[int, list[TeamView]]:
        """Return the teams that own each of these projects, by slug; projects without any are absent."""
        with self.database.read() as work:
            found = work.accounts.teams_of_projects(project_ids)
        return {project_id: [team_view(row) for row in rows] for project_id, rows in found.items()}


def team_view(row: Team) -> TeamView:
    """Build the view of a team."""
    return TeamView(row.id, row.organization_id, row.slug)
