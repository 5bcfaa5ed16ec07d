"""Who may read ``/metrics``: whoever has the token that was set, and without one only this machine itself."""

from __future__ import annotations

import secrets

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.loopback import is_loopback, was_forwarded


def metrics_refusal(request: Request, token: SecretStr | None) -> Response | None:
    """The answer to somebody who may not read them: 401 without the right token, 403 from elsewhere where none is set; else None."""
    if token is not None:
        if _has(request, token.get_secret_value()):
            return None
        return PlainTextResponse("This needs: Authorization: Bearer QUELL_METRICS_TOKEN\n", 401, {"WWW-Authenticate": "Bearer"})
    if request.client is not None and is_loopback(request.client.host) and not was_forwarded(request):
        return None
    return PlainTextResponse("Set QUELL_METRICS_TOKEN to read this from another machine or through a proxy.\n", 403)


def _has(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())
