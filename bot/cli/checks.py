"""The checks of ``quell doctor`` that need only the settings, the files and the database."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.monitoring.rejections import ACCEPTED, cause
from bot.monitoring.role_watch import words
from bot.platforms import PLATFORMS
from bot.settings import CONFIG_FILE, LOOPBACK, Settings
from core.processes.heartbeats import Outcome, RoleState

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NAMES_AT_HOME = (".local", ".localhost", ".internal", ".lan", ".home")
_OF_SETTINGS = frozenset(
    {
        "wrong_signature",
        "stale",
        "another_workspace",
        "wrong_audience",
        "wrong_issuer",
        "unknown_key",
        "expired",
        "unlisted_service_url",
        "another_tenant",
    }
)
"""Reasons for refused requests that a wrong setting or clock on our side can cause. Other reasons come from requests of strangers."""


@dataclass(frozen=True)
class Finding:
    """The result of one check. ``said`` is its state or what to do."""

    name: str
    ok: bool
    said: str


def public_url(settings: Settings) -> Finding:
    """Check that the chats can reach the public address."""
    url = settings.links_begin_with
    wanted_by = [name for name, is_on in (("Slack", settings.has_slack and not settings.has_slack_socket), ("Teams", settings.teams_app_id)) if is_on]
    trouble = _trouble_of(url)
    if not trouble:
        return Finding("public url", ok=True, said=f"{url} can be an address that chats reach")
    if wanted_by:
        what = "set QUELL_PUBLIC_URL to the https address that leads here from the internet"
        return Finding("public url", ok=False, said=f"{' and '.join(wanted_by)} cannot reach {url}: {trouble}; {what}")
    if _is_nowhere(urlsplit(url).hostname or ""):
        return Finding(
            "public url", ok=False, said=f"links in messages lead nowhere: {trouble}; set QUELL_PUBLIC_URL to the address that people open"
        )
    return Finding("public url", ok=True, said=f"no chat has to reach {url}; links in messages open where it can be reached")


def _trouble_of(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_nowhere(host):
        return f"{host} is an address to listen on, and none to reach"
    if host in LOOPBACK or host.endswith(".localhost") or _is(host, "is_loopback"):
        return f"{host} is this machine itself"
    if _is(host, "is_private") or _is(host, "is_link_local") or host.endswith(_NAMES_AT_HOME) or _has_no_domain(host):
        return f"{host} is known only inside your network"
    return "" if parts.scheme == "https" else "it does not begin with https"


def _is_nowhere(host: str) -> bool:
    return not host or _is(host, "is_unspecified")


def _is(host: str, what: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), what))
    except ValueError:
        return False


def _has_no_domain(host: str) -> bool:
    return "." not in host and ":" not in host


def files(settings: Settings) -> Finding:
    """Check that only their owner can read the files with secrets or personal data."""
    open_to_others = [f"{path} ({mode:03o})" for path in _private(settings) if (mode := _mode(path)) & _FOR_OTHERS]
    if open_to_others:
        problem = f"others on this machine can read or change {', '.join(open_to_others)}; run: chmod 600 on each"
        return Finding("files", ok=False, said=problem)
    return Finding("files", ok=True, said="only their owner can read them")


def _private(settings: Settings) -> Sequence[Path]:
    path = urlsplit(settings.database_url).path.removeprefix("/") if settings.database_url.startswith("sqlite") else ""
    database = Path(path) if path and path != ":memory:" else None
    beside = [database, *(Path(f"{database}{end}") for end in ("-wal", "-shm")), database.with_suffix(".key")] if database else []
    return [file for file in (*beside, CONFIG_FILE) if file.exists()]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def roles(found: Sequence[RoleState]) -> Finding:
    """Check that each role has a working process."""
    missing = [state for state in found if not state.is_alive]
    if all(state.processes == 0 and state.last_at is None for state in found):
        return Finding("roles", ok=True, said="no process runs; start one with: quell serve")
    if missing:
        return Finding("roles", ok=False, said=" ".join(words(state) + "." for state in missing))
    return Finding("roles", ok=True, said=", ".join(f"{state.role}: {state.processes} alive" for state in found))


def doors(outcomes: Sequence[Outcome]) -> Finding:
    """Check the requests that were refused last, and whether a chat's request was accepted after that. The outcomes are sorted, newest first."""
    refused: dict[str, Outcome] = {}
    accepted = {outcome.door: outcome.last_at for outcome in outcomes if outcome.outcome == ACCEPTED}
    for outcome in outcomes:
        if outcome.outcome != ACCEPTED:
            refused.setdefault(outcome.door, outcome)
    chats = {entry.name for entry in PLATFORMS}
    shut = [
        outcome
        for outcome in refused.values()
        if outcome.door in chats and outcome.outcome in _OF_SETTINGS and _is_newer(outcome, accepted.get(outcome.door))
    ]
    if not refused:
        return Finding("doors", ok=True, said="they refused nothing")
    summary = "; ".join(_door_line(outcome) for outcome in (shut or refused.values()))
    return Finding("doors", ok=not shut, said=summary if not shut else f"{summary}. Nothing was let in there since")


def _is_newer(outcome: Outcome, accepted_at: datetime | None) -> bool:
    return accepted_at is None or outcome.last_at > accepted_at


def _door_line(outcome: Outcome) -> str:
    last = f"{outcome.door} refused a request last at {outcome.last_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{last} ({outcome.outcome}, {outcome.count} in all): {cause(outcome.door, outcome.outcome)}"
