"""The way out to Slack: sessions that follow no redirect, and the addresses that Slack's own answers may lead to."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp
from yarl import URL

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def session(seconds: float) -> aiohttp.ClientSession:
    """Open a session whose calls take at most so long. Slack's API answers where it is; whatever redirects us is not Slack, and would get
    the token: a call that is redirected fails with ``aiohttp.ClientError`` before anything is sent on.
    """
    opened = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds), cookie_jar=aiohttp.DummyCookieJar())
    follow_no_redirect(opened)
    return opened


def follow_no_redirect(opened: aiohttp.ClientSession) -> None:
    """Make a session refuse redirects, whoever opened it: Slack's SDK follows them, and cannot be told not to."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse)
    trace.freeze()
    opened.trace_configs.append(trace)


def response_url(address: str, api: URL) -> URL | None:
    """Return the address of a private answer if it leads to Slack, or to the API we were told to use; a payload could name any."""
    url = _read(address)
    if url is None:
        return None
    is_slack = url.host == "hooks.slack.com" and url.port == 443
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK)
    return url if is_safe and (is_slack or _is_api(url, api)) else None


def socket_url(address: str, api: URL) -> URL | None:
    """Return the address of a socket if it leads to Slack, or to the host of the API we were told to use."""
    url = _read(address)
    if url is None:
        return None
    is_slack = url.host is not None and url.host.endswith(".slack.com") and url.port == 443
    is_safe = url.scheme == "wss" or (url.scheme == "ws" and url.host in LOOPBACK)
    # A stand-in for Slack may have its sockets on another port of this machine.
    is_here = url.host in LOOPBACK and api.host in LOOPBACK
    return url if is_safe and (is_slack or is_here or _is_api(url, api)) else None


def _read(address: str) -> URL | None:
    try:
        url = URL(address)
        _ = url.host, url.port
    except ValueError:
        return None
    return None if url.user is not None or url.password is not None else url


def _is_api(url: URL, api: URL) -> bool:
    return url.host == api.host and url.port == api.port


async def _refuse(_: aiohttp.ClientSession, __: SimpleNamespace, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise aiohttp.ClientError("redirected")
