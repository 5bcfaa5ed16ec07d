"""Link chat accounts to users by one-time codes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.directory import ChatAccount, user_view
from core.accounts.tokens import sha256
from core.db.columns import retry_once
from core.db.database import Database
from core.db.models import Identity, LinkCode, LinkTries
from core.db.unit_of_work import UnitOfWork
from core.errors import TriageError
from core.views import UserView

CODE_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
TRIES_WINDOW = timedelta(minutes=10)
"""How long wrong tries count, from the first one."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that are hard to confuse when read aloud."""
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_GROUP_COUNT, _GROUP_CHARS = 3, 4  # 60 bits
_CODE = re.compile(r"(?=(?<![0-9A-Za-z])([0-9A-Za-z]{4})[^0-9A-Za-z]?([0-9A-Za-z]{4})[^0-9A-Za-z]?([0-9A-Za-z]{4})(?![0-9A-Za-z]))")
"""A code as people write it, with or without separators between its groups. Matches may overlap: a word before the code may have four letters too."""
_MAX_CODES_PER_TEXT = 20
"""Number of codes in one text that are revoked."""


class WrongCode(TriageError):
    """This code is wrong, was used already, or is older than ten minutes. Ask an admin for a new one: quell user link-code EMAIL"""


class TooManyTries(TriageError):
    """Too many wrong codes came from this chat account. Try again in {minutes} min."""


class LinkedElsewhere(TriageError):
    """This chat account is that of @{name}. To give it to somebody else, type unlink first; the code stays good meanwhile."""


@dataclass(frozen=True)
class LinkCodes:
    """Creates and redeems codes."""

    database: Database
    clock: Callable[[], datetime]

    def make(self, user: UserView) -> str:
        """Create a code that links one chat account to this user, within ``CODE_LIFETIME``. Only its hash is stored."""
        code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_CHARS)) for _ in range(_GROUP_COUNT))
        now = self.clock()
        with self.database.write() as work:
            work.link_codes.forget_expired(now)
            work.add(LinkCode(sha256=_hash(code), user_id=user.id, expires_at=now + CODE_LIFETIME))
        return code

    def redeem(self, code: str, account: ChatAccount, organization_id: int, *, request_id: str | None = None) -> UserView:
        """Link the chat account and return its user. The code must belong to a user of this organization.

        Call it only for people whom the chat has just confirmed as members. Repeating the same ``request_id`` uses no second code.

        Raises WrongCode, TooManyTries or LinkedElsewhere.
        """
        # If the account gets a user at this very moment by another way, the second attempt finds it.
        user = retry_once(lambda: self._redeem(code, account, organization_id, request_id))
        if user is None:
            raise WrongCode
        return user

    def revoke_codes_in(self, text: str) -> None:
        """Revoke every code in the text, whoever wrote it."""
        found = [_hash(f"{first}{second}{third}") for first, second, third in _CODE.findall(text)[:_MAX_CODES_PER_TEXT]]
        with self.database.write() as work:
            work.link_codes.delete_codes(found)

    def unlink(self, account: ChatAccount, *, request_id: str | None = None) -> None:
        """Unlink the chat account from its user. Repeating the same ``request_id`` has no effect."""
        retry_once(lambda: self._unlink(account, request_id))

    def _unlink(self, account: ChatAccount, request_id: str | None) -> None:
        with self.database.write() as work:
            if work.is_repeated(request_id, self.clock()):
                return
            work.link_codes.unlink(account.platform, account.tenant, account.subject)

    def _redeem(self, code: str, account: ChatAccount, organization_id: int, request_id: str | None) -> UserView | None:
        """Redeem the code; return None for a wrong code, so that the failed try is committed."""
        now = self.clock()
        with self.database.write() as work:
            if request_id is not None and work.earlier_answer(request_id) is not None:
                owner = work.accounts.user_of_identity(account.platform, account.tenant, account.subject)
                return user_view(owner) if owner else None
            tries = work.link_codes.tries(account.platform, account.tenant, account.subject, now)
            _refuse_too_many_tries(tries, now)
            user = work.link_codes.redeem(_hash(code), organization_id, now)
            if user is None:
                tries.tries += 1
                return None
            work.is_repeated(request_id, now)  # which it is not, but from now on
            work.session.delete(tries)
            self._join(work, account, user_view(user))
            return user_view(user)

    def _join(self, work: UnitOfWork, account: ChatAccount, user: UserView) -> None:
        row = work.link_codes.owner(account.platform, account.tenant, account.subject)
        if row is None:
            named = {"platform": account.platform, "tenant": account.tenant, "subject": account.subject}
            now = self.clock()
            work.add(Identity(user_id=user.id, created_at=now, vouched_at=now, **named))
        elif row.user_id != user.id:
            owner = work.accounts.user(row.user_id)
            raise LinkedElsewhere(name=owner.name if owner else "somebody else")


def _refuse_too_many_tries(tries: LinkTries, now: datetime) -> None:
    """Raise TooManyTries, ignoring tries that are too old."""
    over = tries.since_at + TRIES_WINDOW
    if tries.tries == 0 or over <= now:
        tries.tries, tries.since_at = 0, now
    elif tries.tries >= MAX_TRIES:
        raise TooManyTries(minutes=-(-(over - now) // timedelta(minutes=1)))


def _hash(code: str) -> str:
    return sha256(code.upper().translate(_LOOKS_LIKE))
