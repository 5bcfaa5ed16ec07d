"""The web application: the routes of everything that is switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.metrics import metrics_refusal
from bot.security.secrets import signer
from bot.service import Service

if TYPE_CHECKING:
    from bot.playground import Playground


def web(service: Service, playground: Playground | None = None) -> Starlette:
    """Build the application of one process. Without the web role it only serves health and metrics. It starts and stops the service."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    routes = _health(service) if not service.has_role("web") else _routes(service, playground)
    return Starlette(routes=routes, lifespan=lifespan)


def _routes(service: Service, playground: Playground | None) -> list[BaseRoute]:
    # The API is the heaviest import. Processes without the web role skip it.
    from bot.api.app import ADDRESSES, api
    from bot.ingest.crashes.endpoint import CrashEndpoint
    from bot.ingest.hooks.endpoint import WebhookEndpoint
    from bot.ingest.sentry import SentryEndpoint
    from bot.pages.app import Pages
    from bot.pages.visitors import Visitors

    routes = [*_health(service), *SentryEndpoint(service.ingest).routes(), *CrashEndpoint(service.ingest).routes()]
    routes += WebhookEndpoint(service.core, service.ingest).routes()
    for platform in service.platforms:
        routes += platform.routes
    visitors = Visitors(service.core, signer(service.settings, "sessions"), service.settings.links_begin_with)
    routes += Pages(service.core, service.workers, visitors, service.dispatch.identity, service.settings.org if playground else None).routes()
    if playground:
        routes.append(Mount("/playground", playground.app))
    documented = api(service.core, service.workers, service.settings.links_begin_with, service.rejections)
    return [*routes, *(Route(address, documented) for address in ADDRESSES)]


def _health(service: Service) -> list[BaseRoute]:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        """Report readiness. A missing role of another process does not make this process unready."""
        health = await service.health()
        return JSONResponse(asdict(health), 200 if health.is_ready else 503)

    async def metrics(request: Request) -> Response:
        refusal = metrics_refusal(request, service.settings.metrics_token)
        return refusal or Response(service.ingest.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
