"""The shapes of answers and bodies, for ``/openapi.json``. Answers are built in ``issues_json`` and ``home``; tests hold the two together."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

IssueStatus = Literal["unresolved", "resolved", "ignored", "pending_deletion", "deletion_in_progress", "pending_merge"]


class Shape(BaseModel):
    """Names in JSON are camelCase, as Sentry has them; nothing else is in it."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Person(Shape):
    """A user."""

    id: str
    name: str
    email: str | None


class Account(Person):
    """The user of a token."""

    username: str


class Auth(Shape):
    """What a token may do."""

    scopes: list[str]


class Root(Shape):
    """The API as a token sees it."""

    version: str
    auth: Auth
    user: Account | None


class Organisation(Shape):
    """An organisation."""

    model_config = ConfigDict(alias_generator=lambda name: "require2FA" if name == "require_2fa" else to_camel(name))

    id: str
    slug: str
    name: str
    date_created: str
    is_early_adopter: bool
    require_2fa: bool
    require_email_verification: bool
    features: list[str]


class IssueProject(Shape):
    """The project of an issue."""

    id: str
    slug: str
    name: str
    platform: str | None


class Project(IssueProject):
    """A project."""

    team: None


class Assignee(Shape):
    """Who looks after an issue; a team has no e-mail address."""

    type: Literal["user", "team"]
    id: str
    name: str
    email: str | None = None


class Inbox(BaseModel):
    """Why an issue waits for review: 0 new, 2 regression, 3 by hand, 5 escalating, 6 ongoing."""

    model_config = ConfigDict(extra="forbid")

    reason: int
    reason_details: dict[str, Any] | None
    date_added: str


class TagValue(Shape):
    """A value of a tag, and how many events had it."""

    value: str
    count: int


class Tag(Shape):
    """A tag of an issue's events."""

    key: str
    name: str
    total_values: int
    top_values: list[TagValue]


class Subscription(Shape):
    """Why somebody is told of an issue's changes."""

    reason: Literal["commented", "assigned", "bookmarked", "changed_status", "mentioned", "unknown"]


class Issue(Shape):
    """An issue. ``version`` counts changes of its triage state; send it back as ``expectedVersion``."""

    id: str
    short_id: str
    title: str
    culprit: str
    permalink: str
    level: Literal["debug", "info", "warning", "error", "fatal"]
    status: IssueStatus
    status_details: dict[str, Any]
    substatus: str | None
    is_public: bool
    platform: str
    project: IssueProject
    type: Literal["error", "default"]
    metadata: dict[str, Any]
    num_comments: int
    assigned_to: Assignee | None
    is_bookmarked: bool
    is_subscribed: bool
    subscription_details: Subscription | None
    has_seen: bool
    priority: Literal["low", "medium", "high"]
    priority_locked_at: str | None
    issue_type: str
    issue_category: str
    count: str
    user_count: int
    first_seen: str
    last_seen: str
    stats: dict[str, list[tuple[int, int]]]
    inbox: Inbox | None
    share_id: str | None
    annotations: list[Any]
    version: int
    tags: list[Tag] | None = None


class Activity(Shape):
    """Something that happened to an issue; ``user`` is null where nobody of ours did it, ``source`` says where it was asked for."""

    id: str
    type: str
    user: Person | None
    date_created: str | None
    data: dict[str, Any]
    source: str


class Activities(Shape):
    """The activity log, newest first."""

    activity: list[Activity]


class Message(Shape):
    """A copy of an issue in a chat. ``waitsBecause`` is what it, its channel or its whole platform waits for; ``channelName`` what people call it."""

    platform: str
    channel: str
    channel_name: str | None
    state: Literal["shown", "behind", "parked"]
    shown_version: int
    wanted_version: int
    tries: int
    waits_because: str | None
    not_before: str
    date_shown: str | None


class Merged(Shape):
    """What became of issues that are one now."""

    parent: str
    children: list[str]


class Delta(BaseModel):
    """What was asked for, as it is now for all selected issues; only what was asked for is there.

    ``activity`` is there where one issue was solved in a release; ``ignore…`` fields that did nothing are repeated.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")

    activity: list[Activity] | None = None
    assigned_to: Assignee | None = None
    discard: bool | None = None
    has_seen: bool | None = None
    inbox: bool | None = None
    is_bookmarked: bool | None = None
    is_public: bool | None = None
    is_subscribed: bool | None = None
    merge: Merged | bool | None = None
    priority: Literal["low", "medium", "high"] | None = None
    share_id: str | None = None
    status: Literal["resolved", "unresolved", "ignored"] | None = None
    status_details: dict[str, Any] | None = None
    subscription_details: Subscription | None = None
    substatus: str | None = None


class Detail(Shape):
    """A refusal in one sentence."""

    detail: str


class Changed(Shape):
    """The newer change that stands in the way."""

    issue: str
    facet: str
    by: str
    at: str
    version: int


class Stale(Detail):
    """A refusal of what was asked for on the strength of an older version; without ``conflict`` it is a key used twice."""

    conflict: Changed | None = None


class ByField(BaseModel):
    """A refusal with sentences under the fields they are about, nested like the body; or in one sentence under ``detail``."""

    model_config = ConfigDict(extra="allow")

    detail: str | list[str] | None = None
