"""Which substatus belongs to which status."""

from __future__ import annotations

from core.types import Status, Substatus

SUBSTATUSES: dict[Status, frozenset[Substatus]] = {
    Status.UNRESOLVED: frozenset({Substatus.NEW, Substatus.ONGOING, Substatus.REGRESSED, Substatus.ESCALATING}),
    Status.ARCHIVED: frozenset({Substatus.UNTIL_ESCALATING, Substatus.UNTIL_CONDITION_MET, Substatus.FOREVER}),
}
"""The statuses that are not listed carry no substatus."""


def belongs(substatus: Substatus | None, status: Status) -> bool:
    """Whether an issue of this status may carry this substatus (D5)."""
    allowed = SUBSTATUSES.get(status)
    return substatus is None if allowed is None else substatus in allowed
