"""Alarms: the admins are told, each alone and once, of what they have to repair."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from core.db.channels import Account
from core.db.database import Database
from core.note_data import AdminAlertData


@dataclass(frozen=True)
class AdminAlert:
    """A trouble that admins are told of. ``key`` names it as long as it lasts; ``platform`` is where it is, so better told elsewhere."""

    key: str
    text: str
    platform: str


@dataclass(frozen=True)
class AdminAlerts:
    """Promises what is told; the ledger knows of what already, so that neither a restart nor a second process tells it again."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def alert(self, organization_id: int, alarm: AdminAlert) -> None:
        """Tells each admin who has a chat account, unless they were told since the trouble began."""
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
        """The trouble is over, but in organizations where it goes on ``still``: the next one of that name is told again.

        Who was not told yet is not told any more.
        """
        with self.database.read() as work:
            over = work.alarms.organizations_with(key).difference(still)
        if not over:
            return
        with self.database.write() as work:
            work.alarms.end(over, key)


def _chosen(accounts: Iterable[Account], broken: str) -> list[Account]:
    """One account for each person, on another platform than the broken one where they have one there."""
    chosen: dict[int, Account] = {}
    for account in sorted(accounts, key=lambda account: account.platform == broken):
        chosen.setdefault(account.user_id, account)
    return list(chosen.values())
