"""Who may look after the issues of which project (D30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Access:
    """The people and teams of one organization, each as ``user:1`` or ``team:1``."""

    people: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The people of each team."""
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The teams of each project, by its slug; a project without any is open to the whole organization."""

    @property
    def known(self) -> tuple[str, ...]:
        """Everybody and every team."""
        return (*sorted(self.people), *sorted(self.members))

    def may_have(self, project: str, to: str) -> bool:
        """Whether an issue of the project can be assigned to them."""
        if to not in self.known:
            return False
        teams = self.teams.get(project)
        return not teams or to in teams or to in self.admins or any(to in self.members[team] for team in teams)
