"""Chat accounts and the users whose they are: a one-time code joins them."""

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
"""How long wrong tries count, from the first of them."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that could be mistaken for something else when it is read aloud."""
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_GROUP_COUNT, _GROUP_CHARS = 3, 4  # 60 bits
_CODE = re.compile(r"(?=(?<![0-9A-Za-z])([0-9A-Za-z]{4})[^0-9A-Za-z]?([0-9A-Za-z]{4})[^0-9A-Za-z]?([0-9A-Za-z]{4})(?![0-9A-Za-z]))")
"""A code as people write it, with any sign between its groups or none. Found ones may overlap, as a word before it may have four letters too."""
_MAX_CODES_PER_TEXT = 20
"""Codes of one text."""


class WrongCode(TriageError):
    """This code is wrong, was used already, or is older than ten minutes. Ask an admin for a new one: quell user link-code EMAIL"""


class TooManyTries(TriageError):
    """Too many wrong codes came from this chat account. Try again in {minutes} min."""


class LinkedElsewhere(TriageError):
    """This chat account is that of @{name}. To give it to somebody else, type unlink first; the code stays good meanwhile."""


@dataclass(frozen=True)
class LinkCodes:
    """Makes and takes codes."""

    database: Database
    clock: Callable[[], datetime]

    def make(self, user: UserView) -> str:
        """A code with which somebody can make their chat account this user's, once and within ``CODE_LIFETIME``. It is told now, and never again."""
        code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_CHARS)) for _ in range(_GROUP_COUNT))
        now = self.clock()
        with self.database.write() as work:
            work.link_codes.forget_expired(now)
            work.add(LinkCode(sha256=_hash(code), user_id=user.id, expires_at=now + CODE_LIFETIME))
        return code

    def redeem(self, code: str, account: ChatAccount, organization_id: int, *, request_id: str | None = None) -> UserView:
        """The user whose the chat account is from now on; the code must have been made for one of this organization.

        The chat must have called the person a member just now. The same ``request_id`` again takes no second code.

        Raises WrongCode, TooManyTries or LinkedElsewhere.
        """
        # Where the account gets an owner at this very moment, by another code or by itself, it has one the second time.
        user = retry_once(lambda: self._redeem(code, account, organization_id, request_id))
        if user is None:
            raise WrongCode
        return user

    def revoke_codes_in(self, text: str) -> None:
        """The codes in a text can no longer be used, whoever wrote them and whatever stands around them."""
        found = [_hash(f"{first}{second}{third}") for first, second, third in _CODE.findall(text)[:_MAX_CODES_PER_TEXT]]
        with self.database.write() as work:
            work.link_codes.delete_codes(found)

    def unlink(self, account: ChatAccount, *, request_id: str | None = None) -> None:
        """The chat account belongs to nobody from now on; the same ``request_id`` again changes nothing."""
        retry_once(lambda: self._unlink(account, request_id))

    def _unlink(self, account: ChatAccount, request_id: str | None) -> None:
        with self.database.write() as work:
            if work.is_repeated(request_id, self.clock()):
                return
            work.link_codes.unlink(account.platform, account.tenant, account.subject)

    def _redeem(self, code: str, account: ChatAccount, organization_id: int, request_id: str | None) -> UserView | None:
        """None for a wrong code: that it was tried is to be committed."""
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
    """Raises TooManyTries; what is long ago does not count."""
    over = tries.since_at + TRIES_WINDOW
    if tries.tries == 0 or over <= now:
        tries.tries, tries.since_at = 0, now
    elif tries.tries >= MAX_TRIES:
        raise TooManyTries(minutes=-(-(over - now) // timedelta(minutes=1)))


def _hash(code: str) -> str:
    return sha256(code.upper().translate(_LOOKS_LIKE))
