"""The grouping rules of a project's own: they are stored, read, and tried out on the events of the last week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.events import GroupableEvent
from core.errors import Invalid
from core.rules.grouping.fingerprints import fingerprints
from core.rules.grouping.own_rules import OwnRules, parse
from core.types import Source, short_id
from core.views import ProjectView

MAX_DRY_RUN_EVENTS = 20_000
"""Events that a dry run looks at, the last ones."""
MAX_DRY_RUN_LINES = 10
"""Joins that a dry run tells of, and as many splits."""
_MAX_NAMES = 5
"""Issues that are named of a join."""
_PAGE_EVENTS = 50
"""Events read at once: they may be large."""
_DAYS = 7


@dataclass(frozen=True)
class Regrouping:
    """Issues that would become one, or one that would become several. ``issues`` names five at most; ``count`` is how many become one, or
    into how many one falls apart.
    """

    issues: tuple[str, ...]
    title: str
    count: int
    events: int


@dataclass(frozen=True)
class GroupingDryRun:
    """What rules would have made of the events that came in since then: how many issues they make now and would make, the biggest changes."""

    since: datetime
    events: int
    issues_now: int
    issues_then: int
    joins: tuple[Regrouping, ...]
    splits: tuple[Regrouping, ...]


@dataclass(frozen=True)
class GroupingRules:
    """Stores and reads the rules. Other processes see a change within seconds."""

    database: Database
    clock: Callable[[], datetime]

    def text(self, project_id: int) -> str:
        """Return the rules of a project as they were written; an empty text if it has none."""
        with self.database.read() as work:
            return work.accounts.grouping_rules(project_id)

    def of_project(self, project_id: int) -> OwnRules:
        """Return the rules of a project, ready to be applied. Rules that another version stored and that are not understood do not apply."""
        with suppress(Invalid):
            return parse(self.text(project_id))
        return OwnRules()

    def set(self, project: ProjectView, text: str) -> OwnRules:
        """Replace the rules of a project; a text without rules removes them. Raises Invalid, and then changes nothing."""
        rules = parse(text)
        with self.database.write() as work:
            work.accounts.set_grouping_rules(project.id, text if rules.count else "")
        return rules

    def dry_run(self, project: ProjectView, text: str) -> GroupingDryRun:
        """Return what the rules would make of the events that are stored of the last seven days. Changes nothing. Raises Invalid."""
        after, before = parse(text), self.of_project(project.id)
        since = self.clock() - timedelta(days=_DAYS)
        moves = _Moves()
        for event in self._events(project.id, since):
            moves.add(event, before, after)
        joined, split = moves.joins(), moves.splits()
        with self.database.read() as work:
            titles = work.watches.titles([issue_id for ids, _, _ in (*joined, *split) for issue_id in ids])

        def told(changes: list[_Change]) -> tuple[Regrouping, ...]:
            named = (([titles[id_] for id_ in ids if id_ in titles], count, events) for ids, count, events in changes)
            return tuple(
                Regrouping(tuple(short_id(project.slug, number) for number, _ in issues), issues[0][1], count, events)
                for issues, count, events in named
                if issues
            )

        return GroupingDryRun(since, moves.events, len(moves.keys_of), len(moves.issues_by_key()), told(joined), told(split))

    def _events(self, project_id: int, since: datetime) -> Iterator[GroupableEvent]:
        before_id: int | None = None
        for _ in range(0, MAX_DRY_RUN_EVENTS, _PAGE_EVENTS):
            with self.database.read() as work:
                page = work.events.groupable_page(project_id, since, before_id, _PAGE_EVENTS)
            yield from page
            if len(page) < _PAGE_EVENTS:
                return
            before_id = page[-1].id


_Change = tuple[Sequence[int], int, int]
"""Issues, how many become one or come out of one, and their events."""


@dataclass
class _Moves:
    """Where events are now and where they would be."""

    events: int = 0
    keys_of: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """For each issue how many of its events each new fingerprint would have; an empty one is for events that stay."""
    _owners: dict[str, int] = field(default_factory=dict)

    def add(self, event: GroupableEvent, before: OwnRules, after: OwnRules) -> None:
        self.events += 1
        key = ""
        # What hooks send is grouped by what the alert says of itself.
        if event.only_source in {None, Source.INGEST}:
            now, then = fingerprints(before.applied(event.payload))[0], fingerprints(after.applied(event.payload))[0]
            self._owners.setdefault(now, event.issue_id)
            key = then if then != now else ""
        self.keys_of[event.issue_id][key] += 1

    def issues_by_key(self) -> dict[str | int, Counter[int]]:
        """Return, for each issue that there would be, how many events come from which issue."""
        sources: dict[str | int, Counter[int]] = defaultdict(Counter)
        for issue_id, keys in self.keys_of.items():
            for key, events in keys.items():
                sources[self._target(issue_id, key)][issue_id] += events
        return sources

    def joins(self) -> list[_Change]:
        """Return the biggest joins, those of the most issues first."""
        joined = (([id_ for id_, _ in sources.most_common(_MAX_NAMES)], len(sources), sources.total()) for sources in self.issues_by_key().values())
        return _biggest(change for change in joined if change[1] > 1)

    def splits(self) -> list[_Change]:
        """Return the biggest splits, those into the most issues first."""
        parts = ((issue_id, {self._target(issue_id, key) for key in keys}, keys.total()) for issue_id, keys in self.keys_of.items())
        return _biggest(([issue_id], len(targets), events) for issue_id, targets, events in parts if len(targets) > 1)

    def _target(self, issue_id: int, key: str) -> str | int:
        return self._owners.get(key, key) if key else issue_id


def _biggest(changes: Iterator[_Change]) -> list[_Change]:
    return sorted(changes, key=lambda change: (-change[1], -change[2]))[:MAX_DRY_RUN_LINES]
