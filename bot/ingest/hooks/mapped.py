"""Read requests by a mapping: an alert as a JSON object, or a list of them, accepted completely or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.ingest.errors import MalformedRequest
from bot.ingest.hooks.mappings import AlertMapping
from bot.ingest.hooks.reports import MAX_REPORTS, MESSAGE_KEY, ReportBatch, ReportItem, ReportOrigin, bounded, occurrence_of, parse_json
from bot.ingest.timestamps import event_time
from core.events.auto_resolve import Ending
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON


def read(name: str, mapping: AlertMapping, body: bytes, origin: ReportOrigin) -> ReportBatch:
    """Read the alerts in a request to the hook with this name. Raises MalformedRequest or TooLarge."""
    sent = parse_json(body)
    alerts = sent if isinstance(sent, list) else [sent]
    if len(alerts) > MAX_REPORTS:
        raise MalformedRequest(f"The list must have at most {MAX_REPORTS:,} alerts. Send it in parts.")
    news: list[ReportItem] = []
    ignored = 0
    for number, alert in enumerate(alerts):
        place = f"[{number}]" if isinstance(sent, list) else "The body"
        # They happened one after another, the last one just now.
        heard = _reported(
            name, mapping, alert, place, ReportOrigin(origin.project_id, origin.received_at - timedelta(microseconds=len(alerts) - number - 1))
        )
        if heard:
            news.append(heard)
        else:
            ignored += 1
    return ReportBatch(news, {"ignored": ignored} if ignored else {})


def _reported(name: str, mapping: AlertMapping, alert: Any, place: str, origin: ReportOrigin) -> ReportItem | None:
    """Return an occurrence or an ending; None for an alert that is neither."""
    if not isinstance(bounded(alert, place), dict):
        raise MalformedRequest(f"{place} must be a JSON object.")
    status = mapping.meaning("status", alert)
    if status is None:
        raise MalformedRequest(f'{place}: what stands where "status" is read means neither firing nor resolved; say in the mapping what it means.')
    if status == "ignored":
        return None
    event = _event(name, mapping, alert)
    if status == "resolved":
        return Ending(fingerprints(event), event_time(event["timestamp"], origin.received_at, None))
    if not event["logentry"]["message"]:
        raise MalformedRequest(f'{place}: nothing stands where "title" is read.')
    return occurrence_of(event, origin.received_at)


def _event(name: str, mapping: AlertMapping, alert: JSON) -> JSON:
    """Build an event in the SDKs' format from an alert."""
    title, own = mapping.text("title", alert), mapping.text("fingerprint", alert)
    link = mapping.text("link", alert)
    return {
        "timestamp": mapping.text("timestamp", alert) or None,
        "level": mapping.meaning("level", alert) or "error",
        "logger": name,
        "logentry": {"message": title},
        # What another hook calls the same is something else.
        "fingerprint": [name, own] if own else [name, "{{ default }}"],
        "culprit": mapping.text("culprit", alert),
        "environment": mapping.text("environment", alert) or None,
        "release": mapping.text("release", alert) or None,
        "tags": {key: value for key, template in mapping.tags.items() if (value := template.read(alert).strip())},
        "extra": {MESSAGE_KEY: mapping.text("message", alert)} | ({"link": link} if link else {}) | {"body": alert},
    }
