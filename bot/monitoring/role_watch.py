"""Watch the heartbeats of all processes, and alert once if nobody performs a role any more."""

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
"""Every role, and what stops working without it."""
ROLE_NAMES = tuple(CONSEQUENCES)


@dataclass
class RoleWatch:
    """Checks the roles of all processes."""

    heartbeats: HeartbeatLoop
    admin_alerts: AdminAlerts
    gauge: Gauge
    organization: Callable[[], int | None]
    """Returns the organization whose admins are alerted."""
    _absent_since: dict[str, datetime] = field(default_factory=dict)
    _alerted: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Check once. Uses the database, so run it in a thread. Raises DatabaseAway."""
        found = self.heartbeats.alive(ROLE_NAMES)
        for state in found:
            self.gauge.labels(state.role).set(state.is_alive)
        self._tell({state.role: state for state in found if self._is_missing(state)}, found)

    def _is_missing(self, state: RoleState) -> bool:
        """Return whether the role is missing. A killed one counts at once; a stopped or never started one may be about to start."""
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
    """Return the alert text for a missing role."""
    last = f"; the last one fell silent at {state.last_at:%H:%M:%S} UTC" if state.last_at else ""
    return f"No process works as {state.role}{last}: {CONSEQUENCES[state.role]}. Start one: quell serve --roles {state.role}"
