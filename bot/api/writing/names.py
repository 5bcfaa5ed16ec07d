"""Parse issue names in paths and bodies: numbers or short ids. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.api.fields import MAX_ID, shown, whole_number
from core.errors import Invalid, UnknownIssue
from core.types import JSON, parse_short_id, short_id

MAX_IDS = 10_000
"""The maximum number of issues named in one request."""
_NONE = 0
"""A number that no issue has."""


def one(text: str) -> int | str:
    """Return the issue that a path names. Raises UnknownIssue for an impossible name."""
    name = _parsed(text)
    if not name:
        raise UnknownIssue(name=shown(text))
    return name


def several(in_address: Sequence[str], body: JSON) -> tuple[int | str, ...] | None:
    """Return the issues that a bulk request names, in its query (``id``) or its body (``ids``), once each; None without either.

    An empty list names nothing, which is different from all. Raises Invalid for a malformed id, for too many ids, and for both forms at once.
    """
    if "ids" not in body:
        return _once("id", in_address) if in_address else None
    if in_address:
        raise Invalid("ids", "Ids stand in the address and in the body; give them in one place. Nothing was changed.")
    in_body = body["ids"]
    if not isinstance(in_body, list):
        raise Invalid("ids", f'{shown(in_body)} is not a list of ids. Example: ["12", "SHOP-1F"]')
    return _once("ids", in_body)


def _once(field: str, values: Sequence[object]) -> tuple[int | str, ...]:
    names = dict.fromkeys(_named(field, value) for value in values)
    if len(names) > MAX_IDS:
        raise Invalid(field, f"{len(names):,} issues are too many for one request; at most {MAX_IDS:,} can be named.")
    return tuple(names)


def _named(field: str, value: object) -> int | str:
    name = _parsed(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if name is None:
        raise Invalid(field, f"{shown(value)} is neither a number nor a short id such as SHOP-1F.")
    return name


def _parsed(text: str) -> int | str | None:
    """Return a number or a short id in our spelling; None if the text is neither."""
    number = whole_number(text)
    if number is not None:
        return number if number <= MAX_ID else _NONE
    parsed = parse_short_id(text)
    if parsed is None:
        return None
    return short_id(*parsed) if parsed[1] <= MAX_ID else _NONE
