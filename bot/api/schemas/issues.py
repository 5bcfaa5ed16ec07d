"""The shapes of answers and bodies, for ``/openapi.json``. Answers are built in ``issues_json`` and ``home``; tests hold the two together."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

IssueStatus = Literal["unresolved", "resolved", "ignored", "pending_deletion", "deletion_in_progress", "pending_merge"]


class JsonModel(BaseModel):
    """The base of all schemas. Names in JSON are camelCase, as in Sentry; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class PersonJson(JsonModel):
    """A user."""

    id: str
    name: str
    email: str | None


class IssueProjectJson(JsonModel):
    """The project of an issue."""

    id: str
    slug: str
    name: str
    platform: str | None


class AssigneeJson(JsonModel):
    """The assignee of an issue; neither a team nor everybody has an e-mail address."""

    type: Literal["user", "team"]
    id: str
    name: str
    email: str | None = None


class ReasonDetailsJson(BaseModel):
    """The condition of the snooze whose end brought an issue back; windows are minutes."""

    model_config = ConfigDict(extra="forbid")

    until: str | None
    count: int | None
    window: int | None
    user_count: int | None
    user_window: int | None


class InboxJson(BaseModel):
    """Why an issue waits for review: 0 new, 2 regression, 3 by hand, 5 escalating, 6 ongoing. After seven days it waits no longer."""

    model_config = ConfigDict(extra="forbid")

    reason: int
    reason_details: ReasonDetailsJson | None
    date_added: str


class TagValueJson(JsonModel):
    """A value of a tag, and the number of events that have it."""

    value: str
    count: int


class TagJson(JsonModel):
    """A tag of an issue's events."""

    key: str
    name: str
    total_values: int
    top_values: list[TagValueJson]


class KnownTagValueJson(TagValueJson):
    """The same, with when it was seen last."""

    name: str
    last_seen: str | None


class TagValuesJson(JsonModel):
    """One tag of an issue's events, with its values."""

    key: str
    name: str
    unique_values: int
    total_values: int
    top_values: list[KnownTagValueJson]


class EnvironmentJson(JsonModel):
    """An environment, known by its name."""

    id: str
    name: str
    is_hidden: bool


class TagKeyJson(JsonModel):
    """A key of tags, the number of its different values, and of the events that have it."""

    key: str
    name: str
    unique_values: int
    total_values: int


class SubscriptionJson(JsonModel):
    """Why a user gets notifications about an issue."""

    reason: Literal["commented", "assigned", "bookmarked", "changed_status", "mentioned", "unknown"]


class IssueJson(JsonModel):
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
    project: IssueProjectJson
    type: Literal["error", "default"]
    metadata: dict[str, Any]
    num_comments: int
    assigned_to: AssigneeJson | None
    is_bookmarked: bool
    is_subscribed: bool
    subscription_details: SubscriptionJson | None
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
    inbox: InboxJson | None
    share_id: str | None
    annotations: list[Any]
    version: int
    tags: list[TagJson] | None = None


class ShortIdJson(JsonModel):
    """The issue of a short id, and its project."""

    organization_slug: str
    project_slug: str
    group_id: str
    short_id: str
    group: IssueJson


class ActivityJson(JsonModel):
    """Something that happened to an issue; ``user`` is null where nobody of ours did it, ``source`` says where it was asked for.

    ``mergedFrom`` is there where it happened to an issue that was merged into this one: the short id of that issue.
    """

    id: str
    type: str
    user: PersonJson | None
    date_created: str | None
    data: dict[str, Any]
    source: str
    merged_from: str | None = None


class ActivitiesJson(JsonModel):
    """The activity log, newest first."""

    activity: list[ActivityJson]


class MessageJson(JsonModel):
    """A copy of an issue in a chat. ``waitsBecause`` is the reason that it, its channel or its whole platform waits; ``channelName`` is the
    channel's name.
    """

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


class MergedJson(JsonModel):
    """The result of a merge."""

    parent: str
    children: list[str]


class DeltaJson(BaseModel):
    """The requested fields with their current values for all selected issues; other fields are absent.

    ``activity`` is present if one issue was resolved in a release; ``ignore…`` fields without an effect are repeated.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")

    activity: list[ActivityJson] | None = None
    assigned_to: AssigneeJson | None = None
    discard: bool | None = None
    has_seen: bool | None = None
    inbox: bool | None = None
    is_bookmarked: bool | None = None
    is_public: bool | None = None
    is_subscribed: bool | None = None
    merge: MergedJson | bool | None = None
    priority: Literal["low", "medium", "high"] | None = None
    share_id: str | None = None
    status: Literal["resolved", "unresolved", "ignored"] | None = None
    status_details: dict[str, Any] | None = None
    subscription_details: SubscriptionJson | None = None
    substatus: str | None = None


class DetailJson(JsonModel):
    """A refusal in one sentence."""

    detail: str


class ChangedJson(JsonModel):
    """The newer change that is in the way."""

    issue: str
    facet: str
    by: str
    at: str
    version: int


class StaleJson(DetailJson):
    """A refusal of a request that is based on an older version; without ``conflict``, an idempotency key was used twice."""

    conflict: ChangedJson | None = None


class ByFieldJson(BaseModel):
    """A refusal with sentences under the fields they are about, nested like the body; or in one sentence under ``detail``."""

    model_config = ConfigDict(extra="allow")

    detail: str | list[str] | None = None
