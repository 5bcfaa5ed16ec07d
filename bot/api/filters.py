"""Which issues a list shows: ``status``, ``query`` and ``project`` of its address. Pure.

The query language is not here yet; what of it can be read is ``is:`` with a status, everything else is refused by name.
"""

from __future__ import annotations

from core.errors import Invalid
from core.types import Status

STATUSES = {
    "resolved": Status.RESOLVED,
    "unresolved": Status.UNRESOLVED,
    "ignored": Status.ARCHIVED,
    "archived": Status.ARCHIVED,
    "muted": Status.ARCHIVED,
}


class BadQuery(Exception):
    """The query cannot be read; the message names the word and shows one that can."""


def statuses(status: str | None, query: str | None) -> set[Status]:
    """The statuses that are asked for together: none means any, several contradict each other.

    Without ``status`` and without a query it is the open ones (D15). Raises Invalid or BadQuery.
    """
    if status is None and query is None:
        return {Status.UNRESOLVED}
    wanted = {_of_word(word) for word in (query or "").split()}
    if status:
        if status not in STATUSES:
            raise Invalid("status", f"There is no status of that name; say one of {', '.join(STATUSES)}.")
        wanted.add(STATUSES[status])
    return wanted


def _of_word(word: str) -> Status:
    key, _, value = word.partition(":")
    if key != "is" or value not in STATUSES:
        raise BadQuery(f"{word[:80]} cannot be searched for yet. Example of what can: is:unresolved")
    return STATUSES[value]
