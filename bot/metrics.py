"""The metrics on ``/metrics``, besides those of the process itself, and who may read them."""

from __future__ import annotations

import secrets
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.monitoring.rejections import rejected_counter
from bot.security.loopback import is_loopback, was_forwarded
from core.events.record import Recorded

_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_UNSTORED = ("duplicate", "discarded")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_LAGS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)


class Outbound:
    """Metrics of sending to chats. Names only the channels that have waited longest (see docs/delivery.md)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.sent = Counter("quell_sent", "What was posted, redrawn or said, by kind.", ["platform", "kind"], registry=registry)
        self.failures = Counter("quell_send_failures", "Tries that did not work, by reason.", ["platform", "reason"], registry=registry)
        self.held = Counter("quell_sends_held", "Calls that waited for a rate limit, by kind of call.", ["platform", "call"], registry=registry)
        self.lag = Histogram("quell_shown_lag_seconds", "From a change to its being shown.", ["platform"], buckets=_LAGS, registry=registry)
        self.behind = Gauge("quell_behind_messages", "What does not show the truth yet.", ["platform"], registry=registry)
        self.oldest = Gauge("quell_oldest_behind_seconds", "Age of the oldest of it.", ["platform"], registry=registry)
        self.channels = Gauge("quell_channel_behind_seconds", "The same for the worst channels.", ["platform", "channel"], registry=registry)
        self.parked = Gauge("quell_parked_messages", "What was put aside until somebody repairs it.", ["platform"], registry=registry)
        self.late = Gauge("quell_late", "1 while something is late without a known reason.", registry=registry)
        self.away = Gauge("quell_platform_away", "1 while a chat gives no answer or refuses our credentials.", ["platform"], registry=registry)


class Metrics:
    """The metrics of one process, starting at zero."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.items = Counter("quell_items", "Items of envelopes, by type; only events are kept.", ["type"], registry=self.registry)
        self.events = Counter("quell_events", "Events that were taken: stored, duplicate or discarded.", ["outcome"], registry=self.registry)
        self.refused = Counter("quell_refused", "Requests with events that were refused, by reason.", ["reason"], registry=self.registry)
        self.waiting = Gauge("quell_gate_events", "Events that wait to be stored.", registry=self.registry)
        self.batches = Histogram("quell_gate_batch_events", "Events in a transaction.", buckets=_BATCHES, registry=self.registry)
        self.seconds = Histogram("quell_ingest_seconds", "From a request with events to its answer.", buckets=_SECONDS, registry=self.registry)
        self.rejected = rejected_counter(self.registry)
        self.role_alive = Gauge("quell_role_alive", "1 while any process works in this role.", ["role"], registry=self.registry)
        self.outbound = Outbound(self.registry)

    def recorded(self, events: Sequence[Recorded]) -> None:
        """Count the events of one transaction."""
        self.batches.observe(len(events))
        for effect, number in Tally(event.effect for event in events).items():
            self.events.labels(effect if effect in _UNSTORED else "stored").inc(number)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' format."""
        return generate_latest(REGISTRY) + generate_latest(self.registry)


def metrics_refusal(request: Request, token: SecretStr | None) -> Response | None:
    """Return the answer to a client that may not read them: 401 without the right token, 403 from elsewhere if no token is set; else None."""
    if token is not None:
        if _has(request, token.get_secret_value()):
            return None
        return PlainTextResponse("This needs: Authorization: Bearer QUELL_METRICS_TOKEN\n", 401, {"WWW-Authenticate": "Bearer"})
    if request.client is not None and is_loopback(request.client.host) and not was_forwarded(request):
        return None
    return PlainTextResponse("Set QUELL_METRICS_TOKEN to read this from another machine or through a proxy.\n", 403)


def _has(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())
