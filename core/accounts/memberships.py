"""When a chat last said that the person behind an account is a member of ours: what counts only for so long has to be asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.accounts.directory import ChatAccount, user_view
from core.db.database import Database
from core.db.models import Identity, User
from core.views import UserView


@dataclass(frozen=True)
class Membership:
    """A chat account, whose it is, and when its chat last called the person a member; None where it said since that they are none.

    ``service_url`` is where the chat is asked, for Teams.
    """

    account: ChatAccount
    user: UserView
    vouched_at: datetime | None
    service_url: str | None = None


@dataclass(frozen=True)
class Memberships:
    """Reads and notes them. What is noted counts at once, in every process."""

    database: Database
    clock: Callable[[], datetime]

    def of_account(self, account: ChatAccount) -> Membership | None:
        """Whose the account is; None where it is nobody's."""
        with self.database.read() as work:
            found = work.memberships.of_account(account.platform, account.tenant, account.subject)
            return Membership(account, user_view(found[1]), found[0].vouched_at) if found else None

    def of_user(self, user_id: int) -> Sequence[Membership]:
        """Each chat account of a user, the oldest first."""
        with self.database.read() as work:
            return [_membership(*row) for row in work.memberships.of_user(user_id)]

    def note(self, account: ChatAccount, vouched_at: datetime | None) -> None:
        """The chat said at that moment that the person is a member; with None, that they are none."""
        with self.database.write() as work:
            work.memberships.note(account.platform, account.tenant, account.subject, vouched_at)


def _membership(row: Identity, user: User, service_url: str | None) -> Membership:
    return Membership(ChatAccount(row.platform, row.tenant, row.subject), user_view(user), row.vouched_at, service_url)
