"""The bot's registration with Microsoft, and the hosts that its messages may go to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from bot.security.loopback import is_loopback

# URL parsers disagree about the host after a user name, a backslash, a query or a blank; no real service URL has these.
_FORBIDDEN = re.compile(r"[@\\?#\s\x00-\x1f\x7f]")

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class TeamsAccount:
    """The settings ``QUELL_TEAMS_…``. Without ``app_id``, only anonymous requests from this machine are accepted, if ``is_anonymous``."""

    app_id: str
    app_password: str = field(repr=False)
    tenant_id: str
    openid_metadata: str
    login_url: str
    service_hosts: tuple[str, ...]
    """Host names without port."""
    is_anonymous: bool

    def may_reach(self, url: str) -> bool:
        """Return whether messages may go to this service URL: https to a listed host; plain http to this machine, if listed or anonymous."""
        parts = _parts(url)
        if parts is None:
            return False
        host = parts.hostname or ""
        is_here = is_loopback(host)
        return (self._lists(host) or (is_here and self.is_anonymous)) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))

    def is_here(self, url: str) -> bool:
        """Return whether this service URL is this machine: the only one that an unauthenticated request may name."""
        parts = _parts(url)
        return parts is not None and is_loopback(parts.hostname or "")

    def may_trust(self, url: str) -> bool:
        """Return whether our token may be sent to this service URL: never to a host that only the anonymous mode allows."""
        parts = _parts(url)
        return bool(self.app_id) and parts is not None and self.may_reach(url) and self._lists(parts.hostname or "")

    def _lists(self, host: str) -> bool:
        return host in {name.lower().strip("[]") for name in self.service_hosts}


def _parts(url: str) -> SplitResult | None:
    if _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is not a number
    except ValueError:
        return None
    return parts if parts.hostname and _HOST.fullmatch(parts.netloc) else None
