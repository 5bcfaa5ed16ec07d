"""Every setting: its default, where it is read from, what is refused and how; and that no secret is ever told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.settings import BadSettings, Settings, load

SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2"

GIVEN: dict[str, tuple[str, Any]] = {
    "database_url": ("postgresql+psycopg://quell@localhost/quell", "postgresql+psycopg://quell@localhost/quell"),
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("9000", 9000),
    "public_url": ("https://quell.example.com/", "https://quell.example.com/"),
    "secret_key": (SECRET, SecretStr(SECRET)),
    "org": ("acme", "acme"),
    "deletion_grace": ("0", 0),
    "events_per_issue": ("50", 50),
    "event_days": ("7", 7),
    "source_map_mib": ("500", 500),
    "source_map_days": ("30", 30),
    "event_quota": ("100", 100),
    "metrics_token": (SECRET, SecretStr(SECRET)),
    "identity": ("link", "link"),
    "admins": ("Ada@Example.com, grace@example.com ,", ("ada@example.com", "grace@example.com")),
    "slack_signing_secret": (SECRET, SecretStr(SECRET)),
    "slack_bot_token": (SECRET, SecretStr(SECRET)),
    "slack_app_token": (f"xapp-{SECRET}", SecretStr(f"xapp-{SECRET}")),
    "slack_api_url": ("http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"),
    "teams_app_id": ("an-id", "an-id"),
    "teams_app_password": (SECRET, SecretStr(SECRET)),
    "teams_tenant_id": ("a-tenant", "a-tenant"),
    "teams_anonymous": ("false", False),
    "teams_openid_metadata": ("https://login.example.com/keys", "https://login.example.com/keys"),
    "teams_login_url": ("https://login.example.com", "https://login.example.com"),
    "teams_service_hosts": ("a.example.com,127.0.0.1", ("a.example.com", "127.0.0.1")),
}
"""Every setting as it is written, and as it is read."""

MALFORMED: list[tuple[str, str]] = [
    ("port", "eighty"),
    ("port", "0"),
    ("port", "65536"),
    ("secret_key", "short"),
    ("deletion_grace", "-1"),
    ("deletion_grace", "an hour"),
    ("events_per_issue", "0"),
    ("event_days", "0"),
    ("source_map_mib", "0"),
    ("source_map_days", "0"),
    ("source_map_days", "1000000000"),
    ("event_quota", "-1"),
    ("identity", "open"),
    ("teams_anonymous", "perhaps"),
    ("database_url", "nonsense"),
    ("database_url", "mysql://quell@localhost/quell"),
    ("database_url", "postgresql+psycopg://quell:hunter2@localhost:port/quell"),
    ("database_url", "postgresql+psycopg://quell:hunter2@localhost:99999/quell"),
    ("public_url", "quell.example.com"),
    ("public_url", "ftp://quell.example.com"),
    ("slack_api_url", "slack"),
    ("slack_app_token", "xoxb-hunter2"),
    ("slack_app_token", "hunter2"),
    ("teams_openid_metadata", "keys"),
    ("teams_login_url", "javascript:alert(1)"),
]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("QUELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def in_environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"QUELL_{name.upper()}", value)


def in_file(text: str) -> None:
    Path("quell.toml").write_text(text)


def refusal(**overrides: Any) -> str:
    with pytest.raises(BadSettings) as refused:
        load(**overrides)
    return str(refused.value)


def test_without_any_setting_it_runs_on_this_machine_alone() -> None:
    settings = load()
    assert (settings.database_url, settings.host, settings.port) == ("sqlite:///quell.db", "127.0.0.1", 8080)
    assert (settings.deletion_grace, settings.event_quota, settings.identity, settings.admins) == (3600, 0, "auto", ())
    assert not settings.has_slack
    assert not settings.has_teams
    assert settings.links_begin_with == "http://127.0.0.1:8080"


def test_every_setting_is_covered_here() -> None:
    assert set(GIVEN) == set(Settings.model_fields)


def test_every_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch, **{name: written for name, (written, _) in GIVEN.items()})
    settings = load()
    assert {name: getattr(settings, name) for name in GIVEN} == {name: value for name, (_, value) in GIVEN.items()}


def test_every_setting_is_read_from_the_file() -> None:
    in_file("".join(f'QUELL_{name.upper()} = "{written}"\n' for name, (written, _) in GIVEN.items()))
    settings = load()
    assert {name: getattr(settings, name) for name in GIVEN} == {name: value for name, (_, value) in GIVEN.items()}


def test_the_file_may_say_numbers_and_lists_as_such() -> None:
    in_file('QUELL_PORT = 9000\nQUELL_ADMINS = ["Ada@example.com"]\nQUELL_TEAMS_ANONYMOUS = true\n')
    settings = load()
    assert (settings.port, settings.admins, settings.has_teams) == (9000, ("ada@example.com",), True)


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    in_file('QUELL_PORT = 9000\nQUELL_ORG = "filed"\nQUELL_HOST = "::1"\n')
    in_environment(monkeypatch, port="9001", host="localhost")
    settings = load(port=9002)
    assert (settings.port, settings.host, settings.org) == (9002, "localhost", "filed")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch, port="", slack_bot_token="", slack_signing_secret="")
    assert load().port == 8080
    assert not load().has_slack


@pytest.mark.parametrize("name", ["QUELL_PROT", "QUELL_SLACK_TOKEN", "QUELL_"])
def test_an_unknown_setting_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, SECRET)
    assert refusal() == f"{name}: there is no such setting; docs/settings.md lists them all"


def test_an_unknown_setting_in_the_file_is_refused_by_its_name() -> None:
    in_file(f'QUELL_PROT = "{SECRET}"\n')
    assert refusal() == "QUELL_PROT: there is no such setting; docs/settings.md lists them all"


def test_the_settings_of_the_tests_themselves_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch, test_postgres_url="postgresql://localhost")
    assert load().port == 8080


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_a_malformed_setting_is_refused_with_its_name_a_reason_and_an_example(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    in_environment(monkeypatch, **{name: value})
    sentence = refusal()
    full = f"QUELL_{name.upper()}"
    assert sentence.startswith(f"{full}: ")
    assert f"Example: {full}=" in sentence
    assert "hunter2" not in sentence
    assert "\n" not in sentence


def test_a_malformed_setting_in_the_file_is_refused_in_the_same_words() -> None:
    in_file("QUELL_PORT = []\n")
    assert refusal().startswith("QUELL_PORT: ")


def test_a_file_that_is_no_toml_is_refused_with_the_place() -> None:
    in_file("QUELL_PORT = = 3\n")
    assert refusal().startswith("quell.toml: Invalid value (at line 1")


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch, port="x", identity="y")
    assert [line.partition(":")[0] for line in refusal().splitlines()] == ["QUELL_PORT", "QUELL_IDENTITY"]


@pytest.mark.parametrize("name", [name for name, field in Settings.model_fields.items() if field.annotation is str])
def test_the_example_of_a_setting_is_one(name: str) -> None:
    (example,) = Settings.model_fields[name].examples or [None]
    if name != "teams_openid_metadata":
        assert getattr(load(**{name: example, **TOGETHER.get(name, {})}), name) == example


TOGETHER: dict[str, dict[str, str]] = {"teams_app_id": {"teams_app_password": SECRET, "teams_tenant_id": "t"}}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"slack_bot_token": SECRET}, "QUELL_SLACK_SIGNING_SECRET and QUELL_SLACK_BOT_TOKEN go together"),
        ({"slack_signing_secret": SECRET}, "QUELL_SLACK_SIGNING_SECRET and QUELL_SLACK_BOT_TOKEN go together"),
        ({"slack_app_token": f"xapp-{SECRET}"}, "QUELL_SLACK_APP_TOKEN needs QUELL_SLACK_BOT_TOKEN"),
        ({"slack_app_token": f"xapp-{SECRET}", "slack_signing_secret": SECRET}, "QUELL_SLACK_APP_TOKEN needs QUELL_SLACK_BOT_TOKEN"),
        ({"teams_app_id": "x"}, "QUELL_TEAMS_APP_ID needs QUELL_TEAMS_APP_PASSWORD and QUELL_TEAMS_TENANT_ID"),
        ({"teams_app_id": "x", "teams_app_password": SECRET}, "QUELL_TEAMS_APP_ID needs QUELL_TEAMS_APP_PASSWORD and QUELL_TEAMS_TENANT_ID"),
        ({"teams_anonymous": "true", "host": "0.0.0.0"}, "QUELL_TEAMS_ANONYMOUS lets anybody in"),
        ({"teams_anonymous": "true", "host": "quell.example.com"}, "QUELL_TEAMS_ANONYMOUS lets anybody in"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], sentence: str) -> None:
    in_environment(monkeypatch, **values)
    assert sentence in refusal()
    assert SECRET not in refusal()


def test_a_host_given_on_the_command_line_does_not_open_what_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch, teams_anonymous="true")
    assert "QUELL_TEAMS_ANONYMOUS" in refusal(host="0.0.0.0")


def test_a_chat_is_on_where_its_secrets_are() -> None:
    assert load(slack_signing_secret=SECRET, slack_bot_token=SECRET).has_slack
    assert not load(slack_signing_secret=SECRET, slack_bot_token=SECRET).has_slack_socket
    assert load(teams_app_id="x", teams_app_password=SECRET, teams_tenant_id="t").has_teams
    assert load(teams_anonymous=True).has_teams


def test_by_socket_mode_slack_needs_no_signing_secret() -> None:
    settings = load(slack_bot_token=SECRET, slack_app_token=f"xapp-{SECRET}")
    assert settings.has_slack
    assert settings.has_slack_socket


@pytest.mark.parametrize("public_url", ["https://quell.example.com", "https://quell.example.com/", "https://example.com/quell/"])
def test_links_begin_with_the_public_address_without_a_slash(public_url: str) -> None:
    assert load(public_url=public_url).links_begin_with == public_url.rstrip("/")


def test_no_secret_is_ever_shown() -> None:
    secrets = dict.fromkeys(("secret_key", "slack_signing_secret", "slack_bot_token", "teams_app_password"), SECRET)
    settings = load(
        **secrets,
        slack_app_token=f"xapp-{SECRET}",
        teams_app_id="x",
        teams_tenant_id="t",
        database_url="postgresql+psycopg://quell:hunter2@localhost/quell",
    )
    for shown in (repr(settings), str(settings), f"{settings}", str(settings.model_dump(exclude={"database_url"}))):
        assert "hunter2" not in shown


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///quell.db", "sqlite:////var/lib/quell.db", "postgresql://h/q", "postgresql+psycopg://u:p@h:5432/q"]
)
def test_every_usual_database_url_is_taken(url: str) -> None:
    assert load(database_url=url).database_url == url
    assert load(database_url="postgresql+psycopg://postgres:@/quell?host=/tmp/socket").port == 8080


@given(st.sampled_from(sorted(Settings.model_fields)), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_is_taken_or_refused_by_name_without_repeating_it(name: str, value: str) -> None:
    try:
        load(**{name: value})
    except BadSettings as refused:
        assert "QUELL_" in str(refused)  # noqa: PT017  either is right, and this is what the refusal must have
        assert len(value) < 12 or value not in str(refused)  # noqa: PT017
