"""Record refused requests: counted, logged once a minute with the likely cause, and stored for ``quell doctor``. Never records anything of the
request itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter

from core.bootstrap import system_clock
from core.processes.heartbeats import Outcome

log = logging.getLogger(__name__)

LOG_INTERVAL_SECONDS = 60.0
"""Time between two log lines of the same door and reason."""
ACCEPTED = "accepted"
"""The outcome of an accepted request."""
OTHER = "other"

_SLACK = {
    "no_signature": "it is not signed as Slack signs; does something on the way drop the X-Slack-… headers?",
    "wrong_signature": "is QUELL_SLACK_SIGNING_SECRET the Signing Secret of the app's Basic Information page?",
    "stale": "it was signed more than five minutes ago or ahead; is the clock of this machine right?",
    "another_workspace": "it comes from another workspace than the one of QUELL_SLACK_BOT_TOKEN",
    "malformed": "it is signed, but nothing that Slack sends",
    "too_large": "it is larger than anything that Slack sends",
}
_TEAMS = {
    "no_token": "there is no bearer token",
    "unreadable_token": "what stands in place of the token is none",
    "unknown_key": "its key is none of those at QUELL_TEAMS_OPENID_METADATA",
    "wrong_algorithm": "the token is not signed as Microsoft signs",
    "wrong_signature": "the token is not signed by the key that it names",
    "wrong_issuer": "the token is not of the Bot Connector; is QUELL_TEAMS_OPENID_METADATA that of the right cloud?",
    "wrong_audience": "the token is for another bot; is QUELL_TEAMS_APP_ID the app id of the bot's registration?",
    "missing_claim": "the token lacks something that Microsoft's have",
    "expired": "the token has expired, or is not valid yet; is the clock of this machine right?",
    "not_endorsed": "the token is not for Teams",
    "wrong_service_url": "the activity names another service URL than its token",
    "unlisted_service_url": "its service URL is not among QUELL_TEAMS_SERVICE_HOSTS",
    "another_tenant": "it comes from another tenant than QUELL_TEAMS_TENANT_ID",
    "malformed": "it is no activity",
    "too_large": "it is larger than anything that Teams sends",
}
_KEYS = {
    "unknown_key": "no project has this key; is it the one in the DSN that `quell project create` printed, or the newest hook key?",
    "wrong_project": "the key is that of another project than the one in the address",
}
_API = {
    "no_token": "there is no bearer token",
    "bad_token": "the token is not known, was revoked, or has expired",
}
CAUSES: Mapping[str, Mapping[str, str]] = MappingProxyType({"slack": _SLACK, "msteams": _TEAMS, "events": _KEYS, "hooks": _KEYS, "api": _API})
"""Every door with its reasons, and where to look for the cause. Unlisted reasons count as ``other``, so that clients cannot invent labels."""


def rejected_counter(registry: CollectorRegistry) -> Counter:
    """Create the counter of refused requests."""
    return Counter("quell_rejected_requests", "Requests that were refused at a door, by reason.", ["door", "reason"], registry=registry)


@dataclass
class _LoggedReason:
    """When a door and reason was last logged, and how many refusals came since."""

    logged_at: float
    since: int = 0


@dataclass
class RejectionLog:
    """The outcomes of requests at the doors of this process."""

    counter: Counter = field(default_factory=lambda: rejected_counter(CollectorRegistry()))
    clock: Callable[[], datetime] = system_clock
    steady: Callable[[], float] = time.monotonic
    _lines: dict[tuple[str, str], _LoggedReason] = field(default_factory=dict)
    _unsaved: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    def rejected(self, door: str, reason: str) -> None:
        """Record a refused request. Needs no database and writes at most one log line a minute."""
        reason = reason if reason in CAUSES[door] else OTHER
        self.counter.labels(door, reason).inc()
        self._note(door, reason)
        self._log(door, reason)

    def accepted(self, door: str) -> None:
        """Record an accepted request: earlier refusals were not caused by a wrong setting."""
        self._note(door, ACCEPTED)

    def take(self) -> list[Outcome]:
        """Return the outcomes that are not stored yet, and forget them."""
        taken, self._unsaved = list(self._unsaved.values()), {}
        return taken

    def give_back(self, outcomes: Iterable[Outcome]) -> None:
        """Put back outcomes that could not be stored."""
        for outcome in outcomes:
            self._add(outcome)

    def _note(self, door: str, outcome: str) -> None:
        self._add(Outcome(door, outcome, self.clock(), 1))

    def _add(self, outcome: Outcome) -> None:
        key = outcome.door, outcome.outcome
        known = self._unsaved.get(key)
        at = max(outcome.last_at, known.last_at) if known else outcome.last_at
        self._unsaved[key] = replace(outcome, last_at=at, count=outcome.count + (known.count if known else 0))

    def _log(self, door: str, reason: str) -> None:
        now = self.steady()
        line = self._lines.get((door, reason))
        if line and now - line.logged_at < LOG_INTERVAL_SECONDS:
            line.since += 1
            return
        more = f" and {line.since} more since the last line" if line and line.since else ""
        log.warning("a request was refused: door=%s reason=%s%s: %s", door, reason, more, cause(door, reason))
        self._lines[door, reason] = _LoggedReason(now)


def cause(door: str, reason: str) -> str:
    """Return why a door refuses for this reason, and where to look."""
    return CAUSES.get(door, {}).get(reason, "for none of the usual reasons")
