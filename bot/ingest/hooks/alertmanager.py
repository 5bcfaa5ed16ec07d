"""Read the notifications of Prometheus' Alertmanager (version 4) and Grafana (version 1): groups of alerts, each firing or resolved.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config has the format. Grafana's differs only in its links and measured values.

Alertmanager repeats an alert while it fires, and each of its replicas may send it. So the event id is made from the alert and the time when it
began to fire: each firing is one event, with that time. Resolving an issue covers all earlier firings; only a later one reopens it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.ingest.errors import MalformedRequest, Refused
from bot.ingest.hooks.reports import MESSAGE_KEY, ReportBatch, ReportItem, ReportOrigin, bounded, event_id_of, occurrence_of, parse_json, validated
from bot.ingest.hooks.words import LEVELS
from bot.ingest.timestamps import event_time, moment
from core.events.auto_resolve import Ending
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON

_MAX_FAULTS = 20
"""Number of alerts whose errors are reported."""
_PLACES = ("instance", "service", "job", "pod", "host", "node")
"""Labels that name the place of the problem, most specific first."""
_TEXTS = 'an object of texts, as {"alertname": "DiskFull"}'
_LINK = 'a text, as "http://grafana:3000/d/disk"'
_UNKNOWN_STATES = {"DatasourceNoData": "No data", "DatasourceError": "Not evaluated"}
"""Grafana's names for alerts about rules without data or with an error."""
_TIME = 'a time, as "2026-11-23T12:00:00Z"'


class Group(BaseModel):
    """A notification. Its other fields only repeat those of the alerts."""

    model_config = ConfigDict(strict=True)

    version: Literal["4", "1"] = Field("4", description='"4", as Alertmanager says, or "1", as Grafana says')
    alerts: list[Any] = Field(description='a list of alerts, as [{"status": "firing", "labels": {"alertname": "DiskFull"}}]')
    truncated: int = Field(0, alias="truncatedAlerts", description="a whole number, as 0")
    receiver: str | None = Field(None, description='a text, as "quell"')
    external_url: str | None = Field(None, alias="externalURL", description='a text, as "http://alertmanager:9093"')

    @property
    def sender(self) -> str:
        """The program that sent the notification."""
        return "grafana" if self.version == "1" else "alertmanager"


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
    silence_url: str | None = Field(None, alias="silenceURL", description=_LINK)
    dashboard_url: str | None = Field(None, alias="dashboardURL", description=_LINK)
    panel_url: str | None = Field(None, alias="panelURL", description=_LINK)
    image_url: str | None = Field(None, alias="imageURL", description=_LINK)
    values: dict[str, Any] | None = Field(None, description='an object of numbers, as {"A": 97.2}')
    value_string: str | None = Field(None, alias="valueString", description="a text, as \"[ var='A' labels={} value=97.2 ]\"")

    def identity(self, group: Group) -> list[str]:
        """Return the identity of an alert over time: the sender's fingerprint of its labels."""
        return [group.sender, self.fingerprint or json.dumps(self.labels, sort_keys=True)]

    @property
    def title(self) -> str:
        """The title. A rule of Grafana without data, or with an error, has a title of its own."""
        name = self.labels.get("alertname", "")
        title = (self.annotations or {}).get("summary") or self.labels.get("rulename") or name
        return f"{_UNKNOWN_STATES[name]}: {title}" if name in _UNKNOWN_STATES else title or "An alert without a name"

    @property
    def details(self) -> JSON:
        """The links and measured values that the sender gives."""
        details = {
            "runbook_url": (self.annotations or {}).get("runbook_url"),
            "generatorURL": self.generator_url,
            "dashboardURL": self.dashboard_url,
            "panelURL": self.panel_url,
            "silenceURL": self.silence_url,
            "imageURL": self.image_url,
            "values": self.values,
            "valueString": self.value_string,
        }
        return {name: value for name, value in details.items() if value}

    @property
    def began_at(self) -> datetime | None:
        """The time when the alert began to fire, by the monitoring system's clock."""
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
    return Ending(fingerprints({"fingerprint": alert.identity(group)}), event_time(alert.ends_at, origin.received_at, None))


def _event(group: Group, alert: Alert, origin: ReportOrigin) -> JSON:
    """Build an event in the SDKs' format from a firing alert."""
    labels, annotations = alert.labels, alert.annotations or {}
    identity = alert.identity(group)
    return {
        # Without a beginning no two firings can be told from one another, so each counts.
        "event_id": event_id_of(origin.project_id, *identity, alert.began_at) if alert.began_at else None,
        "timestamp": alert.starts_at,
        "level": LEVELS.get(labels.get("severity", "").lower(), "error"),
        "logger": group.sender,
        "logentry": {"message": alert.title},
        "fingerprint": identity,
        "culprit": next((labels[name] for name in _PLACES if labels.get(name)), labels.get("grafana_folder") or alert.generator_url or None),
        "environment": labels.get("environment") or labels.get("env"),
        "tags": labels,
        "extra": {
            MESSAGE_KEY: annotations.get("description", ""),
            "annotations": annotations,
            "receiver": group.receiver,
            "externalURL": group.external_url,
        }
        | alert.details,
    }
