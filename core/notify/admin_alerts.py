"""Alert admins, each once in a direct message, about problems that they must fix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from core.db.channels import Account
from core.db.database import Database
from core.note_data import AdminAlertData


@dataclass(frozen=True)
class AdminAlert:
    """A problem for admins. ``key`` identifies it while it lasts; ``platform`` is where it is, so the alert prefers another platform."""

    key: str
    text: str
    platform: str


@dataclass(frozen=True)
class AdminAlerts:
    """Schedules alerts. The database remembers who got which alert, so neither a restart nor a second process sends it again."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def alert(self, organization_id: int, alarm: AdminAlert) -> None:
        """Alert each admin who has a chat account and got no alert since the problem began."""
        with self.database.read() as work:
            if organization_id in work.alarms.organizations_with(alarm.key):
                return
            accounts = _chosen(work.channels.admins(organization_id), alarm.platform)
        if not accounts:
            return
        with self.database.write() as work:
            work.alarms.schedule(work.channels.direct_channels(accounts).values(), alarm.key, AdminAlertData(alarm.text), self.clock())
        self.on_change()

    def end(self, key: str, still: Collection[int] = ()) -> None:
        """End the problem, except in the organizations in ``still``: the next problem with this key alerts again.

        Cancels alerts that were not sent yet.
        """
        with self.database.read() as work:
            over = work.alarms.organizations_with(key).difference(still)
        if not over:
            return
        with self.database.write() as work:
            work.alarms.end(over, key)


def _chosen(accounts: Iterable[Account], broken: str) -> list[Account]:
    """Return one account for each person, if possible on another platform than the broken one."""
    chosen: dict[int, Account] = {}
    for account in sorted(accounts, key=lambda account: account.platform == broken):
        chosen.setdefault(account.user_id, account)
    return list(chosen.values())
