"""A core with a project in it, a clock that is told the time, and short words for what tests do with them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.accounts.directory import Newcomer
from core.bootstrap import Core
from core.events.record import Occurrence, Recorded
from core.issues.actions import Action, SetPublic
from core.issues.actions.outcomes import ShareOutcome
from core.issues.requests import UpdateRequest, UpdateResult
from core.types import Actor, ByIds, Level, Role, Source
from core.views import IssueView, ProjectView, UserView

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday."""


@dataclass
class Clock:
    """A clock that stands still until it is told otherwise."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class World:
    """A core with an organization, a project and an admin, and short words for what tests do with them."""

    core: Core
    clock: Clock
    project: ProjectView
    ada: UserView
    events: int = 0
    woken: list[bool] = field(default_factory=list)

    @property
    def organization_id(self) -> int:
        return self.project.organization_id

    def event(self, title: str = "Boom", *, person: str | None = None, ago: float = 0, release: str | None = None) -> Recorded:
        """One event of the issue that this title makes; ``ago`` is how many seconds ago it happened."""
        self.events += 1
        return self.core.occurrences.record(self.project.id, [self.occurrence(title, person=person, ago=ago, release=release)])[0]

    def occurrence(self, title: str, *, person: str | None = None, ago: float = 0, release: str | None = None) -> Occurrence:
        return Occurrence(
            event_id=uuid.uuid4().hex,
            happened_at=self.clock() - timedelta(seconds=ago),
            hashes=(uuid.uuid5(uuid.NAMESPACE_OID, title).hex,),
            title=title,
            culprit="shop.pay",
            message=f"{title} in the cellar",
            level=Level.ERROR,
            platform="python",
            details={"title": title},
            person=person,
            release=release,
            environment="production",
            payload={"message": title},
        )

    def do(
        self, *actions: Action, ids: tuple[int | str, ...] = ("SHOP-1",), expected_version: int | None = None, request_id: str | None = None
    ) -> UpdateResult:
        """Asks for actions as Ada, from Slack, strictly as in chat."""
        request = UpdateRequest(
            self.organization_id,
            ByIds(ids, is_strict=True),
            actions,
            Source.SLACK,
            Actor(self.ada.id, self.ada.role),
            request_id=request_id,
            expected_version=expected_version,
        )
        return self.core.engine.apply(request)

    def share(self, name: int | str = "SHOP-1") -> str:
        """Makes an issue public; the secret in its link."""
        (outcome,) = self.do(SetPublic(is_public=True), ids=(name,)).outcomes
        assert isinstance(outcome, ShareOutcome)
        assert outcome.share_id
        return outcome.share_id

    def issue(self, name: int | str = "SHOP-1") -> IssueView:
        return self.core.reads.issue(self.organization_id, name)

    def history(self, name: int | str = "SHOP-1") -> list[str]:
        """The names of what happened, oldest first."""
        return [activity.type.name.lower() for activity in reversed(self.core.reads.activities(self.organization_id, name))]


def make_world(core: Core, clock: Clock, slug: str = "acme") -> World:
    organization = core.directory.create_organization(slug)
    project = core.directory.create_project("shop", slug, "python")
    ada = core.directory.create_user(organization.id, Newcomer("Ada", f"ada@{slug}.example", "Europe/Lisbon"), Role.ADMIN)
    return World(core, clock, project, ada)
