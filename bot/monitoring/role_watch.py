"""Watches the signs of life of all processes, and says once when nobody does a part of the work any more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from prometheus_client import Gauge

from bot.monitoring.heartbeats import HeartbeatLoop
from core.notify.admin_alerts import AdminAlert, AdminAlerts
from core.processes.heartbeats import RoleState

log = logging.getLogger(__name__)

CONSEQUENCES: Mapping[str, str] = MappingProxyType(
    {
        "web": "clicks, commands and events are not taken",
        "scheduler": "snoozes do not end, and deletions wait",
        "sender": "no message is sent or redrawn",
    }
)
"""Every role, and what does not happen while nobody has it."""
ROLE_NAMES = tuple(CONSEQUENCES)


@dataclass
class RoleWatch:
    """Looks from one process at the roles of all."""

    heartbeats: HeartbeatLoop
    admin_alerts: AdminAlerts
    gauge: Gauge
    organization: Callable[[], int | None]
    """The organization whose admins are told."""
    _absent_since: dict[str, datetime] = field(default_factory=dict)
    _alerted: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Looks once; it takes the database, so it is run in a thread. Raises DatabaseAway."""
        found = self.heartbeats.alive(ROLE_NAMES)
        for state in found:
            self.gauge.labels(state.role).set(state.is_alive)
        self._tell({state.role: state for state in found if self._is_missing(state)}, found)

    def _is_missing(self, state: RoleState) -> bool:
        """One that was killed is missed at once; one that was stopped, or never started, may be on its way."""
        now = self.heartbeats.clock()
        if state.is_alive:
            self._absent_since.pop(state.role, None)
            return False
        since = self._absent_since.setdefault(state.role, now)
        return state.last_at is not None or now - since >= self.heartbeats.timing.missing

    def _tell(self, missing: Mapping[str, RoleState], found: Sequence[RoleState]) -> None:
        organization_id = self.organization()
        for state in found:
            key = f"role {state.role}"
            if state.role in missing:
                self._say(state)
                if organization_id is not None:
                    self.admin_alerts.alert(organization_id, AdminAlert(key, f"Quell: {words(state)}", ""))
            elif state.is_alive:
                self._recover(state)
                self.admin_alerts.end(key)

    def _say(self, state: RoleState) -> None:
        if state.role not in self._alerted:
            log.warning("%s", words(state))
        self._alerted.add(state.role)

    def _recover(self, state: RoleState) -> None:
        if state.role in self._alerted:
            log.info("a process works as %s again", state.role)
        self._alerted.discard(state.role)


def words(state: RoleState) -> str:
    """What is the matter with a role that nobody has."""
    last = f"; the last one fell silent at {state.last_at:%H:%M:%S} UTC" if state.last_at else ""
    return f"No process works as {state.role}{last}: {CONSEQUENCES[state.role]}. Start one: quell serve --roles {state.role}"
