"""Detect requests from this machine: pages without login answer nobody else."""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import HTTPConnection

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.-]{1,253}))(?::[0-9]{1,5})?")
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "client-ip", "x-client-ip", "x-original-host"})
"""Headers that proxies add, besides all that start with ``x-forwarded``."""


def is_loopback(host: str) -> bool:
    """Return whether the name or address is the loopback of this machine."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_local(request: HTTPConnection) -> bool:
    """Return whether the request was made on this machine, to this machine, and through no proxy.

    The client's address excludes the network; the ``Host`` header excludes web pages whose name was made to resolve here; the proxy headers exclude
    requests that a tunnel or proxy on this machine brings from elsewhere.
    """
    hosts = request.headers.getlist("host")
    client = request.client
    return client is not None and is_loopback(client.host) and len(hosts) == 1 and _names_loopback(hosts[0]) and not was_forwarded(request)


def was_forwarded(request: HTTPConnection) -> bool:
    """Return whether a proxy has forwarded the request."""
    return any(name.lower() in _FORWARDED or name.lower().startswith("x-forwarded") for name in request.headers)


def _names_loopback(header: str) -> bool:
    found = _HOST.fullmatch(header.strip())
    return found is not None and is_loopback(found["address"] or found["name"])
