"""Views of issues and related rows: frozen values with everything that a card, a page and the API need."""

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
    """A project, with the key in its DSN."""

    id: int
    organization_id: int
    slug: str
    platform: str | None
    public_key: str

    def dsn(self, base_url: str) -> str:
        """Return the DSN to configure a Sentry SDK with, for events sent to this base URL."""
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
    """A user, with their role."""

    id: int
    name: str
    email: str | None
    organization_id: int
    role: Role
    time_zone: str | None


@dataclass(frozen=True)
class TokenView:
    """What a token of the HTTP API allows. A token without a user acts without a user."""

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
    """The assignee of an issue; ``kind`` is ``user`` or ``team``."""

    kind: str
    id: int
    name: str
    email: str | None = None


@dataclass(frozen=True)
class ActivityView:
    """An activity of an issue. ``tags`` are those that its request added to the data."""

    id: int
    user: PersonView | None
    source: str
    data: ActivityData
    happened_at: datetime
    version: int
    tags: JSON = field(default_factory=dict)
    merged_from: str | None = None
    """The short id of the issue that it happened to, where that was merged into the one whose history is read."""

    @property
    def type(self) -> ActivityType:
        """What happened."""
        return self.data.type


@dataclass(frozen=True)
class SnoozeView:
    """The condition that ends an archive, with the counts since it began."""

    until_at: datetime | None
    events: int | None
    users: int | None
    events_so_far: int
    users_so_far: int
    events_window: int | None = None
    """The window for the number of events, in minutes."""
    users_window: int | None = None


@dataclass(frozen=True)
class ResolutionView:
    """The release in which an issue is resolved; ``is_pending`` is true while that is the release after ``version``."""

    version: str
    is_pending: bool
    current_release_version: str | None


@dataclass(frozen=True)
class InboxView:
    """Why and since when an issue waits for review; ``ended_snooze`` is the condition of the archive whose end put it there."""

    reason: InboxReason
    added_at: datetime
    ended_snooze: EndedSnooze | None = None


@dataclass(frozen=True)
class IssueView:
    """An issue at one moment."""

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
    """When a deleted issue is purged."""
    last_move: ActivityView | None
    """The newest change of status, deletion or restore: who, from where and when."""
    release: str | None
    environment: str | None
    hours: tuple[tuple[datetime, int], ...]
    """Events in each of the last 24 hours, the current hour last; hours without events are 0."""
    copies: int
    """The number of messages that show it."""
    resolution: ResolutionView | None = None
    last_change: ActivityView | None = None
    """The newest change that can be undone or overwritten: of status, assignee, priority, inbox or existence."""
    fixed_by: PersonView | None = None
    """Who resolved it last."""
    has_releases: bool = False
    """Whether its project has releases."""

    @property
    def short_id(self) -> str:
        """Return the short id, such as ``SHOP-1F``."""
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
    """Whether a user is subscribed to an issue or has unsubscribed, and why."""

    is_active: bool
    reason: SubscriptionReason


@dataclass(frozen=True)
class IssueDetails:
    """The details of an issue beyond its view, including those that depend on the user who asks."""

    share_id: str | None = None
    decided_by: PersonView | None = None
    """Who archived it under a condition, or resolved it in a release."""
    commit: FixingCommitView | None = None
    """The commit that resolves it."""
    has_seen: bool = False
    is_bookmarked: bool = False
    subscription: SubscriptionView | None = None


@dataclass(frozen=True)
class TagView:
    """A tag of an issue's events, and the number of events that have it."""

    key: str
    value: str
    times_seen: int
    last_seen_at: datetime | None = None


@dataclass(frozen=True)
class TagKeyView:
    """A key of tags, with the number of its different values, and of the events that have it."""

    key: str
    values: int
    times_seen: int


@dataclass(frozen=True)
class EventView:
    """A stored event."""

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
    """The tombstone of a discarded issue, and the number of events that it has dropped."""

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
