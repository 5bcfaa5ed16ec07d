"""What others may see of an issue: frozen values, complete enough for a card, a page and the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.activity_data import ActivityData, EndedSnooze
from core.types import JSON, ActivityType, InboxReason, Level, Priority, Role, Status, SubscriptionReason, Substatus, short_id


@dataclass(frozen=True)
class OrganizationView:
    """An organization."""

    id: int
    slug: str
    created_at: datetime


@dataclass(frozen=True)
class ProjectView:
    """A project, with the key that its DSN carries."""

    id: int
    organization_id: int
    slug: str
    platform: str | None
    public_key: str

    def dsn(self, base_url: str) -> str:
        """What a Sentry SDK is configured with, for events sent to this base URL."""
        scheme, _, host = base_url.partition("://")
        return f"{scheme}://{self.public_key}@{host}/{self.id}"


@dataclass(frozen=True)
class TeamView:
    """A team."""

    id: int
    organization_id: int
    slug: str


@dataclass(frozen=True)
class UserView:
    """A user, with what they may do."""

    id: int
    name: str
    email: str | None
    organization_id: int
    role: Role
    time_zone: str | None


@dataclass(frozen=True)
class TokenView:
    """What a token of the HTTP API allows. Without a user it acts as nobody."""

    organization_id: int
    user: UserView | None
    scopes: frozenset[str]


@dataclass(frozen=True)
class PersonView:
    """A user."""

    id: int
    name: str
    email: str | None


@dataclass(frozen=True)
class AssigneeView:
    """Who looks after an issue; ``kind`` is ``user`` or ``team``."""

    kind: str
    id: int
    name: str
    email: str | None = None


@dataclass(frozen=True)
class ActivityView:
    """Something that happened to an issue. ``tags`` is what its request added to the data."""

    id: int
    user: PersonView | None
    source: str
    data: ActivityData
    happened_at: datetime
    version: int
    tags: JSON = field(default_factory=dict)

    @property
    def type(self) -> ActivityType:
        """What happened."""
        return self.data.type


@dataclass(frozen=True)
class SnoozeView:
    """What ends an archive, with how far the counts have come since it began."""

    until_at: datetime | None
    events: int | None
    users: int | None
    events_so_far: int
    users_so_far: int
    events_window: int | None = None
    """Minutes, where so many events within such a stretch are waited for."""
    users_window: int | None = None


@dataclass(frozen=True)
class ResolutionView:
    """In which release an issue is resolved; ``is_pending`` while that is the one after ``version``."""

    version: str
    is_pending: bool
    current_release_version: str | None


@dataclass(frozen=True)
class InboxView:
    """Why an issue waits for review, and since when; ``ended_snooze`` is the one whose end put it there."""

    reason: InboxReason
    added_at: datetime
    ended_snooze: EndedSnooze | None = None


@dataclass(frozen=True)
class IssueView:
    """An issue as it is at one moment."""

    id: int
    number: int
    project: ProjectView
    version: int
    status: Status
    substatus: Substatus | None
    level: Level
    priority: Priority
    priority_locked_at: datetime | None
    title: str
    culprit: str
    message: str
    platform: str
    details: JSON
    times_seen: int
    users_seen: int
    comments: int
    first_seen_at: datetime
    last_seen_at: datetime
    assignee: AssigneeView | None
    snooze: SnoozeView | None
    inbox: InboxView | None
    purge_at: datetime | None
    """When a deleted issue is gone for good."""
    last_move: ActivityView | None
    """The newest change of status, deletion or restore: who, from where and when."""
    release: str | None
    environment: str | None
    hours: tuple[tuple[datetime, int], ...]
    """Events in each of the last 24 hours, the current one last; hours without any are there too."""
    copies: int
    """In how many places it is shown."""
    resolution: ResolutionView | None = None
    last_change: ActivityView | None = None
    """The newest change of anything that can be undone or overwritten: status, assignee, priority, inbox or existence."""
    fixed_by: PersonView | None = None
    """Who resolved it last."""
    has_releases: bool = False
    """Whether its project has releases to be resolved in."""

    @property
    def short_id(self) -> str:
        """The id people say, such as ``SHOP-1F``."""
        return short_id(self.project.slug, self.number)


@dataclass(frozen=True)
class FixingCommitView:
    """A commit that resolves an issue."""

    sha: str
    repository: str
    message: str | None
    committed_at: datetime


@dataclass(frozen=True)
class SubscriptionView:
    """Whether somebody is told of an issue's changes, or asked not to be, and why."""

    is_active: bool
    reason: SubscriptionReason


@dataclass(frozen=True)
class IssueDetails:
    """What a full description says of an issue beside its view, as far as it depends on who asks."""

    share_id: str | None = None
    decided_by: PersonView | None = None
    """Who archived it under a condition, or resolved it in a release."""
    commit: FixingCommitView | None = None
    """What resolves it."""
    has_seen: bool = False
    is_bookmarked: bool = False
    subscription: SubscriptionView | None = None


@dataclass(frozen=True)
class TagView:
    """A tag of an issue's events, and how many of them carried it."""

    key: str
    value: str
    times_seen: int


@dataclass(frozen=True)
class EventView:
    """An event as it was reported and kept."""

    id: int
    event_id: str
    issue_id: int
    project_id: int
    title: str
    happened_at: datetime
    received_at: datetime
    release: str | None
    environment: str | None
    payload: JSON


@dataclass(frozen=True)
class TombstoneView:
    """What a discard left behind, and how many events it has kept out since."""

    id: int
    issue_id: int
    level: Level
    title: str
    culprit: str
    message: str
    actor: PersonView | None
    times_seen: int
    last_seen_at: datetime | None
    created_at: datetime
