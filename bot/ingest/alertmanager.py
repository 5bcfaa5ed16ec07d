"""Read the webhook of Prometheus' Alertmanager, version 4: a group of alerts, each firing or resolved.

The format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. Alertmanager repeats alerts that keep firing, and each of its
replicas may send them. So the event id is derived from the alert and the time at which it began to fire: one firing is one event, and that time is
when it happened. Resolving an issue covers every firing that began before; only a later one reopens it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.ingest.errors import MalformedRequest, Refused
from bot.ingest.reports import LEVELS, MESSAGE_KEY, ReportBatch, ReportItem, ReportOrigin, bounded, event_id_of, occurrence_of, parse_json, validated
from bot.ingest.timestamps import event_time, moment
from core.events.auto_resolve import Ending
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON

_MAX_FAULTS = 20
"""Number of alerts whose errors are reported."""
_PLACES = ("instance", "service", "job", "pod", "host", "node")
"""Labels that name the place of the problem, most specific first."""
_TEXTS = 'an object of texts, as {"alertname": "DiskFull"}'
_TIME = 'a time, as "2026-11-23T12:00:00Z"'


class Group(BaseModel):
    """A notification. Other fields only repeat what the alerts say."""

    model_config = ConfigDict(strict=True)

    version: Literal["4"] = Field("4", description='"4", the version that is read here')
    alerts: list[Any] = Field(description='a list of alerts, as [{"status": "firing", "labels": {"alertname": "DiskFull"}}]')
    truncated: int = Field(0, alias="truncatedAlerts", description="a whole number, as 0")
    receiver: str | None = Field(None, description='a text, as "quell"')
    external_url: str | None = Field(None, alias="externalURL", description='a text, as "http://alertmanager:9093"')


class Alert(BaseModel):
    """One alert."""

    model_config = ConfigDict(strict=True)

    status: Literal["firing", "resolved"] = Field(description='"firing" or "resolved"')
    labels: dict[str, str] = Field(min_length=1, description=_TEXTS)
    annotations: dict[str, str] | None = Field(None, description=_TEXTS)
    starts_at: str | None = Field(None, alias="startsAt", description=_TIME)
    ends_at: str | None = Field(None, alias="endsAt", description=_TIME)
    generator_url: str | None = Field(None, alias="generatorURL", description='a text, as "http://prometheus:9090/graph"')
    fingerprint: str | None = Field(None, description='a text, as "12056e1cca13efd6"')

    @property
    def identity(self) -> list[str]:
        """Identify the alert by its labels, with the same fingerprint as Alertmanager."""
        return ["alertmanager", self.fingerprint or json.dumps(self.labels, sort_keys=True)]

    @property
    def began_at(self) -> datetime | None:
        """When the alert began to fire, by the monitoring system's clock."""
        return moment(self.starts_at)


def read(body: bytes, origin: ReportOrigin) -> ReportBatch:
    """Read the alerts of a notification. Skips unreadable alerts and names them, so that the others are not lost.

    Raises MalformedRequest or TooLarge if no alert is readable.
    """
    group = validated(Group, parse_json(body))
    news: list[ReportItem] = []
    refused: list[Refused] = []
    for number, value in enumerate(group.alerts):
        try:
            news.append(_reported(group, _alert(value, f"alerts[{number}]"), origin))
        except Refused as reason:
            refused.append(reason)
    faults = [str(reason) for reason in refused[:_MAX_FAULTS]]
    if refused and not news:
        raise type(refused[0])(" ".join(faults))
    return ReportBatch(news, {"truncatedAlerts": group.truncated} | ({"refused": faults} if faults else {}))


def _alert(value: Any, place: str) -> Alert:
    alert = validated(Alert, bounded(value, place), place)
    if alert.starts_at and moment(alert.starts_at) is None:
        raise MalformedRequest(f"{place}.startsAt must be {_TIME}.")
    return alert


def _reported(group: Group, alert: Alert, origin: ReportOrigin) -> ReportItem:
    if alert.status == "firing":
        return occurrence_of(_event(group, alert, origin), origin.received_at)
    return Ending(fingerprints({"fingerprint": alert.identity}), event_time(alert.ends_at, origin.received_at, None))


def _event(group: Group, alert: Alert, origin: ReportOrigin) -> JSON:
    """Build an event in the SDKs' format from a firing alert."""
    labels, annotations = alert.labels, alert.annotations or {}
    links = {"generatorURL": alert.generator_url, "runbook_url": annotations.get("runbook_url"), "externalURL": group.external_url}
    return {
        # Without a start time firings cannot be distinguished, so each counts.
        "event_id": event_id_of(origin.project_id, *alert.identity, alert.began_at) if alert.began_at else None,
        "timestamp": alert.starts_at,
        "level": LEVELS.get(labels.get("severity", "").lower(), "error"),
        "logger": "alertmanager",
        "logentry": {"message": annotations.get("summary") or labels.get("alertname") or "An alert without a name"},
        "fingerprint": alert.identity,
        "culprit": next((labels[name] for name in _PLACES if labels.get(name)), alert.generator_url),
        "environment": labels.get("environment") or labels.get("env"),
        "tags": labels,
        "extra": {MESSAGE_KEY: annotations.get("description", ""), "annotations": annotations, "receiver": group.receiver} | links,
    }
