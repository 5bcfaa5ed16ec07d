"""Read and write the data of activities in the database.

The keys have been the same since the first version. A missing key is read as unknown; an
unknown key is a tag of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial, singledispatch
from typing import get_args

from core.activity_data import (
    ActivityData,
    ArchivedData,
    AssignedData,
    CommentData,
    DeletionData,
    DeletionType,
    EscalatedData,
    FirstSeenData,
    MergedIntoData,
    MergedOthersData,
    OngoingData,
    PlainData,
    PlainType,
    PriorityData,
    RegressedData,
    ResolvedByAgeData,
    ResolvedInCommitData,
    ResolvedInReleaseData,
    UndoneData,
    UnmergeDestinationData,
    UnmergeSourceData,
)
from core.db.stored import snoozes
from core.types import JSON, ActivityType, Priority


def data_of(type_: int, stored: JSON) -> ActivityData:
    """Return the data of an activity of this type from its stored form."""
    return _READERS[ActivityType(type_)](stored)


def tags_of(data: ActivityData, stored: JSON) -> JSON:
    """Return the tags that a request added to the data of its activities."""
    own = as_json(data)
    return {key: value for key, value in stored.items() if key not in own}


@singledispatch
def as_json(data: ActivityData) -> JSON:
    """Return the stored form of the data."""
    raise NotImplementedError(type(data).__name__)


@as_json.register
def _(_: PlainData) -> JSON:
    return {}


@as_json.register
def _(data: FirstSeenData) -> JSON:
    return {"priority": _spelled(data.priority)}


@as_json.register
def _(data: ResolvedInReleaseData) -> JSON:
    return {"version": data.version, **_known(current_release_version=data.current_version)}


@as_json.register
def _(data: ResolvedInCommitData) -> JSON:
    return {"commit": data.commit_id}


@as_json.register
def _(data: ResolvedByAgeData) -> JSON:
    return {"age": data.hours}


@as_json.register
def _(data: ArchivedData) -> JSON:
    return {
        "ignoreCount": data.events,
        "ignoreDuration": None,
        "ignoreUntil": _iso(data.until_at),
        "ignoreUserCount": data.users,
        "ignoreUserWindow": data.users_window,
        "ignoreWindow": data.events_window,
        "ignoreUntilEscalating": True if data.is_until_escalating else None,
    }


@as_json.register
def _(data: RegressedData) -> JSON:
    known = _known(version=data.version, follows_semver=data.follows_semver, resolved_in_version=data.resolved_in_version)
    return {"event_id": data.event_id, **known}


@as_json.register
def _(data: EscalatedData) -> JSON:
    expired = data.ended_snooze and snoozes.as_json(data.ended_snooze)
    return {"event_id": data.event_id, **_known(forecast=data.forecast, events=data.events, expired_snooze=expired)}


@as_json.register
def _(data: AssignedData) -> JSON:
    return {"assignee": str(data.assignee_id), "assigneeEmail": data.email, "assigneeName": data.name, "assigneeType": data.kind}


@as_json.register
def _(data: PriorityData) -> JSON:
    return {"priority": _spelled(data.priority), "reason": data.reason}


@as_json.register
def _(data: OngoingData) -> JSON:
    return {"manually": True} if data.after_days is None else {"after_days": data.after_days}


@as_json.register
def _(data: CommentData) -> JSON:
    return {"text": data.text, **_known(thread=data.thread)}


@as_json.register
def _(data: MergedOthersData) -> JSON:
    return {"issues": [{"id": issue_id} for issue_id in data.issue_ids]}


@as_json.register
def _(data: MergedIntoData) -> JSON:
    return _known(into=data.primary_id, name=data.name)


@as_json.register
def _(data: UnmergeSourceData) -> JSON:
    return {"destination_id": data.destination_id, "fingerprints": list(data.fingerprints)}


@as_json.register
def _(data: UnmergeDestinationData) -> JSON:
    return {"source_id": data.source_id, "fingerprints": list(data.fingerprints)}


@as_json.register
def _(data: DeletionData) -> JSON:
    return {"purgeAt": _iso(data.purge_at)}


@as_json.register
def _(data: UndoneData) -> JSON:
    return _known(of=data.activity_id, what=data.undone, tombstone=data.tombstone_id)


def resolved_in_commit(stored: JSON) -> ResolvedInCommitData:
    """Return the data of SET_RESOLVED_IN_COMMIT from its stored form."""
    return ResolvedInCommitData(stored.get("commit"))


def _archived(stored: JSON) -> ArchivedData:
    return ArchivedData(
        until_at=_moment(stored.get("ignoreUntil")),
        events=stored.get("ignoreCount"),
        events_window=stored.get("ignoreWindow"),
        users=stored.get("ignoreUserCount"),
        users_window=stored.get("ignoreUserWindow"),
        is_until_escalating=bool(stored.get("ignoreUntilEscalating")),
    )


def _regressed(stored: JSON) -> RegressedData:
    return RegressedData(stored.get("event_id") or "", stored.get("version"), stored.get("resolved_in_version"), stored.get("follows_semver"))


def _escalated(stored: JSON) -> EscalatedData:
    expired = stored.get("expired_snooze")
    ended = None if expired is None else snoozes.ended_snooze(expired)
    return EscalatedData(stored.get("event_id") or "", stored.get("forecast"), stored.get("events"), ended)


def _assigned(stored: JSON) -> AssignedData:
    kind: str = stored.get("assigneeType") or "user"
    name, email = stored.get("assigneeName") or "", stored.get("assigneeEmail")
    return AssignedData("team" if kind == "team" else "user", int(stored.get("assignee") or 0), name, email)


def _merged(stored: JSON) -> MergedOthersData | MergedIntoData:
    if "issues" in stored:
        return MergedOthersData(tuple(issue["id"] for issue in stored["issues"]))
    return MergedIntoData(stored.get("into"), stored.get("name"))


def _unmerge_source(stored: JSON) -> UnmergeSourceData:
    return UnmergeSourceData(stored.get("destination_id") or 0, tuple(stored.get("fingerprints") or ()))


def _unmerge_destination(stored: JSON) -> UnmergeDestinationData:
    return UnmergeDestinationData(stored.get("source_id") or 0, tuple(stored.get("fingerprints") or ()))


def _plain(type_: PlainType, _: JSON) -> PlainData:
    return PlainData(type_)


def _deletion(type_: DeletionType, stored: JSON) -> DeletionData:
    return DeletionData(type_, _moment(stored.get("purgeAt")))


_READERS: Mapping[ActivityType, Callable[[JSON], ActivityData]] = {
    **{type_: partial(_plain, type_) for type_ in get_args(PlainType)},
    **{type_: partial(_deletion, type_) for type_ in get_args(DeletionType)},
    ActivityType.FIRST_SEEN: lambda stored: FirstSeenData(_priority(stored)),
    ActivityType.SET_RESOLVED_IN_RELEASE: lambda stored: ResolvedInReleaseData(stored.get("version") or "", stored.get("current_release_version")),
    ActivityType.SET_RESOLVED_IN_COMMIT: resolved_in_commit,
    ActivityType.SET_RESOLVED_BY_AGE: lambda stored: ResolvedByAgeData(stored.get("age") or 0),
    ActivityType.SET_IGNORED: _archived,
    ActivityType.SET_REGRESSION: _regressed,
    ActivityType.SET_ESCALATING: _escalated,
    ActivityType.ASSIGNED: _assigned,
    ActivityType.SET_PRIORITY: lambda stored: PriorityData(_priority(stored), stored.get("reason")),
    ActivityType.AUTO_SET_ONGOING: lambda stored: OngoingData(stored.get("after_days")),
    ActivityType.NOTE: lambda stored: CommentData(stored.get("text") or "", stored.get("thread")),
    ActivityType.MERGE: _merged,
    ActivityType.UNMERGE_SOURCE: _unmerge_source,
    ActivityType.UNMERGE_DESTINATION: _unmerge_destination,
    ActivityType.UNDO: lambda stored: UndoneData(stored.get("of"), stored.get("what"), stored.get("tombstone")),
}


def _known(**values: object) -> JSON:
    """Return the values that are known."""
    return {key: value for key, value in values.items() if value is not None}


def _priority(stored: JSON) -> Priority | None:
    return Priority.__members__.get((stored.get("priority") or "").upper())


def _spelled(priority: Priority | None) -> str | None:
    return priority.name.lower() if priority else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
