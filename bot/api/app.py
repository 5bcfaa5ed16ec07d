"""The documented HTTP API: its routes, with every response of each, and its description."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.params import Depends as Dependency
from starlette.responses import JSONResponse, Response

from bot.api.auth import OWN_ORGANIZATION, ApiContext, needs
from bot.api.docs import docs_page
from bot.api.problems import answer_problems
from bot.api.reading.projects import IN_PROJECT
from bot.api.tables import artifacts, events, issues, organizations, releases
from bot.api.tables.route import ApiRoute
from bot.api.writing.parameters import only_known
from bot.monitoring.rejections import RejectionLog
from bot.workers import Workers
from core.bootstrap import Core

ADDRESSES = ("/api/0", "/api/0/{rest:path}", "/openapi.json", "/docs")
"""The paths of this application, for a router that has other routes beside it: ``Route(address, api(…))`` for each."""

ROUTES = (*organizations.ROUTES, *issues.ROUTES, *events.ROUTES, *releases.ROUTES, *artifacts.ROUTES)


class Api(FastAPI):
    """FastAPI, with a description that leaves out the 422 response, which this API never sends."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, built once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
            for unused in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
        return super().openapi()


def api(core: Core, workers: Workers, links_begin_with: str, rejections: RejectionLog | None = None) -> Api:
    """Build the application for ``/api/0/…``, ``/openapi.json`` and ``/docs``, with full paths.

    ``links_begin_with`` has no trailing slash. ``rejections`` counts refused tokens.
    """
    app = bare_api()
    app.state.context = ApiContext(core, workers, links_begin_with, rejections or RejectionLog())
    return app


def bare_api() -> Api:
    """Build the same application without a context: it can describe itself, and answers once ``state.context`` is set."""
    about = (
        "Issues and their triage; the words are those of Sentry's API, version 0. A trailing slash is required: without it 308. "
        "A body may be a form too, and is read as JSON would be."
    )
    app = Api(title="Quell", version="0", description=about, redirect_slashes=False, docs_url=None, redoc_url=None)
    for route in ROUTES:
        for path in route.paths:
            _add(app, route, path)
    answer_problems(app)

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        context: ApiContext | None = getattr(app.state, "context", None)
        return docs_page(app.openapi(), urlsplit(context.links_begin_with).path.rstrip("/") if context else "")

    return app


def _add(app: FastAPI, route: ApiRoute, path: str) -> None:
    app.add_api_route(
        path,
        route.endpoint,
        methods=[route.method],
        summary=route.summary,
        status_code=min(route.answers),
        response_class=JSONResponse if route.has_json else Response,
        response_model=None,
        responses=route.responses,
        dependencies=_dependencies(route, path),
        openapi_extra=route.extra or None,
        tags=["issues" if "issues" in path else "organizations"],
    )


def _dependencies(route: ApiRoute, path: str) -> list[Dependency]:
    """Return the dependencies in this order: the scope, the organization, the project, and the check of parameter and field names."""
    found = [needs(route.scopes)] if route.scopes else []
    found += [OWN_ORGANIZATION] if "{org}" in path else []
    found += [IN_PROJECT] if "{project}" in path else []
    found += [route.narrowed_by] if route.narrowed_by else []
    return [*found, only_known(route.rules)]
