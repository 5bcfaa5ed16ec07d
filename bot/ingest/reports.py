"""What both hooks share: the JSON they are sent becomes news of issues, checked field by field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.ingest.errors import MalformedRequest, TooLarge
from bot.ingest.events import occurrence
from bot.ingest.json_text import loaded
from bot.ingest.limits import MIB, MOST_EVENT
from core.events.auto_resolve import Ending
from core.events.record import Occurrence
from core.rules.fingerprints import text_of
from core.rules.titles import MOST_MESSAGE, shortened
from core.types import JSON

MESSAGE = "message"
"""Where in an event's ``extra`` stands what is said beside its title."""
LEVELS = {
    "debug": "debug",
    **dict.fromkeys(("info", "information", "informational", "notice", "low", "none", "ok"), "info"),
    **dict.fromkeys(("warning", "warn", "minor", "medium", "average"), "warning"),
    **dict.fromkeys(("error", "err", "major", "high"), "error"),
    **dict.fromkeys(("fatal", "critical", "crit", "page", "emergency", "emerg", "alert", "disaster"), "fatal"),
}
"""What people call how bad it is, and the level that each word means."""

MOST_VALUES = 300_000
"""Values in the JSON of a request; a group of a thousand alerts has a tenth of that."""

Shape = TypeVar("Shape", bound=BaseModel)
News = Occurrence | Ending


@dataclass(frozen=True)
class ReportOrigin:
    """For which project a request came, and when."""

    project_id: int
    received_at: datetime


@dataclass(frozen=True)
class ReportBatch:
    """What a request brings; ``answer`` is said beside how much of it was taken."""

    news: Sequence[News]
    answer: JSON = field(default_factory=dict)

    @property
    def occurrences(self) -> list[Occurrence]:
        """What happened."""
        return [one for one in self.news if isinstance(one, Occurrence)]

    @property
    def endings(self) -> list[Ending]:
        """What is over. Each knows when, so it does not matter that all that happened is taken first."""
        return [one for one in self.news if isinstance(one, Ending)]


Read = Callable[[bytes, ReportOrigin], ReportBatch]
"""Reads a request. Raises MalformedRequest or TooLarge."""


def document(body: bytes) -> Any:
    """The JSON in a request. Raises MalformedRequest, or TooLarge where it has more than ``MOST_VALUES``."""
    try:
        return loaded(body, "The body", MOST_VALUES)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not JSON.") from None


def checked(shape: type[Shape], value: Any, place: str = "") -> Shape:
    """The object at that place, if it has this shape. Raises MalformedRequest, which names the field and says what it must be."""
    if not isinstance(value, dict):
        raise MalformedRequest(f"{place or 'The body'} must be a JSON object.")
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        wanted = next(known.description for own, known in shape.model_fields.items() if name in (own, known.alias))
        raise MalformedRequest(f"{place}{'.' if place else ''}{name} must be {wanted}.") from None


def weighed(value: Any, place: str) -> Any:
    """The value, which is one event. Raises TooLarge where it is more than that."""
    if len(json.dumps(value)) > MOST_EVENT:
        raise TooLarge(f"{place} is larger than {MOST_EVENT // MIB} MiB.")
    return value


def told(event: JSON, received_at: datetime) -> Occurrence:
    """The occurrence of an event whose ``extra`` may say more than its title does."""
    taken = occurrence(event, received_at)
    said = text_of(taken.payload.get("extra", {}).get(MESSAGE))
    return replace(taken, message=shortened(said, MOST_MESSAGE)) if said else taken


def event_id_of(*parts: object) -> str:
    """An event id that is the same whenever the same is reported."""
    return hashlib.blake2s(json.dumps(parts, default=str).encode(), digest_size=16).hexdigest()
