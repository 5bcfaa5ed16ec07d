"""The reference model's unmerge, and the history of issues that were merged (D34, D38)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

from tests.model.requests import Requests
from tests.model.values import OPEN, Issue, clock_hour


class Unmerging(Requests):
    """Takes fingerprints out of issues, and tells what happened to those that are one now."""

    def unmerge(self, id_: int, titles: Sequence[str], actor: str = "ada") -> int:
        """Some fingerprints of an issue become an issue of their own, with all events that they grouped; it stands as the old one does."""
        source = self.issues[id_]
        old = (source.times_seen, len(source.people))
        moved = {key: event for key, event in source.events.items() if event.title in titles}
        number = self.born[source.project] = self.born[source.project] + 1
        new = copy.deepcopy(replace(source, id=sum(self.born.values()), number=number, version=1, assignee=None, log=[], facets={}, shown=0))
        new.first_seen = new.last_seen = self.now
        new.times_seen, new.events, new.people = len(moved), moved, {event.person for event in moved.values() if event.person}
        source.times_seen -= len(moved)
        source.events = {key: event for key, event in source.events.items() if key not in moved}
        source.people -= new.people - {event.person for event in source.events.values()}
        for issue in (source, new):
            self._recount(issue)
        self.issues[new.id] = new
        self.fingerprints |= {(source.project, title): new.id for title in titles}
        self._share_snooze(source, new, old)
        self._record(new, "first_seen", None, None)
        self._record(source, "unmerge_source", "lifecycle", None)
        self._record(new, "unmerge_destination", "lifecycle", None)
        self._close(actor, "slack")
        return new.id

    def mergeable(self) -> tuple[int, ...]:
        """The open issues of the shop, if there are several."""
        issues = tuple(issue.id for issue in self.issues.values() if issue.project == "shop" and issue.status in OPEN)
        return issues if len(issues) > 1 else ()

    def divisible(self) -> list[tuple[int, list[str]]]:
        """The open issues that have several fingerprints, with these."""
        owned: dict[int, list[str]] = {}
        for (_, title), owner in self.fingerprints.items():
            if owner and self.issues[owner].status in OPEN:
                owned.setdefault(owner, []).append(title)
        return [(id_, titles) for id_, titles in owned.items() if len(titles) > 1]

    def _recount(self, issue: Issue) -> None:
        issue.hours = {}
        for event in issue.events.values():
            hour = clock_hour(event.at)
            issue.hours[hour] = issue.hours.get(hour, 0) + 1
        if moments := [event.at for event in issue.events.values()]:
            issue.first_seen, issue.last_seen = min(moments), max(moments)
        if issue.standing.substatus == "archived_until_escalating":
            self._forecast(issue)

    def history(self, issue: Issue) -> list[tuple[str, str]]:
        """What happened to the issue and to all that were merged into it, each with the name of the issue that it happened to."""
        children = [self.issues[int(name)] for name, to in self.redirects.items() if to == issue.id and name.isdecimal()]
        theirs = [(entry.type, child.names[1]) for child in children for entry in child.log[:-1]]
        return sorted([*((entry.type, issue.names[1]) for entry in issue.log), *theirs])
