"""The words that programs use for levels and statuses, and their meanings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("debug", "trace", "verbose"), "debug"),
        **dict.fromkeys(("info", "information", "informational", "notice", "low", "none", "ok", "okay", "success", "normal", "p4", "p5"), "info"),
        **dict.fromkeys(("warning", "warn", "minor", "medium", "moderate", "average", "degraded", "p3"), "warning"),
        **dict.fromkeys(("error", "err", "major", "high", "severe", "p2"), "error"),
        **dict.fromkeys(
            ("fatal", "critical", "crit", "page", "emergency", "emerg", "alert", "disaster", "panic", "blocker", "urgent", "p1"), "fatal"
        ),
    }
)
"""Words for levels, in lower case, and the level that each means."""

_FIRING = (
    "firing", "fired", "fire", "alerting", "alert", "alarm", "in_alarm", "triggered", "trigger", "re-triggered", "renotify", "down", "failed",
    "failure", "failing", "fail", "error", "err", "errored", "problem", "bad", "active", "activated", "open", "opened", "new", "started", "broken",
    "unhealthy", "breached", "offline", "unreachable", "timed_out", "timeout", "warn", "warning", "critical", "crit", "fatal", "no data", "no_data",
    "nodata",
)  # fmt: skip
_RESOLVED = (
    "resolved", "resolve", "ok", "okay", "recovered", "recovery", "recover", "up", "success", "successful", "succeeded", "passed", "pass", "passing",
    "healthy", "normal", "good", "online", "closed", "close", "cleared", "clear", "inactive", "deactivated", "fixed", "restored", "ended",
)  # fmt: skip
STATUSES: Mapping[str, str] = MappingProxyType(dict.fromkeys(_FIRING, "firing") | dict.fromkeys(_RESOLVED, "resolved"))
"""Words for statuses, in lower case, and their meaning: ``firing`` or ``resolved``."""
