"""Build and parse our own links: to the page of an issue, and to a shared issue that anyone with the link may view."""

from __future__ import annotations

import re

_PATH = re.compile(r"/issues/(?P<name>[A-Za-z0-9_-]{1,80})/?")
_END_OF_PATH = re.compile(r"[?#]")
_SHARED = re.compile(r"/share/issue/(?P<share>[0-9a-f]{1,80})/?")


def to_issue(links_begin_with: str, issue_id: int) -> str:
    """Return the link to the page of an issue, for people who may see it."""
    return f"{links_begin_with}/issues/{issue_id}/"


def to_shared(links_begin_with: str, issue_id: int, share_id: str) -> str:
    """Return the link to the page of a shared issue, for anyone."""
    return f"{to_issue(links_begin_with, issue_id)}?share={share_id}"


def to_login(links_begin_with: str, token: str) -> str:
    """Return the one-time link that opens the issue pages."""
    return f"{links_begin_with}/login/{token}"


def issue_in(links_begin_with: str, url: str) -> str | None:
    """Return the number or short id in a link to an issue, or None for other links."""
    if not url.startswith(f"{links_begin_with}/"):
        return None
    match = _PATH.fullmatch(_path(url, links_begin_with))
    return match["name"] if match else None


def share_in(links_begin_with: str, url: str) -> str | None:
    """Return the secret in a link of the form ``/share/issue/…/``, or None for other links."""
    if not url.startswith(f"{links_begin_with}/"):
        return None
    match = _SHARED.fullmatch(_path(url, links_begin_with))
    return match["share"] if match else None


def _path(url: str, links_begin_with: str) -> str:
    return _END_OF_PATH.split(url[len(links_begin_with) :], maxsplit=1)[0]
