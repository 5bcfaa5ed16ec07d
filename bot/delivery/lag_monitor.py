"""Check regularly whether messages are delivered in time, and alert admins once if they are not."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat import cards
from bot.delivery.outages import ChannelTroubles
from bot.metrics import Outbound
from bot.monitoring.role_watch import RoleWatch
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway
from core.notify.admin_alerts import AdminAlert
from core.notify.outages import Backlog, Behind, OutageView, key_of_outage

log = logging.getLogger(__name__)

CHECK_INTERVAL = timedelta(seconds=10)
LATE_AFTER = timedelta(seconds=60)
"""How long an item may be behind without a known reason, and how long a platform may be down, before admins are alerted."""
MAX_NAMED_CHANNELS = 10
"""The most channels named in the metrics: those that have waited longest."""
ALERT_KEY = "late"
"""The key of the admin alert."""


@dataclass
class LagMonitor:
    """Measures the backlog for the metrics, and alerts when something is late. Runs in every process, so that each notices when another is dead.

    Expected delays do not alert: refusals and waits that a platform asked for, and our own rate limits.
    """

    core: Core
    workers: Workers
    metrics: Outbound
    troubles: ChannelTroubles = field(default_factory=ChannelTroubles)
    roles: RoleWatch | None = None
    look_every: timedelta = CHECK_INTERVAL
    _is_late: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            try:
                await self.look()
            except DatabaseAway as error:
                log.warning("nobody knows what is late: %s", error)
            except Exception:
                log.exception("the canary failed and goes on")
            await asyncio.sleep(self.look_every.total_seconds())

    async def look(self) -> None:
        """Measure once."""
        if self.roles:
            await self.workers.write(self.roles.look)
        self.troubles.elsewhere = await self.workers.read(self.core.channels.needing_repair)
        await self._look_at_outages()
        state = await self.workers.read(Backlog(self.core.database, self.core.clock).state)
        self._measure(state.behind)
        self.metrics.parked.clear()
        for platform, count in state.parked.items():
            self.metrics.parked.labels(platform).set(count)
        overdue = [channel for channel in state.behind if self._is_overdue(channel)]
        self._log(overdue)
        await self.workers.write(self._alert_admins, overdue)

    async def _look_at_outages(self) -> None:
        away = await self.workers.read(self.core.outages.current)
        self.metrics.away.clear()
        for channel in away:
            self.metrics.away.labels(channel.platform).set(1)
            if not channel.is_account and self.core.clock() - channel.since_at > LATE_AFTER:
                await self.workers.write(self._alert_outage, channel)

    def _alert_outage(self, outage: OutageView) -> None:
        """Alert admins about an outage. For rejected credentials the sender alerts itself, at once."""
        organization_id = self.roles.organization() if self.roles else None
        if organization_id is not None:
            alert = AdminAlert(key_of_outage(outage.platform), _silence(outage), outage.platform)
            self.core.admin_alerts.alert(organization_id, alert)

    def _measure(self, behind: Sequence[Behind]) -> None:
        for gauge in (self.metrics.behind, self.metrics.oldest, self.metrics.channels):
            gauge.clear()
        counts: Counter[str] = Counter()
        ages: defaultdict[str, float] = defaultdict(float)
        for channel in behind:
            counts[channel.platform] += channel.count
            ages[channel.platform] = max(ages[channel.platform], self._age(channel.since))
        for platform, count in counts.items():
            self.metrics.behind.labels(platform).set(count)
            self.metrics.oldest.labels(platform).set(ages[platform])
        for channel in behind[:MAX_NAMED_CHANNELS]:
            self.metrics.channels.labels(channel.platform, channel.channel).set(self._age(channel.since))

    def _log(self, late: Sequence[Behind]) -> None:
        self.metrics.late.set(bool(late))
        if late and not self._is_late:
            worst = late[0]
            log.warning("messages are late: %s in %s %s, since %s", worst.count, worst.platform, worst.channel, worst.unexplained_since)
        elif self._is_late and not late:
            log.info("messages are in time again")
        self._is_late = bool(late)

    def _alert_admins(self, late: Sequence[Behind]) -> None:
        # The channel that waits longest in each organization.
        worst = {channel.organization_id: channel for channel in reversed(late)}
        for organization_id, channel in worst.items():
            self.core.admin_alerts.alert(organization_id, AdminAlert(ALERT_KEY, _words(channel), channel.platform))
        self.core.admin_alerts.end(ALERT_KEY, worst.keys())

    def _is_overdue(self, channel: Behind) -> bool:
        return channel.unexplained_since is not None and self.core.clock() - channel.unexplained_since > LATE_AFTER

    def _age(self, since: datetime) -> float:
        return max(0.0, (self.core.clock() - since).total_seconds())


def _silence(outage: OutageView) -> str:
    return (
        f"{cards.source_words(outage.platform) or outage.platform} does not answer since {outage.since_at:%H:%M} UTC: {outage.reason}. "
        "What waits is sent within seconds when it does again."
    )


def _words(channel: Behind) -> str:
    where = f"#{channel.name or channel.channel} in {cards.source_words(channel.platform) or channel.platform}"
    return (
        f"Messages are late: {channel.count} to {where} since {channel.unexplained_since:%H:%M} UTC, for no known reason. "
        "Look at the log and the metrics of the sender (docs/delivery.md)."
    )
