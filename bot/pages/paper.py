"""What every page is made of: the templates, and the headers that keep foreign text harmless."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.responses import HTMLResponse

HEADERS = {
    # No script, nothing from elsewhere, in nobody's frame: the page shows foreign text.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    # The address of a page may be a secret: that of a login, or of a shared issue.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def page(template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page from one of the templates."""
    # Made anew each time: a page is opened now and then, and an idle process should not hold templates.
    environment = Environment(loader=PackageLoader("bot.pages"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
    environment.filters["clock"] = clock
    return HTMLResponse(environment.get_template(template).render(values), status, HEADERS)


def clock(at: datetime, zone: tzinfo) -> str:
    """A moment as the reader's own clock shows it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
