"""The templates of the pages, and how they show times and chats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from starlette.responses import HTMLResponse

from bot.chat import cards
from bot.security.html import HEADERS, html_page

__all__ = ["HEADERS", "page"]


def page(template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Render a page from one of the templates."""
    return html_page("bot.pages", template, values, status, {"clock": clock, "source_words": cards.source_words})


def clock(at: datetime, zone: tzinfo) -> str:
    """Return a time in the reader's time zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
