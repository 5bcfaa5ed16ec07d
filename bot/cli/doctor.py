"""``quell doctor``: checks configuration, database, clock, Slack and Teams, and says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot import settings as quell_settings
from bot.chat.platform import PlatformError
from bot.cli import channel_checks, checks
from bot.cli.checks import Finding
from bot.monitoring.heartbeats import HeartbeatTiming
from bot.monitoring.role_watch import ROLE_NAMES
from bot.msteams.http import Credentials, HttpSession
from bot.platforms import teams_account
from bot.security.secrets import with_key
from bot.settings import LOOPBACK, BadSettings, Settings
from bot.slack.manifest import SCOPES
from core.bootstrap import Core, CoreSettings, open_core
from core.errors import DatabaseAway, TriageError

TIMEOUT_SECONDS = 10
"""How long anybody may take to answer."""
MAX_CLOCK_DRIFT = timedelta(seconds=60)
"""How far clocks may differ. Slack and Teams refuse what is five minutes off."""


@dataclass(frozen=True)
class OutsideCheck:
    """The result of a check that asks another server, and how far that server's clock is ahead of ours."""

    finding: Finding
    is_ahead_by: timedelta | None = None


def examine() -> list[Finding]:
    """Run all checks. A missing SQLite file is created, as by every command."""
    try:
        settings = with_key(quell_settings.load())
    except BadSettings as error:
        return [Finding("configuration", ok=False, said=str(error))]
    core = open_core(CoreSettings(settings.database_url))
    try:
        return _examine(settings, core)
    finally:
        core.close()


def _examine(settings: Settings, core: Core) -> list[Finding]:
    database, is_ahead_by = _database(settings, core)
    outside = asyncio.run(_outside(settings, core.clock))
    clocks = {"the database": is_ahead_by} | {check.finding.name.capitalize(): check.is_ahead_by for check in outside}
    configuration = Finding("configuration", ok=True, said=f"links in chat begin with {settings.links_begin_with}")
    own = [configuration, checks.public_url(settings), checks.files(settings), database, _clock(clocks)]
    return [*own, *(check.finding for check in outside), *_inside(settings, core)]


def _inside(settings: Settings, core: Core) -> list[Finding]:
    """Return the checks of the database: processes, refused requests and channels."""
    try:
        roles = checks.roles(core.heartbeats.roles(ROLE_NAMES, HeartbeatTiming().lasts))
        doors = checks.doors(core.heartbeats.outcomes())
        watched = core.channels.watched()
    except DatabaseAway:
        return [Finding(name, ok=True, said="not looked at, as the database has it") for name in ("roles", "doors", "channels")]
    return [roles, doors, asyncio.run(channel_checks.channels(settings, watched, core.clock))]


def _database(settings: Settings, core: Core) -> tuple[Finding, timedelta | None]:
    is_sqlite = settings.database_url.startswith("sqlite")
    try:
        core.require_schema(may_create=is_sqlite)
    except TriageError as error:
        return Finding("database", ok=False, said=str(error)), None
    except DatabaseAway:
        if is_sqlite:
            return Finding("database", ok=False, said="the SQLite file of QUELL_DATABASE_URL cannot be opened or written; look at its folder"), None
    found = core.examine()
    troubles = {
        "it does not answer; look at QUELL_DATABASE_URL and whether the server runs": not found.is_reachable,
        "it is not up to date; run: quell db upgrade": not found.is_migrated,
        "it cannot be written to; look at the rights of its user, whether it is a standby, and whether its disk is full": not found.is_writable,
    }
    trouble = next((sentence for sentence, is_so in troubles.items() if is_so), "")
    return Finding("database", ok=not trouble, said=trouble or "it answers, is up to date and can be written to"), found.is_ahead_by


def _clock(clocks: Mapping[str, timedelta | None]) -> Finding:
    """Compare our clock with those of other servers."""
    known = {whose: by for whose, by in clocks.items() if by is not None}
    astray = [f"{abs(by.total_seconds()):.0f} s off {whose}" for whose, by in known.items() if abs(by) > MAX_CLOCK_DRIFT]
    if astray:
        return Finding("clock", ok=False, said=f"it is {' and '.join(astray)}; set it by NTP, Slack and Teams refuse what is five minutes off")
    return Finding("clock", ok=True, said=f"it agrees with {' and '.join(known)}" if known else "there is nobody to compare it with")


async def _outside(settings: Settings, clock: Callable[[], datetime]) -> list[OutsideCheck]:
    return [
        await _slack(settings, settings.slack_bot_token, clock) if settings.slack_bot_token else _off("slack"),
        await _teams(settings, clock) if settings.has_teams else _off("teams"),
    ]


def _off(name: str) -> OutsideCheck:
    return OutsideCheck(Finding(name, ok=True, said="it is switched off"))


async def _slack(settings: Settings, token: SecretStr, clock: Callable[[], datetime]) -> OutsideCheck:
    try:
        headers, answer_json = await _ask_slack(settings, "auth.test", token)
        why = _against_bot_token(headers, answer_json) or await _against_app_token(settings)
    except PlatformError as error:
        return OutsideCheck(Finding("slack", ok=False, said=f"{error}; look at the way out of this machine, and at QUELL_SLACK_API_URL"))
    taken = f"it takes the token, as that of the workspace {str(answer_json.get('team'))[:80]}"
    socket = ", and opens a socket" if settings.has_slack_socket else ""
    return OutsideCheck(Finding("slack", ok=not why, said=why or f"{taken}{socket}"), _ahead(headers, clock()))


def _against_bot_token(headers: Mapping[str, str], answer_json: Mapping[str, Any]) -> str:
    granted = [word.strip() for word in headers.get("x-oauth-scopes", "").split(",")]
    missing = [scope for scope in SCOPES if scope not in granted] if "x-oauth-scopes" in headers else []
    if not answer_json.get("ok"):
        return f"Slack does not take QUELL_SLACK_BOT_TOKEN ({str(answer_json.get('error'))[:60]}); copy it again from OAuth & Permissions of the app"
    return f"the installation lacks {', '.join(missing)}; give the app the manifest of this Quell and install it again" if missing else ""


async def _against_app_token(settings: Settings) -> str:
    if not settings.slack_app_token:
        return ""
    _, answer_json = await _ask_slack(settings, "apps.connections.open", settings.slack_app_token)
    what = "switch Socket Mode on, and copy the token again from Basic Information of the app; its scope is connections:write"
    return "" if answer_json.get("ok") else f"Slack does not take QUELL_SLACK_APP_TOKEN ({str(answer_json.get('error'))[:60]}); {what}"


async def _ask_slack(settings: Settings, method: str, token: SecretStr) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    return await _ask("POST", f"{settings.slack_api_url}{method}", {"Authorization": f"Bearer {token.get_secret_value()}"})


async def _teams(settings: Settings, clock: Callable[[], datetime]) -> OutsideCheck:
    if not settings.teams_app_id:
        return OutsideCheck(Finding("teams", ok=True, said="anybody on this machine may talk to the bot (QUELL_TEAMS_ANONYMOUS); nobody else can"))
    try:
        headers, answer_json = await _ask("GET", settings.teams_openid_metadata)
        if "jwks_uri" not in answer_json:
            raise PlatformError("it names no keys")
    except PlatformError as error:
        return OutsideCheck(Finding("teams", ok=False, said=f"{error}; look at the way out of this machine, and at QUELL_TEAMS_OPENID_METADATA"))
    web = HttpSession()
    try:
        await Credentials(teams_account(settings), web, clock).bearer()
    except PlatformError as error:
        what = "QUELL_TEAMS_APP_ID, QUELL_TEAMS_APP_PASSWORD and QUELL_TEAMS_TENANT_ID" if error.permanent else "QUELL_TEAMS_LOGIN_URL"
        return OutsideCheck(Finding("teams", ok=False, said=f"{error}; look at {what}"), _ahead(headers, clock()))
    finally:
        await web.close()
    return OutsideCheck(
        Finding("teams", ok=True, said="Microsoft gives a token for the bot, and names the keys of its own"), _ahead(headers, clock())
    )


async def _ask(method: str, url: str, headers: Mapping[str, str] | None = None) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Send a request and return the headers and the JSON of the response. Raises PlatformError."""
    host = URL(url).host or ""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        # What is on this machine is not asked through a proxy.
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=host not in LOOPBACK) as http,
            http.request(method, url, headers=headers, allow_redirects=False) as answer,
        ):
            answer_json = await answer.json(content_type=None)
            return answer.headers, answer_json if isinstance(answer_json, dict) else {}
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise PlatformError(f"no answer from {host}: {type(error).__name__}") from None


def _ahead(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    try:
        return parsedate_to_datetime(headers.get("Date", "")) - now
    except (ValueError, TypeError):
        return None
