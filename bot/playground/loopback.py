"""Access control: only clients on this machine, and only pages of the playground itself."""

import ipaddress
import re

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.-]{1,253}))(?::[0-9]{1,5})?")
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip"})


class LoopbackOnly:
    """Refuses requests whose client, host name or origin is not this machine, and requests that came through a proxy.

    The client's address stops other machines. The host name stops web pages whose domain resolves to this machine
    (DNS rebinding). The origin stops forms that other sites post here.
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
    hosts, origin = request.headers.getlist("host"), request.headers.get("origin")
    host = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    return (
        request.client is not None
        and is_loopback(request.client.host)
        and host is not None
        and is_loopback(host["address"] or host["name"])
        and (origin is None or origin.partition("://")[2] == hosts[0])
        and not any(name.startswith("x-forwarded") or name in _FORWARDED for name in request.headers)
    )


def is_loopback(host: str) -> bool:
    """Return whether the name or address is a loopback one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
