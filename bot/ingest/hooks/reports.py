"""Shared by all webhooks: validate the JSON and turn it into occurrences and endings."""

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
from bot.ingest.json_text import load_json
from bot.ingest.limits import MAX_EVENT_BYTES, MIB
from core.events.auto_resolve import Ending
from core.events.record import Occurrence
from core.rules.grouping.reading import text_of
from core.rules.titles import MAX_MESSAGE_CHARS, shortened
from core.types import JSON

MESSAGE_KEY = "message"
"""The key of an event's ``extra`` that holds the message besides the title."""
MAX_REPORTS = 1_000
"""Of a list."""
MAX_VALUES = 300_000
"""Of a request's JSON. A group of a thousand alerts has a tenth of that."""

Shape = TypeVar("Shape", bound=BaseModel)
ReportItem = Occurrence | Ending


@dataclass(frozen=True)
class ReportOrigin:
    """The project of a request, and when it was received."""

    project_id: int
    received_at: datetime


@dataclass(frozen=True)
class ReportBatch:
    """The content of a request. ``answer`` is added to the JSON answer."""

    items: Sequence[ReportItem]
    answer: JSON = field(default_factory=dict)

    @property
    def occurrences(self) -> list[Occurrence]:
        """The occurrences of the batch."""
        return [item for item in self.items if isinstance(item, Occurrence)]

    @property
    def endings(self) -> list[Ending]:
        """The endings of the batch. Each has its own time, so they can be processed after all occurrences."""
        return [item for item in self.items if isinstance(item, Ending)]


Read = Callable[[bytes, ReportOrigin], ReportBatch]
"""Parses a request. Raises MalformedRequest or TooLarge."""


def parse_json(body: bytes) -> Any:
    """Parse the body. Raises MalformedRequest; TooLarge if it has more than ``MAX_VALUES``."""
    try:
        return load_json(body, "The body", MAX_VALUES)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not JSON.") from None


def validated(shape: type[Shape], value: Any, place: str = "") -> Shape:
    """Validate a JSON object. Raises MalformedRequest, which names the field and the expected type."""
    if not isinstance(value, dict):
        raise MalformedRequest(f"{place or 'The body'} must be a JSON object.")
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        wanted = next(known.description for own, known in shape.model_fields.items() if name in (own, known.alias))
        raise MalformedRequest(f"{place}{'.' if place else ''}{name} must be {wanted}.") from None


def bounded(value: Any, place: str) -> Any:
    """Return the value, which becomes one event. Raises TooLarge if it exceeds an event's size."""
    if len(json.dumps(value)) > MAX_EVENT_BYTES:
        raise TooLarge(f"{place} is larger than {MAX_EVENT_BYTES // MIB} MiB.")
    return value


def occurrence_of(event: JSON, received_at: datetime) -> Occurrence:
    """Build the occurrence of an event, with the message from its ``extra``."""
    taken = occurrence(event, received_at)
    text = text_of(taken.payload.get("extra", {}).get(MESSAGE_KEY))
    return replace(taken, message=shortened(text, MAX_MESSAGE_CHARS)) if text else taken


def event_id_of(*parts: object) -> str:
    """Derive an event id that is the same for the same report."""
    return hashlib.blake2s(json.dumps(parts, default=str).encode(), digest_size=16).hexdigest()
