"""Lines in threads: who is told of what one transaction did (chat.md §5), promised in that transaction. What they say is drawn when they are sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import people
from core.cause import Cause
from core.db.lines import Copy
from core.db.telling import Fired
from core.db.unit_of_work import UnitOfWork
from core.deeds import CHANGES, SILENT, Deed
from core.types import JSON, ActivityType

MOST_AT_ONCE = 20
"""Issues of one request that a channel is told of in their own threads; of more it is told in one message (D26)."""

_LOUD = frozenset({ActivityType.SET_REGRESSION, ActivityType.SET_ESCALATING})
"""What happens by itself and concerns a channel all the same."""


@dataclass(frozen=True)
class _Told:
    """A deed that a copy's thread tells of."""

    copy: Copy
    deed: Deed


def promise(work: UnitOfWork, cause: Cause, deeds: Sequence[Deed]) -> set[int]:
    """Promises a line in the thread of each copy that wants one, and direct messages to those whom it concerns.

    Says which copies leave the summary of their storm, to stand in the channel by themselves.
    """
    telling = [deed for deed in deeds if deed.types - SILENT]
    if not telling:
        return set()
    by_issue = {deed.issue_id: deed for deed in telling}
    copies = work.lines.copies(by_issue)
    leaving = _leaving(copies, by_issue, cause)
    folded = {copy.message_id for copy in copies if copy.is_folded} - leaving
    # What somebody did to a whole storm is told as well, in one message.
    heard = copies if cause.is_asked_for else [copy for copy in copies if copy.message_id not in folded]
    told = [_Told(copy, by_issue[copy.issue_id]) for copy in heard if _is_wanted(copy, by_issue[copy.issue_id], cause)]
    direct = people.rows(work, cause, telling, [copy for copy in copies if copy.message_id not in folded])
    rows = _together([*(_row(one, cause) for one in told), *direct], folded)
    moments = {"not_before_at": cause.now, "created_at": cause.now}
    work.lines.promise([row | moments for row in rows])
    if storms := {copy.storm_id for copy in copies if copy.storm_id is not None}:
        work.storms.redraw(storms)
    return leaving


def repeat(work: UnitOfWork, fired: Sequence[Fired], now: datetime) -> None:
    """A watch tells of so many events of an issue that its channel shows already: a line in the thread (chat.md §5)."""
    if not fired:
        return
    counts = {(one.issue.id, one.channel_id): one.issue.times_seen for one in fired}
    copies = [copy for copy in work.lines.copies({one.issue.id for one in fired}) if (copy.issue_id, copy.channel_id) in counts]
    rows = [_repeated(copy, counts[copy.issue_id, copy.channel_id]) for copy in copies if _is_heard(copy)]
    work.lines.promise([row | {"not_before_at": now, "created_at": now} for row in rows])


def _is_heard(copy: Copy) -> bool:
    return copy.threads != "off" and not copy.is_unfolded and not copy.is_folded


def _repeated(copy: Copy, count: int) -> JSON:
    place = {"channel_id": copy.channel_id, "message_id": copy.message_id, "issue_id": copy.issue_id}
    return {"kind": "repeat", **place, "activity_id": None, "last_activity_id": None, "data": {"count": count}}


def _leaving(copies: Sequence[Copy], deeds: dict[int, Deed], cause: Cause) -> set[int]:
    """What people change, and what comes back or escalates once a storm is over, is worth a message of its own; hundreds at once are not."""
    news = [copy for copy in copies if copy.is_folded and (cause.is_asked_for or (not copy.is_raging and deeds[copy.issue_id].types & _LOUD))]
    news = [copy for copy in news if deeds[copy.issue_id].has_facet]
    counts = Counter(copy.channel_id for copy in news)
    return {copy.message_id for copy in news if counts[copy.channel_id] <= MOST_AT_ONCE}


def _is_wanted(copy: Copy, deed: Deed, cause: Cause) -> bool:
    """Whether the channel wants it in this thread, in which it was not said itself."""
    if copy.threads == "off" or copy.is_unfolded:
        return False
    if deed.is_said and copy.has_comments and not _is_echo(copy, deed, cause):
        return True
    return bool(deed.types & CHANGES if copy.threads == "changes" else deed.types - SILENT - {ActivityType.NOTE})


def _is_echo(copy: Copy, deed: Deed, cause: Cause) -> bool:
    return deed.thread is not None and cause.origin is not None and (cause.origin.channel, deed.thread) == (copy.channel, copy.external_id)


def _row(told: _Told, cause: Cause) -> JSON:
    copy, deed = told.copy, told.deed
    data: JSON = {}
    if copy.mentions == "mention" and deed.assignee_id not in (None, cause.actor_id):
        data["mentions"] = [deed.assignee_id]
    if copy.has_broadcasts and deed.types & _LOUD:
        data["is_broadcast"] = True
    return deed.row("change", copy.channel_id) | {"message_id": copy.message_id, "data": data}


def _together(rows: Sequence[JSON], folded: Collection[int]) -> list[JSON]:
    """Many lines in one channel are one, which names them all. What only the summary of a storm shows has no thread for a line of its own."""
    by_channel: dict[int, list[JSON]] = {}
    for row in rows:
        by_channel.setdefault(row["channel_id"], []).append(row)
    few = [row for some in by_channel.values() if len(_issues(some)) <= MOST_AT_ONCE for row in some if row["message_id"] not in folded]
    return few + [_bulk(some) for some in by_channel.values() if len(_issues(some)) > MOST_AT_ONCE]


def _bulk(rows: Sequence[JSON]) -> JSON:
    return rows[0] | {"kind": "bulk", "message_id": None, "data": {"issues": _issues(rows)}}


def _issues(rows: Iterable[JSON]) -> list[int]:
    return sorted({row["issue_id"] for row in rows})
