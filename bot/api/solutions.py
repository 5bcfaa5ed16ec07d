"""How something is solved, as ``status`` and ``statusDetails`` of a body say it (engine.md §3.2, §7.1). Pure."""

from __future__ import annotations

from bot.api.fields import shown, truth, word
from bot.api.ignores import DETAILS
from core.actions import InCommit, InNextRelease, InRelease, Now
from core.errors import Invalid
from core.types import JSON

NEXT = "resolvedInNextRelease"
"""The status that sentry-cli sends; it asks for no release to be there."""


def solution_of(status: object, details: JSON) -> Now | InNextRelease | InRelease | InCommit:
    """The first that is said of: next release, release, commit, now. Every part is checked, needed or not. Raises Invalid."""
    is_next = truth(f"{DETAILS}.inNextRelease", details.get("inNextRelease"))
    release, commit = _release(details.get("inRelease")), _commit(details.get("inCommit"))
    if is_next or status == NEXT:
        return InNextRelease(needs_release=bool(is_next))
    return release or commit or Now()


def _release(value: object) -> InRelease | None:
    return None if value is None else InRelease(word(f"{DETAILS}.inRelease", value, "shop@1.4.0, or latest"))


def _commit(value: object) -> InCommit | None:
    if value is None:
        return None
    field = f"{DETAILS}.inCommit"
    if not isinstance(value, dict):
        raise Invalid(field, f'{shown(value)} is no commit. Example: {{"repository": "acme/shop", "commit": "4f2a…"}}')
    repository = word(f"{field}.repository", value.get("repository"), "acme/shop")
    return InCommit(repository, word(f"{field}.commit", value.get("commit"), "a SHA"))
