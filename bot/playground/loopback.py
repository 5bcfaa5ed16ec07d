"""The door: only this machine may come in, and only pages of the playground itself may act."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class LoopbackOnly:
    """Refuses clients, host names and origins that are not this machine's.

    The client's address keeps the network out; the host name keeps out a web page whose name was made to point here;
    the origin keeps out a page elsewhere that posts blindly.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403."""
        if scope["type"] == "http" and not _is_allowed(HTTPConnection(scope)):
            await PlainTextResponse("The playground is for this machine only.\n", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_allowed(request: HTTPConnection) -> bool:
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    return (
        request.client is not None
        and is_loopback(request.client.host)
        and is_loopback(urlsplit(f"//{host}").hostname or "")
        and (origin is None or urlsplit(origin).netloc == host)
    )


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
