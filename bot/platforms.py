"""The table of chat platforms: a new one is a folder with the same files and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.interaction_queue import InteractionQueue
from bot.chat.platform import Answering, ChatPlatform
from bot.monitoring.rejections import RejectionLog
from bot.msteams.account import TeamsAccount
from bot.settings import Settings

Clock = Callable[[], datetime]


Make = Callable[[Settings, Answering, InteractionQueue, Clock, RejectionLog], ChatPlatform]


# The SDKs are heavy, so import each only if its platform is on.
def _slack(settings: Settings, answering: Answering, queue: InteractionQueue, clock: Clock, rejections: RejectionLog) -> ChatPlatform:
    from bot.slack.app import SlackAccount, SlackPlatform

    secrets = (settings.slack_signing_secret, settings.slack_bot_token, settings.slack_app_token)
    signing, token, app_token = (secret.get_secret_value() if secret else "" for secret in secrets)
    return SlackPlatform(SlackAccount((signing,), token, settings.slack_api_url, app_token), answering, queue, clock, rejections)


def _msteams(settings: Settings, answering: Answering, queue: InteractionQueue, clock: Clock, rejections: RejectionLog) -> ChatPlatform:
    from bot.msteams.app import TeamsPlatform

    return TeamsPlatform(teams_account(settings), answering, queue, clock, rejections)


@dataclass(frozen=True)
class PlatformEntry:
    """A chat platform: its name, whether the settings switch it on, and how to build it."""

    name: str
    is_on: Callable[[Settings], bool]
    make: Make


PLATFORMS = (
    PlatformEntry("slack", lambda settings: settings.has_slack, _slack),
    PlatformEntry("msteams", lambda settings: settings.has_teams, _msteams),
)


def build_platforms(
    settings: Settings, answering: Answering, queue: InteractionQueue, clock: Clock, rejections: RejectionLog
) -> dict[str, ChatPlatform]:
    """Build the platforms that the settings switch on, by name."""
    return {entry.name: entry.make(settings, answering, queue, clock, rejections) for entry in PLATFORMS if entry.is_on(settings)}


def teams_account(settings: Settings) -> TeamsAccount:
    """Return the bot's registration with Microsoft from the settings."""
    password = settings.teams_app_password
    return TeamsAccount(
        app_id=settings.teams_app_id,
        app_password=password.get_secret_value() if password else "",
        tenant_id=settings.teams_tenant_id,
        openid_metadata=settings.teams_openid_metadata,
        login_url=settings.teams_login_url,
        service_hosts=settings.teams_service_hosts,
        is_anonymous=settings.teams_anonymous and not settings.teams_app_id,
    )
