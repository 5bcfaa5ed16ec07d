"""Who may read ``/metrics``: whoever has the token that was set, and without one only this machine itself."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "client-ip", "x-client-ip", "x-original-host"})
"""Headers that proxies add, beside all that begin with ``x-forwarded``: what comes through one is from elsewhere, whoever connects."""


def metrics_refusal(request: Request, token: SecretStr | None) -> Response | None:
    """The answer to somebody who may not read them: 401 without the right token, 403 from elsewhere where none is set; else None."""
    if token is not None:
        if _has(request, token.get_secret_value()):
            return None
        return PlainTextResponse("This needs: Authorization: Bearer QUELL_METRICS_TOKEN\n", 401, {"WWW-Authenticate": "Bearer"})
    if request.client is not None and _is_loopback(request.client.host) and not was_forwarded(request.headers):
        return None
    return PlainTextResponse("Set QUELL_METRICS_TOKEN to read this from another machine or through a proxy.\n", 403)


def was_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether a request came through a proxy."""
    return any(name.lower() in _FORWARDED or name.lower().startswith("x-forwarded") for name in headers)


def _has(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
