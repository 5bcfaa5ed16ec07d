"""Which of our addresses a request came near: the one with the slash at its end, or the one that takes other methods."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Match, Route


def with_slash(request: Request) -> str | None:
    """The address that was meant, query included, if only the slash at the end is missing. Without a host: nobody's header names it."""
    path = request.scope["path"] + "/"
    if path.endswith("//") or not _routes_at(request, path):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(path) + (f"?{query}" if query else "")


def allowed_methods(request: Request) -> list[str]:
    """The methods that the address of a request takes."""
    return sorted({method for route in _routes_at(request, request.scope["path"]) for method in route.methods or ()})


def _routes_at(request: Request, path: str) -> list[Route]:
    scope = {**request.scope, "path": path}
    routes = (route for route in cast("Starlette", request.app).routes if isinstance(route, Route))
    return [route for route in routes if route.matches(scope)[0] is not Match.NONE]
