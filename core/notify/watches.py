"""Watches: which channel gets which alerts. Create, change, list and dry-run them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.db.columns import retry_once
from core.db.database import Database
from core.db.models import Watch
from core.db.unit_of_work import UnitOfWork
from core.db.watches import apply_rule, rule_of
from core.errors import Invalid, TriageError
from core.rules import watching
from core.rules.watching import PastEvent, WatchRule
from core.search import SEARCH_SECONDS, Searcher, parse
from core.types import short_id
from core.views import ProjectView

__all__ = ["ChannelName", "DryRun", "DryRunLine", "WatchRule", "WatchView", "Watches"]

DEFAULT_RULE = WatchRule()
MAX_QUERY_CHARS = 500
MAX_CHANNEL_ID_CHARS = 300
MAX_EVERY = 1_000_000_000
MAX_INTERVAL_MINUTES = 7 * 24 * 60
"""A week, in minutes."""
MAX_DRY_RUN_LINES = 50
"""The maximum number of lines in a dry run; its total counts all alerts."""


@dataclass(frozen=True)
class ChannelName:
    """A channel by its platform and platform id."""

    platform: str
    external_id: str


@dataclass(frozen=True)
class WatchView:
    """A watch. ``problem`` names what its query refers to that no longer exists."""

    project_slug: str
    place: ChannelName
    rule: WatchRule
    problem: str | None


@dataclass(frozen=True)
class DryRunLine:
    """One alert of a dry run; ``times`` counts the alerts in the hour that begins then, where only the hour is known."""

    at: datetime
    issue: str
    title: str
    why: str
    times: int


@dataclass(frozen=True)
class DryRun:
    """How many alerts a watch would have posted since a time, and the newest of them, newest first.

    Uses the issues as they are now. Past counts are known per hour, so alerts every N events are an estimate.
    """

    since: datetime
    total: int
    lines: tuple[DryRunLine, ...]
    is_estimate: bool


@dataclass(frozen=True)
class Watches:
    """Creates and finds watches. A change takes effect with the next event, in every process."""

    database: Database
    clock: Callable[[], datetime]

    def set(self, project: ProjectView, place: ChannelName, rule: WatchRule = DEFAULT_RULE, *, request_id: str | None = None) -> bool:
        """Set the watch of a channel on a project; it replaces an earlier one. Return False if there was one.

        Repeating a ``request_id`` changes nothing.

        Raises Invalid, BadQuery, or the errors of a search for unknown names.
        """
        # If another request created it at the same moment, the second try finds a row to change.
        return retry_once(lambda: self._set(project, place, rule, request_id))

    def remove(self, project: ProjectView, place: ChannelName, *, request_id: str | None = None) -> bool:
        """Remove the watch of a channel on a project; posted messages stay up to date. Return False if there was none.

        Repeating a ``request_id`` changes nothing, and returns True.
        """
        return retry_once(lambda: self._remove(project, place, request_id))

    def listed(self, organization_id: int) -> list[WatchView]:
        """Return the watches of an organization, by project."""
        with self.database.read() as work:
            return [
                WatchView(
                    project.slug, ChannelName(channel.platform, channel.external_id), rule_of(watch), self._problem(work, organization_id, watch)
                )
                for watch, project, channel in work.watches.listed(organization_id)
            ]

    def dry_run(self, project: ProjectView, rule: WatchRule, days: int = 7) -> DryRun:
        """Return the alerts that a watch with these terms would have posted in the last days (at most 30). Raises as ``set`` does, and TooSlow."""
        now = self.clock()
        since = now - timedelta(days=days)
        with self.database.read(SEARCH_SECONDS) as work:
            rule = self._validated(work, project, rule)
            found = work.search.where(parse(rule.query), Searcher(project.organization_id, now, project_ids=(project.id,)))
            effects = ((at, issue_id, rule.matching_effect({effect})) for at, issue_id, effect in work.watches.effects(found, since))
            moments = [PastEvent(at, issue_id, why) for at, issue_id, why in effects if why]
            if rule.every:
                moments += watching.every_nth_events(rule, work.watches.hours(found, since, rule.every))
            alerts = watching.spaced_out(rule, moments)
            lines = _lines(work, project, alerts[:MAX_DRY_RUN_LINES])
        return DryRun(since, sum(moment.times for moment in alerts), lines, is_estimate=rule.every is not None)

    def _remove(self, project: ProjectView, place: ChannelName, request_id: str | None) -> bool:
        with self.database.write() as work:
            if work.is_repeated(request_id, self.clock()):
                return True
            return work.watches.remove(project.id, place.platform, place.external_id)

    def _set(self, project: ProjectView, place: ChannelName, rule: WatchRule, request_id: str | None) -> bool:
        if not 0 < len(place.external_id) <= MAX_CHANNEL_ID_CHARS:
            raise Invalid("channel", f"A channel's id has 1 to {MAX_CHANNEL_ID_CHARS} characters. Example: C0123456789")
        with self.database.write() as work:
            rule = self._validated(work, project, rule)
            if work.is_repeated(request_id, self.clock()):
                return False
            channel = work.channels.get_or_add(project.organization_id, place.platform, place.external_id)
            known = work.watches.of(project.id, channel.id)
            watch = known or Watch(project_id=project.id, channel_id=channel.id, created_at=self.clock())
            apply_rule(watch, rule)
            work.add(watch)
        return known is None

    def _validated(self, work: UnitOfWork, project: ProjectView, rule: WatchRule) -> WatchRule:
        """Return the terms in the form to store. Raises an error if they make no sense."""
        # Store the text as the search reads it: no database can store a NUL or half of a surrogate pair.
        rule = replace(rule, query=rule.query.replace("\0", " ").encode(errors="replace").decode().strip())
        if len(rule.query) > MAX_QUERY_CHARS:
            raise Invalid("query", f"The query of a watch has at most {MAX_QUERY_CHARS} characters. Example: level:error environment:production")
        if rule.every is not None and not 1 <= rule.every <= MAX_EVERY:
            raise Invalid("every", f"{rule.every} is no number of events from 1 to {MAX_EVERY}. Example: 100")
        if rule.min_interval is not None and not 1 <= rule.min_interval <= MAX_INTERVAL_MINUTES:
            raise Invalid("min_interval", f"{rule.min_interval} is no number of minutes from 1 to {MAX_INTERVAL_MINUTES} (a week). Example: 30")
        if not (rule.on_new or rule.on_regression or rule.on_escalation or rule.every):
            raise Invalid("on", "This watch would never tell anything. Say on what: new, regression, escalation, or every so many events.")
        work.search.where(parse(rule.query), Searcher(project.organization_id, self.clock(), project_ids=(project.id,)))
        return rule

    def _problem(self, work: UnitOfWork, organization_id: int, watch: Watch) -> str | None:
        try:
            work.search.where(parse(watch.query), Searcher(organization_id, self.clock(), project_ids=(watch.project_id,)))
        except TriageError as error:
            return str(error)
        return None


def _lines(work: UnitOfWork, project: ProjectView, alerts: list[PastEvent]) -> tuple[DryRunLine, ...]:
    named = work.watches.titles([moment.issue_id for moment in alerts])
    ids = {id_: (short_id(project.slug, number), title) for id_, (number, title) in named.items()}
    return tuple(DryRunLine(moment.at, *ids[moment.issue_id], moment.why, moment.times) for moment in alerts)
