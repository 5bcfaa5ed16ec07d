"""Thread notes: what one transaction did, and who is notified. They are written in that transaction and composed when they are sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.db.channels import Account
from core.db.messages import ChannelCopy, NewNote
from core.db.unit_of_work import UnitOfWork
from core.db.watches import WatchMatch
from core.note_data import BulkNoteData, ChangeNoteData, DirectNoteData, NoteData, RepeatNoteData
from core.types import ActivityType, Cause

SILENT = frozenset({ActivityType.FIRST_SEEN})
"""Activities that need no note, because the new copy itself shows them."""
CHANGES = frozenset(
    {
        ActivityType.SET_RESOLVED,
        ActivityType.SET_RESOLVED_BY_AGE,
        ActivityType.SET_RESOLVED_IN_COMMIT,
        ActivityType.SET_RESOLVED_IN_RELEASE,
        ActivityType.SET_UNRESOLVED,
        ActivityType.SET_IGNORED,
        ActivityType.SET_REGRESSION,
        ActivityType.SET_ESCALATING,
        ActivityType.ASSIGNED,
        ActivityType.UNASSIGNED,
        ActivityType.SET_PRIORITY,
        ActivityType.DELETE,
        ActivityType.DISCARD,
        ActivityType.RESTORE,
        ActivityType.PURGE,
        ActivityType.MERGE,
        ActivityType.UNMERGE_SOURCE,
        ActivityType.UNMERGE_DESTINATION,
        ActivityType.UNDO,
    }
)
"""The activities for channels that want changes only."""
MOVES = CHANGES - {ActivityType.ASSIGNED, ActivityType.UNASSIGNED, ActivityType.SET_PRIORITY, ActivityType.PURGE}
"""The changes of status and existence: subscribers get these, beside comments."""


@dataclass(frozen=True)
class ChangeSet:
    """What one transaction did to one issue: its activities from the first to the last.

    ``assignee_id`` is the new assignee. ``thread`` is the message in whose thread a comment was written.
    """

    issue_id: int
    first: int
    last: int
    types: frozenset[ActivityType]
    has_facet: bool
    assignee_id: int | None = None
    thread: str | None = None

    @property
    def has_comment(self) -> bool:
        """Return whether the changes include a comment."""
        return ActivityType.NOTE in self.types

    def note(self, data: NoteData, channel_id: int, message_id: int | None = None) -> NewNote:
        """Return the note about these changes for a channel."""
        return NewNote(data, channel_id, message_id, self.issue_id, self.first, self.last)


MAX_THREADED_ISSUES = 20
"""The most issues of one request that get notes in their own threads; above that, the channel gets one message."""

_LOUD = frozenset({ActivityType.SET_REGRESSION, ActivityType.SET_ESCALATING})
"""Automatic changes that a channel is notified about."""


@dataclass(frozen=True)
class _Note:
    """A change set to report in the thread of a copy."""

    copy: ChannelCopy
    change_set: ChangeSet


def schedule_notes(work: UnitOfWork, cause: Cause, change_sets: Sequence[ChangeSet]) -> set[int]:
    """Schedule a note in the thread of each copy that wants one, and direct messages to the people concerned.

    Returns the copies that leave the summary of their storm and get a message of their own.
    """
    telling = [change_set for change_set in change_sets if change_set.types - SILENT]
    if not telling:
        return set()
    by_issue = {change_set.issue_id: change_set for change_set in telling}
    copies = work.thread_notes.copies(by_issue)
    leaving = _leaving(copies, by_issue, cause)
    folded = {copy.message_id for copy in copies if copy.is_folded} - leaving
    # A change of a whole storm is reported as well, in one message.
    visible = copies if cause.is_asked_for else [copy for copy in copies if copy.message_id not in folded]
    notes = [_Note(copy, by_issue[copy.issue_id]) for copy in visible if _is_wanted(copy, by_issue[copy.issue_id], cause)]
    direct = direct_notes(work, cause, telling, [copy for copy in copies if copy.message_id not in folded])
    work.thread_notes.schedule(_bundle([*(_change(note, cause) for note in notes), *direct], folded), cause.now)
    if storms := {copy.storm_id for copy in copies if copy.storm_id is not None}:
        work.storms.redraw(storms)
    return leaving


def schedule_repeats(work: UnitOfWork, matches: Sequence[WatchMatch], now: datetime) -> None:
    """Schedule a thread note where a watch alerts again about an issue that its channel already shows."""
    if not matches:
        return
    counts = {(match.issue.id, match.channel_id): match.issue.times_seen for match in matches}
    copies = [copy for copy in work.thread_notes.copies({match.issue.id for match in matches}) if (copy.issue_id, copy.channel_id) in counts]
    notes = [_repeat_row(copy, counts[copy.issue_id, copy.channel_id]) for copy in copies if _has_thread(copy)]
    work.thread_notes.schedule(notes, now)


def _has_thread(copy: ChannelCopy) -> bool:
    return copy.threads != "off" and not copy.is_unfolded and not copy.is_folded


def _repeat_row(copy: ChannelCopy, count: int) -> NewNote:
    return NewNote(RepeatNoteData(count), copy.channel_id, copy.message_id, copy.issue_id)


def _leaving(copies: Sequence[ChannelCopy], change_sets: dict[int, ChangeSet], cause: Cause) -> set[int]:
    """Return the copies that leave a storm's summary: issues that people change, or that come back or escalate after the storm; but not hundreds at
    once.
    """
    news = [
        copy for copy in copies if copy.is_folded and (cause.is_asked_for or (not copy.is_storm_active and change_sets[copy.issue_id].types & _LOUD))
    ]
    news = [copy for copy in news if change_sets[copy.issue_id].has_facet]
    counts = Counter(copy.channel_id for copy in news)
    return {copy.message_id for copy in news if counts[copy.channel_id] <= MAX_THREADED_ISSUES}


def _is_wanted(copy: ChannelCopy, change_set: ChangeSet, cause: Cause) -> bool:
    """Return whether the channel wants the note in this thread. A comment is not repeated in the thread where it was written."""
    if copy.threads == "off" or copy.is_unfolded:
        return False
    if change_set.has_comment and copy.has_comments and not _is_echo(copy, change_set, cause):
        return True
    return bool(change_set.types & CHANGES if copy.threads == "changes" else change_set.types - SILENT - {ActivityType.NOTE})


def _is_echo(copy: ChannelCopy, change_set: ChangeSet, cause: Cause) -> bool:
    return (
        change_set.thread is not None and cause.origin is not None and (cause.origin.channel, change_set.thread) == (copy.channel, copy.external_id)
    )


def _change(told: _Note, cause: Cause) -> NewNote:
    copy, change_set = told.copy, told.change_set
    assignee_id = change_set.assignee_id
    mentions = (assignee_id,) if copy.mentions == "mention" and assignee_id is not None and assignee_id != cause.actor_id else ()
    data = ChangeNoteData(mentions, is_broadcast=copy.has_broadcasts and bool(change_set.types & _LOUD))
    return change_set.note(data, copy.channel_id, copy.message_id)


def _bundle(notes: Sequence[NewNote], folded: Collection[int]) -> list[NewNote]:
    """Combine many notes in one channel into one. Copies that only a storm's summary shows have no thread for a note."""
    by_channel: dict[int, list[NewNote]] = {}
    for note in notes:
        by_channel.setdefault(note.channel_id, []).append(note)
    few = [
        note
        for channel_rows in by_channel.values()
        if len(_issue_ids(channel_rows)) <= MAX_THREADED_ISSUES
        for note in channel_rows
        if note.message_id not in folded
    ]
    return few + [_bulk_row(channel_rows) for channel_rows in by_channel.values() if len(_issue_ids(channel_rows)) > MAX_THREADED_ISSUES]


def _bulk_row(notes: Sequence[NewNote]) -> NewNote:
    return replace(notes[0], data=BulkNoteData(_issue_ids(notes)), message_id=None)


def _issue_ids(notes: Iterable[NewNote]) -> tuple[int, ...]:
    return tuple(sorted({note.issue_id for note in notes if note.issue_id is not None}))


_SUBSCRIBED = MOVES | {ActivityType.NOTE}
"""The activities that subscribers are notified about."""


def direct_notes(work: UnitOfWork, cause: Cause, change_sets: Sequence[ChangeSet], copies: Iterable[ChannelCopy]) -> list[NewNote]:
    """Return the direct messages of one transaction: one for each change set and person, no matter how many copies there are."""
    places: dict[int, list[ChannelCopy]] = {}
    for copy in copies:
        places.setdefault(copy.issue_id, []).append(copy)
    wanted = [change_set for change_set in change_sets if not _is_quiet(places.get(change_set.issue_id, []))]
    known = _accounts(work, wanted, places)
    chosen = [
        (change_set, account) for change_set in wanted for account in _chosen(known[change_set.issue_id], places.get(change_set.issue_id, []), cause)
    ]
    channels = work.channels.direct_channels({account for _, account in chosen}) if chosen else {}
    return [change_set.note(DirectNoteData(), channels[account]) for change_set, account in chosen if account in channels]


def _accounts(work: UnitOfWork, change_sets: Sequence[ChangeSet], places: dict[int, list[ChannelCopy]]) -> dict[int, list[Account]]:
    """Return the chat accounts of the people concerned by each issue's change set, by issue."""
    moved = {change_set.issue_id for change_set in change_sets if change_set.types & _SUBSCRIBED}
    given = {
        change_set.issue_id: change_set.assignee_id
        for change_set in change_sets
        if change_set.assignee_id and not _is_mentioned(places.get(change_set.issue_id, []))
    }
    subscribed = work.channels.subscribed(moved) if moved else {}
    assigned = work.channels.accounts(set(given.values())) if given else []
    return {
        change_set.issue_id: [
            *subscribed.get(change_set.issue_id, []),
            *(account for account in assigned if account.user_id == given.get(change_set.issue_id)),
        ]
        for change_set in change_sets
    }


def _chosen(accounts: Iterable[Account], copies: Iterable[ChannelCopy], cause: Cause) -> list[Account]:
    """Return one account for each person except the actor: where the issue is shown, else the oldest account."""
    platforms = {copy.platform for copy in copies}
    chosen: dict[int, Account] = {}
    for account in sorted(accounts, key=lambda account: account.platform not in platforms):
        if account.user_id != cause.actor_id:
            chosen.setdefault(account.user_id, account)
    return list(chosen.values())


def _is_quiet(copies: Sequence[ChannelCopy]) -> bool:
    """Return whether every channel that shows the issue has mentions turned off."""
    return bool(copies) and all(copy.mentions == "off" for copy in copies)


def _is_mentioned(copies: Iterable[ChannelCopy]) -> bool:
    """Return whether the thread notes ping the new assignee, and no channel wants a direct message instead."""
    wants = {"dm" if copy.mentions == "mention" and copy.threads == "off" else copy.mentions for copy in copies}
    return "mention" in wants and "dm" not in wants
