"""Render pages: templates that escape foreign text, and headers that protect the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from bot.security.invisible import visible

HEADERS = {
    # No scripts, no external resources, no frames: the page shows foreign text.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    # The URL of a page may be secret: a login or a shared issue.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}

Filters = Mapping[str, Callable[..., Any]]


def html_page(package: str, template: str, values: Mapping[str, Any], status: int = 200, filters: Filters | None = None) -> HTMLResponse:
    """Render a page from one of the templates of a package."""
    # Build it each time: pages are opened rarely, and an idle process should not hold templates.
    loader = PackageLoader(package)
    environment = Environment(loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True, finalize=_visible)
    environment.filters |= filters or {}
    return HTMLResponse(environment.get_template(template).render(values), status, HEADERS)


def _visible(value: Any) -> Any:
    """Remove invisible characters from foreign text; keep our own markup."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
