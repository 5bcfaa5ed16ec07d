"""Serves the page: its files, and two libraries from `node_modules`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_STATIC = Path(__file__).parent / "static"
_VENDOR = {
    "adaptivecards.min.js": "adaptivecards/dist/adaptivecards.min.js",
    "adaptivecards.css": "adaptivecards/dist/adaptivecards.css",
    "markdown-it.min.js": "markdown-it/dist/browser/markdown-it.umd.min.js",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """Return the routes of the page, its files and its libraries."""
    return [
        Route("/", _index),
        Route("/static/{name}", _static),
        Route("/vendor/{name}", _vendor),
    ]


async def _index(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", headers=_HEADERS)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    known = {path.name: path for path in _STATIC.iterdir()}
    return FileResponse(known[name], headers=_HEADERS) if name in known else _not_found(name)


async def _vendor(request: Request) -> Response:
    name = request.path_params["name"]
    for root in (Path(__file__).parents[2], Path.cwd()):
        path = root / "node_modules" / _VENDOR.get(name, "-")
        if path.is_file():
            return FileResponse(path, headers=_HEADERS)
    return _not_found(f"{name}: run `make setup`")


def _not_found(name: str) -> Response:
    return PlainTextResponse(f"not here: {name}\n", 404, _HEADERS)
