"""Remember when a chat last confirmed that an account belongs to a member. The answer is valid for a limited time."""

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
    """A chat account, its user, and when its chat last confirmed the membership; None if the chat has denied it since.

    ``service_url`` is the URL to ask Teams at.
    """

    account: ChatAccount
    user: UserView
    vouched_at: datetime | None
    service_url: str | None = None


@dataclass(frozen=True)
class Memberships:
    """Reads and stores memberships. Changes take effect at once, in every process."""

    database: Database
    clock: Callable[[], datetime]

    def of_account(self, account: ChatAccount) -> Membership | None:
        """Return the membership of an account; None if it belongs to no user."""
        with self.database.read() as work:
            found = work.memberships.of_account(account.platform, account.tenant, account.subject)
            return Membership(account, user_view(found[1]), found[0].vouched_at) if found else None

    def of_user(self, user_id: int) -> Sequence[Membership]:
        """Return the memberships of all of a user's chat accounts, oldest first."""
        with self.database.read() as work:
            return [_membership(*row) for row in work.memberships.of_user(user_id)]

    def note(self, account: ChatAccount, vouched_at: datetime | None) -> None:
        """Store when the chat confirmed the membership; None stores that it denied it."""
        with self.database.write() as work:
            work.memberships.note(account.platform, account.tenant, account.subject, vouched_at)


def _membership(row: Identity, user: User, service_url: str | None) -> Membership:
    return Membership(ChatAccount(row.platform, row.tenant, row.subject), user_view(user), row.vouched_at, service_url)
