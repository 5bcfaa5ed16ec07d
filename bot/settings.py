"""The settings, from ``QUELL_…`` variables and ``quell.toml`` (the environment wins). Unknown or malformed ones are refused at start."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PREFIX = "QUELL_"
CONFIG_FILE = Path("quell.toml")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MICROSOFT_HOSTS = (
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
)
"""The hosts of Teams' service URLs according to Microsoft, sovereign clouds included."""

_DATABASE_URL = re.compile(r"^(sqlite:///?|postgresql(\+psycopg)?://)\S*$")
_WEB_ADDRESS = re.compile(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")

Words = Annotated[tuple[str, ...], NoDecode]


class BadSettings(Exception):
    """Invalid settings. The message names each one, the reason and an example."""


class Settings(BaseSettings):
    """All settings. Field names are the variables' names in lower case without ``QUELL_``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file=CONFIG_FILE, extra="forbid", env_ignore_empty=True, frozen=True)

    # The URL may contain a password.
    database_url: str = Field("sqlite:///quell.db", repr=False, examples=["postgresql+psycopg://quell@localhost/quell"])
    host: str = Field("127.0.0.1", examples=["127.0.0.1"])
    port: int = Field(8080, ge=1, le=65535, examples=[8080])
    public_url: str = Field("", examples=["https://quell.example.com"])
    secret_key: SecretStr | None = Field(None, min_length=32, examples=["any string of at least 32 characters"])
    org: str = Field("", examples=["acme"])
    deletion_grace: int = Field(3600, ge=0, examples=[3600])
    events_per_issue: int = Field(1000, ge=1, examples=[1000])
    event_days: int = Field(30, ge=1, examples=[30])
    source_map_mib: int = Field(2048, ge=1, le=10**9, examples=[2048])
    source_map_days: int = Field(90, ge=1, le=36_500, examples=[90])
    event_quota: int = Field(0, ge=0, examples=[0])
    metrics_token: SecretStr | None = Field(None, examples=["what openssl rand -hex 16 prints"])
    identity: Literal["auto", "link"] = Field("auto", examples=["auto"])
    admins: Words = Field((), examples=["ada@example.com,grace@example.com"])

    slack_signing_secret: SecretStr | None = Field(None, examples=["the Signing Secret of the app's Basic Information page"])
    slack_bot_token: SecretStr | None = Field(None, examples=["xoxb-…"])
    slack_app_token: SecretStr | None = Field(None, examples=["xapp-…"])
    slack_api_url: str = Field("https://slack.com/api/", examples=["https://slack.com/api/"])

    teams_app_id: str = Field("", examples=["00000000-0000-0000-0000-000000000000"])
    teams_app_password: SecretStr | None = Field(None, examples=["the client secret of the bot's registration"])
    teams_tenant_id: str = Field("", examples=["00000000-0000-0000-0000-000000000000"])
    teams_anonymous: bool = Field(False, examples=["false"])
    teams_openid_metadata: str = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration", examples=["https://…/openidconfiguration"]
    )
    teams_login_url: str = Field("https://login.microsoftonline.com", examples=["https://login.microsoftonline.com"])
    teams_service_hosts: Words = Field(MICROSOFT_HOSTS, examples=["smba.trafficmanager.net"])

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, then the environment, then ``quell.toml``."""
        return init_settings, env_settings, _QuellToml(settings_cls)

    @field_validator("admins", "teams_service_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Split a comma-separated list."""
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("admins")
    @classmethod
    def _in_small_letters(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Convert e-mails to lower case, as they are stored."""
        return tuple(word.lower() for word in value)

    @field_validator("database_url")
    @classmethod
    def _name_a_database(cls, value: str) -> str:
        if not names_a_database(value):
            raise ValueError("this is no SQLite and no PostgreSQL URL")
        return value

    @field_validator("public_url", "slack_api_url", "teams_openid_metadata", "teams_login_url")
    @classmethod
    def _be_a_web_address(cls, value: str) -> str:
        if value and not _WEB_ADDRESS.match(value):
            raise ValueError("this is no web address")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _end_with_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("slack_app_token")
    @classmethod
    def _be_an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse a bot token, which is easily confused with the app token. Slack would complain only while Quell runs."""
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("this is no app-level token, which begins with xapp-")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("QUELL_SLACK_APP_TOKEN needs QUELL_SLACK_BOT_TOKEN beside it, such as QUELL_SLACK_BOT_TOKEN=xoxb-…")
        if not self.slack_app_token and bool(self.slack_signing_secret) != bool(self.slack_bot_token):
            raise ValueError(
                "QUELL_SLACK_SIGNING_SECRET and QUELL_SLACK_BOT_TOKEN go together: set both, or neither to switch Slack off; "
                "Socket Mode has QUELL_SLACK_APP_TOKEN in place of the signing secret"
            )
        if self.teams_anonymous and self.host not in LOOPBACK:
            raise ValueError(f"QUELL_TEAMS_ANONYMOUS lets anybody in, so it needs QUELL_HOST to be 127.0.0.1, not {self.host}")
        if self.teams_app_id and not (self.teams_app_password and self.teams_tenant_id):
            raise ValueError("QUELL_TEAMS_APP_ID needs QUELL_TEAMS_APP_PASSWORD and QUELL_TEAMS_TENANT_ID beside it")
        return self

    @property
    def links_begin_with(self) -> str:
        """The prefix of links in chat, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def has_slack(self) -> bool:
        """Whether Slack is switched on."""
        return self.slack_bot_token is not None

    @property
    def has_slack_socket(self) -> bool:
        """Whether Slack uses Socket Mode instead of HTTP requests."""
        return self.slack_app_token is not None

    @property
    def has_teams(self) -> bool:
        """Whether Teams is switched on."""
        return bool(self.teams_app_id) or self.teams_anonymous


class _QuellToml(TomlConfigSettingsSource):
    """Reads ``quell.toml``, which uses the names of the variables: ``QUELL_PORT = 9000``."""

    def __call__(self) -> dict[str, Any]:
        return {name.removeprefix(PREFIX).lower(): value for name, value in super().__call__().items()}


def names_a_database(url: str) -> bool:
    """Return whether the text is the URL of a SQLite or PostgreSQL database."""
    try:
        # Read the port only to validate it; ValueError means that it is invalid.
        return bool(_DATABASE_URL.match(url)) and urlsplit(url).port != 0
    except ValueError:
        return False


def load(**overrides: Any) -> Settings:
    """Load the settings; ``overrides`` win over all sources. Raises BadSettings with one line per invalid setting."""
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and not _is_known(name))
    if unknown:
        raise BadSettings("\n".join(f"{name}: there is no such setting; docs/settings.md lists them all" for name in unknown))
    try:
        return Settings(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{CONFIG_FILE}: {error}. Example: QUELL_PORT = 8080") from None
    except ValidationError as error:
        raise BadSettings("\n".join(_sentence(fault) for fault in error.errors(include_input=False))) from None


def _is_known(name: str) -> bool:
    # QUELL_TEST_… belongs to the test suite.
    return name.removeprefix(PREFIX).lower() in Settings.model_fields or name.startswith("QUELL_TEST_")


def _sentence(fault: Mapping[str, Any]) -> str:
    reason = str(fault["msg"]).removeprefix("Value error, ")
    if not fault["loc"]:
        return reason
    field = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f"{PREFIX}{field.upper()}: there is no such setting; docs/settings.md lists them all"
    examples = Settings.model_fields[field].examples or [""]
    return f"{PREFIX}{field.upper()}: {reason}. Example: {PREFIX}{field.upper()}={examples[0]}"
