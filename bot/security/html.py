"""What every page is made of: templates in which foreign text is harmless, and headers under which it stays so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from bot.security.invisible import visible

HEADERS = {
    # No script, nothing from elsewhere, in nobody's frame: the page shows foreign text.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    # The address of a page may be a secret: that of a login, or of a shared issue.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}

Filters = Mapping[str, Callable[..., Any]]


def html_page(package: str, template: str, values: Mapping[str, Any], status: int = 200, filters: Filters | None = None) -> HTMLResponse:
    """Render a page from one of the templates of a package."""
    # Made anew each time: a page is opened now and then, and an idle process should not hold templates.
    loader = PackageLoader(package)
    environment = Environment(loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True, finalize=_visible)
    environment.filters |= filters or {}
    return HTMLResponse(environment.get_template(template).render(values), status, HEADERS)


def _visible(value: Any) -> Any:
    """Foreign text without what is invisible; what is markup already is ours."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
