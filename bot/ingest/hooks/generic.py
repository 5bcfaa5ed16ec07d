"""Read the generic webhook: one report as a JSON object, or a list of them, accepted completely or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.ingest.errors import MalformedRequest
from bot.ingest.events import hexadecimal_id
from bot.ingest.hooks.reports import (
    MAX_REPORTS,
    MESSAGE_KEY,
    ReportBatch,
    ReportItem,
    ReportOrigin,
    bounded,
    event_id_of,
    occurrence_of,
    parse_json,
    validated,
)
from bot.ingest.hooks.words import LEVELS, STATUSES
from bot.ingest.timestamps import event_time, moment
from core.events.auto_resolve import Ending
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON

Word = str | int | float


_NOBODYS_ID = "0" * 32
_SYNONYMS = {
    **dict.fromkeys(("severity", "priority", "loglevel", "log_level"), "level"),
    **dict.fromkeys(("state", "alert", "alert_state", "alertstate"), "status"),
}
"""Synonyms of two fields. Such a field is read if its value is known, and ignored otherwise."""
_WORDS: Mapping[str, Mapping[str, str]] = {"level": LEVELS, "status": STATUSES}
_LEVELS_OF_STATUSES = frozenset({"critical", "crit", "fatal", "error", "err", "warning", "warn"})
"""Statuses that imply a level."""


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _level(value: object) -> object:
    return LEVELS.get(_word(value), value)


def _status(value: object) -> object:
    return STATUSES.get(_word(value), value)


def _time(value: Word) -> Word:
    if moment(value) is None:
        raise ValueError
    return value


class Report(BaseModel):
    """A problem, or its end. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True)

    title: str | None = Field(None, description='a text, as "The backup failed"')
    message: str | None = Field(None, description='a text, as "rsync: connection refused"')
    level: Annotated[Literal["debug", "info", "warning", "error", "fatal"], BeforeValidator(_level)] | None = Field(
        None, description='"debug", "info", "warning", "error" or "fatal"'
    )
    fingerprint: str | list[Word] | None = Field(None, description='a text or a list of texts, as "backup-db1"')
    culprit: str | None = Field(None, description='a text, as "cron on db1"')
    user: Word | dict[str, Any] | None = Field(None, description='a text or an object, as {"id": "42", "email": "ada@example.com"}')
    release: str | None = Field(None, description='a text, as "shop@1.4.2"')
    environment: str | None = Field(None, description='a text, as "production"')
    tags: dict[str, Word | bool | None] | None = Field(None, description='an object of texts, as {"host": "db1"}')
    status: Annotated[Literal["firing", "resolved"], BeforeValidator(_status)] | None = Field(None, description='"firing" or "resolved"')
    timestamp: Annotated[Word, AfterValidator(_time)] | None = Field(
        None, description='a time, or seconds or milliseconds since 1970, as "2026-11-23T12:00:00Z"'
    )
    event_id: str | None = Field(None, description='a text that no other report has, as "backup-2026-11-23"')

    @property
    def is_over(self) -> bool:
        """Whether the problem is over."""
        return self.status == "resolved"

    @property
    def heading(self) -> str:
        """The title or else the message; empty if there is neither."""
        return (self.title or "").strip() or (self.message or "").strip()

    @property
    def text(self) -> str:
        """The message besides the heading."""
        return self.message or "" if self.title and self.title.strip() else ""


def read(body: bytes, origin: ReportOrigin) -> ReportBatch:
    """Read a report or a list of reports. Raises MalformedRequest or TooLarge, naming the first bad report."""
    sent = parse_json(body)
    if not isinstance(sent, list):
        reports = [_report(sent, "")]
    elif len(sent) > MAX_REPORTS:
        raise MalformedRequest(f"The list must have at most {MAX_REPORTS:,} reports. Send it in parts.")
    else:
        reports = [_report(value, f"[{number}]") for number, value in enumerate(sent)]
    # Reports without a time happened one after another, the last one just now.
    news = [_reported(report, origin, timedelta(microseconds=place)) for place, report in enumerate(reversed(reports))][::-1]
    return ReportBatch(news, {"ids": [item.event_id for item in news if not isinstance(item, Ending)]})


def _report(value: Any, place: str) -> Report:
    report = validated(Report, _in_our_words(bounded(value, place or "The body")), place)
    field = f"{place}{'.' if place else ''}title"
    if not report.heading and not report.is_over:
        raise MalformedRequest(f'{field} must be a text that is not empty, as "The backup failed"; or there must be a message.')
    if not report.heading and not report.fingerprint:
        raise MalformedRequest(f"{field} or fingerprint must say what is resolved; they must be the same as when it was firing.")
    return report


def _in_our_words(value: Any) -> Any:
    """Return the report with our names of fields: case does not matter, and synonyms are replaced."""
    if not isinstance(value, dict):
        return value
    lower = {name.lower(): content for name, content in value.items()} | value
    report = {name: lower[name] for name in Report.model_fields if name in lower}
    for synonym, name in _SYNONYMS.items():
        if report.get(name) is None and _word(lower.get(synonym)) in _WORDS[name]:
            report[name] = lower[synonym]
    if report.get("level") is None and _word(report.get("status")) in _LEVELS_OF_STATUSES:
        report["level"] = report["status"]
    return report


def _reported(report: Report, origin: ReportOrigin, ago: timedelta) -> ReportItem:
    event, received_at = _event(report, origin.project_id), origin.received_at - ago
    if report.is_over:
        return Ending(fingerprints(event), event_time(report.timestamp, received_at, None))
    return occurrence_of(event, received_at)


def _event(report: Report, project_id: int) -> JSON:
    """Build an event in the SDKs' format from a report."""
    kept = report.model_dump(include={"level", "culprit", "release", "environment", "tags", "timestamp", "fingerprint"}, exclude_none=True)
    values: JSON = {
        "event_id": _event_id(report.event_id, project_id),
        "logger": "webhook",
        "logentry": {"message": report.heading},
        "user": report.user if isinstance(report.user, Mapping) else {"id": report.user},
        "extra": {MESSAGE_KEY: report.text},
    }
    return kept | values


def _event_id(sent_id: str | None, project_id: int) -> str | None:
    """Return the event id in the SDKs' format; other ids are hashed into it. None if there is no id, or only zeros."""
    if not sent_id or sent_id.strip().replace("-", "") == _NOBODYS_ID:
        return None
    return hexadecimal_id(sent_id) or event_id_of(project_id, sent_id)
