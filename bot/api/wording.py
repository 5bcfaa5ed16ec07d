"""Times and people as JSON has them. Pure."""

from __future__ import annotations

from datetime import datetime

from core.types import JSON
from core.views import PersonView


def instant(moment: datetime | None) -> str | None:
    """A time in ISO 8601, UTC written as Z."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def person_json(person: PersonView) -> JSON:
    """A user."""
    return {"id": str(person.id), "name": person.name, "email": person.email}
