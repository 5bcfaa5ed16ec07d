"""The playground's accounts: three people, one Slack workspace, one Teams tenant, and the secrets that the bot shares with them."""

import secrets
import uuid
from dataclasses import dataclass

from bot.playground.store import Store

TEAM = "TPLAYGROUND"
CHANNEL = "CALERTS"
SLACK_APP = "AQUELL"
BOT_USER = "UQUELL"
BOT_ID = "BQUELL"
BOT_NAME = "Quell"
TEAMS_TEAM = "19:team@thread.tacv2"
TEAMS_CHANNEL = "19:alerts@thread.tacv2"


@dataclass(frozen=True)
class Person:
    """One demo person, known to both services under the same confirmed e-mail."""

    name: str
    email: str
    slack_id: str
    teams_aad_id: str
    teams_id: str
    tz: str

    def has_id(self, key: str) -> bool:
        """Return whether the key is the person's e-mail or one of their ids, in either service."""
        return key in (self.slack_id, self.teams_aad_id, self.teams_id, self.email)


PEOPLE = (
    Person("Ana Lima", "ana@example.com", "UPLAY1", "11111111-aaaa-4aaa-8aaa-000000000001", "29:1play-ana", "Europe/Lisbon"),
    Person("Ben Osei", "ben@example.com", "UPLAY2", "22222222-bbbb-4bbb-8bbb-000000000002", "29:1play-ben", "Europe/London"),
    Person(
        "Chiyo Mori",
        "chiyo@example.com",
        "UPLAY3",
        "33333333-cccc-4ccc-8ccc-000000000003",
        "29:1play-chiyo",
        "Asia/Tokyo",
    ),
)


@dataclass(frozen=True)
class Accounts:
    """The bot's settings for the playground. Each field holds the value of the QUELL_* setting of the same name."""

    slack_signing_secret: str
    slack_bot_token: str
    slack_api_url: str
    teams_app_id: str
    teams_app_password: str
    teams_tenant_id: str
    teams_openid_metadata: str
    teams_login_url: str
    teams_service_url: str
    slack_channel: str = CHANNEL
    teams_channel: str = TEAMS_CHANNEL
    teams_service_hosts: str = "127.0.0.1,localhost"
    people: tuple[Person, ...] = PEOPLE

    @property
    def teams_bot_id(self) -> str:
        """The bot's id in conversations: Teams writes `28:` before the app id."""
        return f"28:{self.teams_app_id}"

    def person(self, key: str) -> Person | None:
        """Return the person with this id or e-mail; None if there is no such person."""
        return next((person for person in self.people if person.has_id(key)), None)


def load_accounts(store: Store, own_url: str) -> Accounts:
    """Return the accounts of this playground. The secrets are created once and stored."""
    kept = store.get("secrets", "accounts") or store.put(
        "secrets",
        "accounts",
        {
            "slack_signing_secret": secrets.token_hex(16),
            "slack_bot_token": f"xoxb-playground-{secrets.token_hex(12)}",
            "teams_app_id": str(uuid.uuid4()),
            "teams_app_password": secrets.token_urlsafe(30),
            "teams_tenant_id": str(uuid.uuid4()),
        },
    )
    return Accounts(
        **kept,
        slack_api_url=f"{own_url}/slack/api/",
        teams_openid_metadata=f"{own_url}/teams/openid/.well-known/openidconfiguration",
        teams_login_url=f"{own_url}/teams/login",
        teams_service_url=f"{own_url}/teams/",
    )
