"""What a change answers: the engine's delta with people and times as JSON has them, and the activity feed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.api.reading.issues_json import activity_json
from bot.api.wording import person_json
from core.types import JSON, ActivityType
from core.views import ActivityView, PersonView

FEED = 100
"""Entries of a feed."""
READ_FOR_FEED = 2 * FEED + 1
"""So many activities are read for it, the first of all among them."""


def delta_json(delta: JSON, echo: JSON, actor: PersonView | None) -> JSON:
    """What was asked for, as it is now for all selected issues. ``echo`` are fields that did nothing by themselves."""
    details = delta.get("statusDetails")
    return {**delta, **({"statusDetails": _details(details, actor)} if details else {}), **echo}


def feed_json(activities: Sequence[ActivityView]) -> list[JSON]:
    """Newest first, without what only repeats the entry before it, and at the end when the issue was first seen."""
    first = next((view for view in activities if view.type is ActivityType.FIRST_SEEN), None)
    shown = [activity_json(view) for view in _without_repeats(activities)]
    priority = first.data.get("priority") if first else None
    born = {"id": "0", "type": "first_seen", "user": None, "dateCreated": None, "data": {"priority": priority}, "source": "ingest"}
    if first:
        born["dateCreated"] = activity_json(first)["dateCreated"]
    return [*shown, born][:FEED]


def _details(details: JSON, actor: PersonView | None) -> JSON:
    shown = dict(details)
    if "actor" in shown:
        shown["actor"] = person_json(actor) if actor else None
    if isinstance(shown.get("ignoreUntil"), str):
        shown["ignoreUntil"] = shown["ignoreUntil"].replace("+00:00", "Z")
    if isinstance(shown.get("inCommit"), dict):
        # Sentry calls a commit's SHA its id.
        shown["inCommit"] = {"id": shown["inCommit"]["commit"], **shown["inCommit"]}
    return shown


def _without_repeats(activities: Sequence[ActivityView]) -> Iterator[ActivityView]:
    before: tuple[object, ...] | None = None
    for view in activities:
        if view.type is ActivityType.FIRST_SEEN:
            continue
        same = (view.type, view.user, view.data)
        if same != before or view.type is ActivityType.NOTE:
            yield view
        before = same
