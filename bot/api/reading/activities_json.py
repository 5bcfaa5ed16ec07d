"""Entries of the activity log as JSON with Sentry's keys. Pure."""

from __future__ import annotations

from functools import singledispatch

from bot.api.wording import instant, person_json
from core.activity_data import (
    ActivityData,
    ArchivedData,
    AssignedData,
    CommentData,
    DeletionData,
    EscalatedData,
    FirstSeenData,
    MergedIntoData,
    MergedOthersData,
    OngoingData,
    PlainData,
    PriorityData,
    RegressedData,
    ResolvedByAgeData,
    ResolvedInCommitData,
    ResolvedInReleaseData,
    UndoneData,
    UnmergeDestinationData,
    UnmergeSourceData,
)
from core.types import JSON, Priority
from core.views import ActivityView


def activity_json(view: ActivityView) -> JSON:
    """Write one entry of the activity log; the type is the name of its ActivityType in lower case, as in Sentry's API.

    ``mergedFrom`` is there only in what happened to an issue that was merged into this one: its short id.
    """
    return {
        "id": str(view.id),
        "type": view.type.name.lower(),
        "user": person_json(view.user) if view.user else None,
        "dateCreated": instant(view.happened_at),
        "data": {**data_json(view.data), **view.tags},
        "source": view.source,
        **_known(mergedFrom=view.merged_from),
    }


@singledispatch
def data_json(data: ActivityData) -> JSON:
    """Return the data of an activity of this kind."""
    raise NotImplementedError(type(data).__name__)


@data_json.register
def _(_: PlainData) -> JSON:
    return {}


@data_json.register
def _(data: FirstSeenData) -> JSON:
    return {"priority": _priority(data.priority)}


@data_json.register
def _(data: ResolvedInReleaseData) -> JSON:
    return {"version": data.version, **_known(current_release_version=data.current_version)}


@data_json.register
def _(data: ResolvedInCommitData) -> JSON:
    return {"commit": data.commit_id}


@data_json.register
def _(data: ResolvedByAgeData) -> JSON:
    return {"age": data.hours}


@data_json.register
def _(data: ArchivedData) -> JSON:
    return {
        "ignoreCount": data.events,
        "ignoreDuration": None,
        "ignoreUntil": data.until_at.isoformat() if data.until_at else None,
        "ignoreUserCount": data.users,
        "ignoreUserWindow": data.users_window,
        "ignoreWindow": data.events_window,
        "ignoreUntilEscalating": True if data.is_until_escalating else None,
    }


@data_json.register
def _(data: RegressedData) -> JSON:
    return {"event_id": data.event_id, **_known(version=data.version, resolved_in_version=data.resolved_in_version)}


@data_json.register
def _(data: EscalatedData) -> JSON:
    ended = data.ended_snooze
    expired = ended and {
        "until": ended.until_at.isoformat() if ended.until_at else None,
        "count": ended.events,
        "window": ended.events_window,
        "user_count": ended.users,
        "user_window": ended.users_window,
    }
    return {"event_id": data.event_id, **_known(forecast=data.forecast, events=data.events, expired_snooze=expired)}


@data_json.register
def _(data: AssignedData) -> JSON:
    return {"assignee": str(data.assignee_id), "assigneeEmail": data.email, "assigneeName": data.name, "assigneeType": data.kind}


@data_json.register
def _(data: PriorityData) -> JSON:
    return {"priority": _priority(data.priority), "reason": data.reason}


@data_json.register
def _(data: OngoingData) -> JSON:
    return {"manually": True} if data.after_days is None else {"after_days": data.after_days}


@data_json.register
def _(data: CommentData) -> JSON:
    return {"text": data.text, **_known(thread=data.thread)}


@data_json.register
def _(data: MergedOthersData) -> JSON:
    return {"issues": [{"id": issue_id} for issue_id in data.issue_ids]}


@data_json.register
def _(data: MergedIntoData) -> JSON:
    return _known(into=data.primary_id, name=data.name)


@data_json.register
def _(data: UnmergeSourceData) -> JSON:
    return {"destination_id": data.destination_id, "fingerprints": list(data.fingerprints)}


@data_json.register
def _(data: UnmergeDestinationData) -> JSON:
    return {"source_id": data.source_id, "fingerprints": list(data.fingerprints)}


@data_json.register
def _(data: DeletionData) -> JSON:
    return {"purgeAt": data.purge_at.isoformat() if data.purge_at else None}


@data_json.register
def _(data: UndoneData) -> JSON:
    return _known(of=data.activity_id, what=data.undone, tombstone=data.tombstone_id)


def _known(**values: object) -> JSON:
    """Leave out unknown values."""
    return {key: value for key, value in values.items() if value is not None}


def _priority(priority: Priority | None) -> str | None:
    return priority.name.lower() if priority else None
