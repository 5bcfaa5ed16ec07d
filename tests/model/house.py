"""The core in which the model and the engine are compared, with the people, teams and projects that both know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from core.accounts.directory import Newcomer
from core.bootstrap import Core
from core.db.columns import Base
from core.notify.watches import ChannelName
from core.types import Role
from tests.model.access import Access
from tests.model.model import Model
from tests.support.core import NOON, Clock

PROJECTS = ("shop", "cart")
AGES = {"shop": timedelta(hours=36)}
"""After how long an open issue of a project counts as resolved."""
WORLD = {"organisations", "projects", "users", "teams", "team_members", "team_projects", "channels", "watches", "alembic_version"}
"""The tables that a fresh start leaves alone."""


@dataclass
class House:
    """A core with an organization, two projects that a channel watches, four people and two teams; emptied of issues before each example."""

    core: Core
    clock: Clock
    organization_id: int
    projects: dict[str, int]
    people: dict[str, int]
    access: Access
    model: type[Model] = Model

    @classmethod
    def build(cls, core: Core, clock: Clock) -> House:
        directory = core.directory
        organization = directory.create_organization("acme")
        projects = [directory.create_project(slug, "acme", None) for slug in PROJECTS]
        for project in projects:
            core.watches.set(project, ChannelName("slack", "C1"))
        directory.set_resolve_age(projects[0], int(AGES["shop"].total_seconds()) // 3600)
        # The shop belongs to a team, the cart to everybody.
        shop_team = directory.create_team("checkout", organization.id, [projects[0].id])
        other_team = directory.create_team("cellar", organization.id)
        teams = {"ada": (), "ben": (), "cem": (shop_team,), "dan": (other_team,)}
        roles = {"ada": Role.ADMIN, "ben": Role.ADMIN}
        people = [
            directory.create_user(organization.id, Newcomer(name, f"{name}@acme.example", None), roles.get(name, Role.MEMBER), mine)
            for name, mine in teams.items()
        ]
        names = {user.name: f"user:{user.id}" for user in people}
        access = Access(
            people=frozenset(names.values()),
            admins=frozenset({names["ada"], names["ben"]}),
            members={f"team:{shop_team.id}": frozenset({names["cem"]}), f"team:{other_team.id}": frozenset({names["dan"]})},
            teams={"shop": frozenset({f"team:{shop_team.id}"})},
        )
        ids = {project.slug: project.id for project in projects}
        return cls(core, clock, organization.id, ids, {user.name: user.id for user in people}, access)

    @property
    def assignable(self) -> tuple[str, ...]:
        return self.access.known

    def empty(self) -> None:
        """No issue, no event, no request; numbers begin at 1 again."""
        tables = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name not in WORLD]
        with self.core.database.write() as work:
            if self.core.database.engine.dialect.name == "postgresql":
                work.session.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
            else:
                for table in tables:
                    work.session.execute(text(f"DELETE FROM {table}"))
                work.session.execute(text("DELETE FROM sqlite_sequence WHERE name IN ('issues', 'activities', 'messages')"))
            work.session.execute(text("UPDATE projects SET last_number = 0, resolve_age_checked_at = NULL"))
        self.clock.now = NOON
