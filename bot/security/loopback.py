"""Who is on this machine: what has no login answers nobody else."""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import HTTPConnection

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.-]{1,253}))(?::[0-9]{1,5})?")
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "client-ip", "x-client-ip", "x-original-host"})
"""Headers that proxies add, beside all that begin with ``x-forwarded``."""


def is_loopback(host: str) -> bool:
    """Tell whether this name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_local(request: HTTPConnection) -> bool:
    """Tell whether the request was made on this machine, for this machine, and by no proxy on the way.

    The client's address keeps the network out; the one ``Host`` keeps out a web page whose name was made to point here; the headers of proxies
    keep out what a tunnel or proxy on this machine brings from elsewhere.
    """
    hosts = request.headers.getlist("host")
    client = request.client
    return client is not None and is_loopback(client.host) and len(hosts) == 1 and _names_loopback(hosts[0]) and not was_forwarded(request)


def was_forwarded(request: HTTPConnection) -> bool:
    """Tell whether a proxy has passed the request on."""
    return any(name.lower() in _FORWARDED or name.lower().startswith("x-forwarded") for name in request.headers)


def _names_loopback(header: str) -> bool:
    found = _HOST.fullmatch(header.strip())
    return found is not None and is_loopback(found["address"] or found["name"])
