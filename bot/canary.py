"""The canary: looks every so often whether what was promised to the chats gets there, and says so once when it does not."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import cards
from bot.limits import Limits
from bot.metrics import Outbound
from bot.workers import Workers
from core.alarms import Alarm, Alarms
from core.backlog import Backlog, Behind
from core.errors import DatabaseAway

log = logging.getLogger(__name__)

LOOK_EVERY = 15.0
"""Seconds."""
LATE_AFTER = timedelta(seconds=60)
"""How long something may be behind for no reason that is known."""
MOST_CHANNELS = 10
"""The channels that are named in the metrics: those that have waited longest."""
KEY = "late"
"""The name of its alarm."""


@dataclass
class Canary:
    """Measures the backlog for the metrics, and tells when something is late.

    What is late on purpose is no news: what a platform refused or asked to wait with, and what waits for a rate limit.
    """

    backlog: Backlog
    alarms: Alarms
    workers: Workers
    limits: Limits
    counts: Outbound
    clock: Callable[[], datetime]
    _is_late: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            try:
                await self.look()
            except DatabaseAway as error:
                log.warning("nobody knows what is late: %s", error)
            except Exception:
                log.exception("the canary failed and goes on")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Measures once."""
        state = await self.workers.read(self.backlog.state)
        self._measure(state.behind)
        self.counts.parked.clear()
        for platform, count in state.parked.items():
            self.counts.parked.labels(platform).set(count)
        overdue = [one for one in state.behind if self._is_overdue(one)]
        late = [one for one in overdue if not self.limits.has_held(one.platform, one.channel)]
        self._tell(late)
        await self.workers.write(self._tell_admins, late, overdue)

    def _measure(self, behind: Sequence[Behind]) -> None:
        for gauge in (self.counts.behind, self.counts.oldest, self.counts.channels):
            gauge.clear()
        counts: Counter[str] = Counter()
        ages: defaultdict[str, float] = defaultdict(float)
        for one in behind:
            counts[one.platform] += one.count
            ages[one.platform] = max(ages[one.platform], self._age(one.since))
        for platform, count in counts.items():
            self.counts.behind.labels(platform).set(count)
            self.counts.oldest.labels(platform).set(ages[platform])
        for one in behind[:MOST_CHANNELS]:
            self.counts.channels.labels(one.platform, one.channel).set(self._age(one.since))

    def _tell(self, late: Sequence[Behind]) -> None:
        self.counts.late.set(bool(late))
        if late and not self._is_late:
            worst = late[0]
            log.warning("messages are late: %s in %s %s, since %s", worst.count, worst.platform, worst.channel, worst.unexplained_since)
        elif self._is_late and not late:
            log.info("messages are in time again")
        self._is_late = bool(late)

    def _tell_admins(self, late: Sequence[Behind], overdue: Sequence[Behind]) -> None:
        # Of each organisation the one that waits longest. Each process knows of its own limits only, so none calls off what is overdue.
        worst = {one.organisation_id: one for one in reversed(late)}
        for organisation_id, one in worst.items():
            self.alarms.tell(organisation_id, Alarm(KEY, _words(one), one.platform))
        self.alarms.end(KEY, {one.organisation_id for one in overdue})

    def _is_overdue(self, one: Behind) -> bool:
        return one.unexplained_since is not None and self.clock() - one.unexplained_since > LATE_AFTER

    def _age(self, since: datetime) -> float:
        return max(0.0, (self.clock() - since).total_seconds())


def _words(one: Behind) -> str:
    where = f"#{one.name or one.channel} in {cards.source_words(one.platform) or one.platform}"
    return (
        f"Messages are late: {one.count} to {where} since {one.unexplained_since:%H:%M} UTC, for no known reason. "
        "Look at the log and the metrics of the sender (docs/delivery.md)."
    )
