"""Who made the changes of one transaction, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.types import JSON, Origin, Source

_PEOPLE = frozenset({Source.SLACK, Source.MSTEAMS, Source.API, Source.CLI})


@dataclass(frozen=True)
class Cause:
    """Who made the changes of one transaction, from where and when. ``tags`` are kept in each activity's data."""

    now: datetime
    source: Source
    actor_id: int | None = None
    origin: Origin | None = None
    tags: JSON = field(default_factory=dict)

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody asked for it: neither an event nor the clock."""
        return self.source in _PEOPLE
