"""The reference model's snoozes over merges and unmerges (D34): which events are further ones of the issue that they stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.model.values import Entry, Happening, Issue


class SnoozeCounts:
    """What a snooze counts."""

    now: datetime
    joined: dict[tuple[str, str], datetime]
    """When a merge brought a fingerprint to its issue."""

    def _further(self, issue: Issue, began: datetime) -> tuple[int, int]:
        """The events since ``began``, and the people whom the issue met by one of them; what a merge brought along came with the merge."""
        entries = [
            (self._joined_with(event) or event.received or self.now, self._joined_with(event) is None, event) for event in issue.events.values()
        ]
        events = sum(own and at > began for at, own, _ in entries)
        met: dict[str, list[tuple[datetime, bool]]] = {}
        for at, own, event in entries:
            if event.person:
                met.setdefault(event.person, []).append((at, own))
        firsts = [(min(at for at, _ in some), some) for some in met.values()]
        return events, sum(first > began and (first, True) in some for first, some in firsts)

    def _joined_with(self, event: Happening) -> datetime | None:
        """When a merge brought this event to its issue; None where it came to it by itself."""
        joined = self.joined.get((event.project, event.title))
        return joined if joined and event.received and joined >= event.received else None

    def _share_snooze(self, source: Issue, new: Issue, old: tuple[int, int]) -> None:
        """Each counts what came to it since the archive began, and neither is nearer to its end than the old one was."""
        snooze = source.standing.snooze
        if snooze is None:
            return
        events, people = old[0] - snooze.events_before, old[1] - snooze.users_before
        moved_events, moved_people = self._further(new, snooze.began_at)
        _, left_people = self._further(source, snooze.began_at)
        moved_events = min(moved_events, events)
        _rebase(source, events - moved_events, min(left_people, people))
        _rebase(new, moved_events, min(moved_people, people))

    def _correct(self, issue: Issue, entry: Entry) -> None:
        """A snooze that an undo brings back counts what is there now, if events have come or gone since."""
        snooze = issue.standing.snooze
        if snooze and any(newer.type in ("merge", "unmerge_source") and newer.version > entry.version for newer in issue.log):
            _rebase(issue, *self._further(issue, snooze.began_at))


def _rebase(issue: Issue, events: int, people: int) -> None:
    """From now on the snooze says that so many events and people have come."""
    snooze = issue.standing.snooze
    if snooze:
        rebased = replace(snooze, events_before=issue.times_seen - events, users_before=len(issue.people) - people)
        issue.standing = replace(issue.standing, snooze=rebased)
