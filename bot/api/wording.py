"""Times, people and statuses in JSON. Pure."""

from __future__ import annotations

from datetime import datetime

from core.types import JSON, Status, Substatus
from core.views import PersonView

SUBSTATUSES = {substatus.full_name: substatus for substatus in Substatus}
"""The substatuses by name."""


def status_name(status: Status) -> str:
    """Return the name of a status; Sentry calls an archived issue ``ignored``."""
    return "ignored" if status is Status.ARCHIVED else status.name.lower()


def instant(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601, with UTC written as Z."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def person_json(person: PersonView) -> JSON:
    """Return a user."""
    return {"id": str(person.id), "name": person.name, "email": person.email}


def short_version(version: str) -> str:
    """Return a version without the name of its program: ``1.2.3`` for ``shop@1.2.3``."""
    return version.rpartition("@")[2] or version
