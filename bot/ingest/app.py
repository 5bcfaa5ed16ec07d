"""What all ingest endpoints share: keys, quotas, the batcher, and the answers to refused requests."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.ingest.auth import ProjectKeys, ProjectRules
from bot.ingest.batching import BatchLimits, EventBatcher
from bot.ingest.errors import Away, Refused, UnknownKey, WrongProject
from bot.ingest.limits import MemoryBudget, Quotas
from bot.ingest.originals import OriginalFrames
from bot.metrics import Metrics
from bot.monitoring.rejections import RejectionLog
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway

_REJECTIONS: Mapping[type[Refused], str] = {UnknownKey: "unknown_key", WrongProject: "wrong_project"}
Handler = Callable[[Request], Awaitable[Response]]


class IngestContext:
    """Shared by all ingest endpoints. ``quota_per_minute`` is per project; 0 means no limit."""

    def __init__(self, core: Core, workers: Workers, quota_per_minute: int = 0, limits: BatchLimits | None = None) -> None:
        self.clock = core.clock
        self.workers = workers
        self.keys = ProjectKeys(core.directory, workers)
        self.grouping_rules = ProjectRules(core.grouping_rules, workers)
        self.originals = OriginalFrames(core.artifacts, core.mapper, workers)
        self.quotas = Quotas(quota_per_minute)
        self.metrics = Metrics()
        self.rejections = RejectionLog(self.metrics.rejected, core.clock)
        self.memory = MemoryBudget()
        self.batcher = EventBatcher(core.occurrences.record, workers, self.metrics, limits)

    def guarded(self, door: str, handler: Handler, headers: Mapping[str, str]) -> Handler:
        """Wrap the handler: a refusal becomes a JSON answer, and all answers get the headers.

        ``door`` is a key of ``bot.monitoring.rejections``.
        """

        async def answer(request: Request) -> Response:
            began = time.monotonic()
            try:
                response = await handler(request)
                self.rejections.accepted(door)
            except Refused as refused:
                if reason := _REJECTIONS.get(type(refused)):
                    self.rejections.rejected(door, reason)
                response = self._refusal(refused)
            except DatabaseAway:
                response = self._refusal(Away("The database does not answer. Send it again in a moment."))
            except ClientDisconnect:
                response = Response(status_code=400)
            response.headers.update(headers)
            self.metrics.seconds.observe(time.monotonic() - began)
            return response

        return answer

    def _refusal(self, refused: Refused) -> Response:
        self.metrics.refused.labels(refused.reason).inc()
        headers = {"X-Sentry-Error": str(refused)}
        if refused.wait:
            headers["Retry-After"] = str(refused.wait)
        if refused.status == 429:
            # Seconds, kind of item, scope: an SDK then drops its errors but may send other items.
            headers["X-Sentry-Rate-Limits"] = f"{refused.wait}:error:project"
        return JSONResponse({"detail": str(refused)}, refused.status, headers)
