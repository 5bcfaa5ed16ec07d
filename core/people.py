"""Who is told alone: whoever an issue was given to, and those who asked to be told of it (chat.md §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.cause import Cause
from core.db.channels import Account
from core.db.lines import Copy
from core.db.unit_of_work import UnitOfWork
from core.deeds import MOVES, Deed
from core.types import JSON, ActivityType

_TOLD = MOVES | {ActivityType.NOTE}
"""What somebody subscribes to."""


def rows(work: UnitOfWork, cause: Cause, deeds: Sequence[Deed], copies: Iterable[Copy]) -> list[JSON]:
    """The direct messages of one transaction: one for each deed and person, however many copies there are."""
    places: dict[int, list[Copy]] = {}
    for copy in copies:
        places.setdefault(copy.issue_id, []).append(copy)
    wanted = [deed for deed in deeds if not _is_quiet(places.get(deed.issue_id, []))]
    known = _accounts(work, wanted, places)
    chosen = [(deed, account) for deed in wanted for account in _chosen(known[deed.issue_id], places.get(deed.issue_id, []), cause)]
    channels = work.channels.direct({account for _, account in chosen}) if chosen else {}
    return [deed.row("direct", channels[account]) for deed, account in chosen if account in channels]


def _accounts(work: UnitOfWork, deeds: Sequence[Deed], places: dict[int, list[Copy]]) -> dict[int, list[Account]]:
    """The chat accounts of all whom each issue's deed concerns, by issue."""
    moved = {deed.issue_id for deed in deeds if deed.types & _TOLD}
    given = {deed.issue_id: deed.assignee_id for deed in deeds if deed.assignee_id and not _is_mentioned(places.get(deed.issue_id, []))}
    subscribed = work.channels.subscribed(moved) if moved else {}
    assigned = work.channels.accounts(set(given.values())) if given else []
    return {
        deed.issue_id: [*subscribed.get(deed.issue_id, []), *(one for one in assigned if one.user_id == given.get(deed.issue_id))] for deed in deeds
    }


def _chosen(accounts: Iterable[Account], copies: Iterable[Copy], cause: Cause) -> list[Account]:
    """One account for each person but the one who did it: where the issue is shown, else where they were met first."""
    platforms = {copy.platform for copy in copies}
    chosen: dict[int, Account] = {}
    for account in sorted(accounts, key=lambda one: one.platform not in platforms):
        if account.user_id != cause.actor_id:
            chosen.setdefault(account.user_id, account)
    return list(chosen.values())


def _is_quiet(copies: Sequence[Copy]) -> bool:
    """Whether nobody wants anybody to be told, wherever the issue is shown."""
    return bool(copies) and all(copy.mentions == "off" for copy in copies)


def _is_mentioned(copies: Iterable[Copy]) -> bool:
    """Whether the lines in the threads ping whoever an issue was given to, and no channel wants a direct message instead."""
    wants = {"dm" if copy.mentions == "mention" and copy.threads == "off" else copy.mentions for copy in copies}
    return "mention" in wants and "dm" not in wants
