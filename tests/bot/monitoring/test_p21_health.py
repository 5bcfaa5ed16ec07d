"""What a process says of itself and of the others: /readyz and /metrics, and what the doctor makes of settings and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.requests import Request

from bot import server
from bot.cli import checks
from bot.metrics import metrics_refusal
from bot.monitoring.heartbeats import HeartbeatTiming
from bot.service import ROLES as ALL
from bot.service import Service
from bot.settings import Settings, load
from core.bootstrap import Core, CoreSettings, open_core
from core.processes.heartbeats import Beat, RoleState
from tests.support.core import NOON

ROLES = ("web", "scheduler", "sender")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("QUELL_") and not name.startswith("QUELL_TEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def service(core: Core, database_url: str) -> Iterator[Service]:
    """A process with the web role alone."""
    service = Service(load(database_url=database_url), core, server.parse_roles("web"), HeartbeatTiming(beat=timedelta(days=1)))
    yield service
    service.workers.close()


async def test_p21_readyz_names_the_roles_of_all_processes_and_those_that_are_missing(service: Service) -> None:
    now = service.core.clock()
    service.core.heartbeats.beat([Beat("another", "sender", "host", now, now)])
    health = await service.health()
    assert (health.is_ready, dict(health.roles), health.missing) == (True, {"web": 1, "sender": 1}, ("scheduler",))


async def test_readyz_is_unready_only_without_a_migrated_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/fresh.db"
    core = open_core(CoreSettings(url))
    service = Service(load(database_url=url), core, server.parse_roles("web"))
    health = await service.health()
    assert (health.is_ready, health.status) == (False, "the database is away or not migrated")
    core.close()


async def test_p21_a_loop_that_does_not_turn_gives_no_sign_of_life(core: Core, database_url: str) -> None:
    service = Service(load(database_url=database_url), core, ALL, HeartbeatTiming(beat=timedelta(seconds=-1)))
    await service.heartbeats.beat()
    assert service.heartbeats.running_roles() == ["web"], "neither the sender's loop nor the scheduler's was ever begun"
    assert [state.role for state in core.heartbeats.roles(ROLES, timedelta(minutes=1)) if state.is_alive] == ["web"]
    await service.heartbeats.leave()
    assert not any(state.is_alive for state in core.heartbeats.roles(ROLES, timedelta(minutes=1)))


def asking(host: str = "127.0.0.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (host, 1234), "headers": raw, "method": "GET", "path": "/metrics"})


@pytest.mark.parametrize(
    ("request_", "token", "status"),
    [
        (asking(), None, None),
        (asking("::1"), None, None),
        (asking("::ffff:127.0.0.1"), None, None),
        (asking("10.0.0.7"), None, 403),
        (asking(x_forwarded_for="10.0.0.7"), None, 403),
        (asking(forwarded="for=10.0.0.7"), None, 403),
        (asking(x_real_ip="10.0.0.7"), None, 403),
        (asking(via="1.1 proxy"), None, 403),
        (asking(), "token", 401),
        (asking(authorization="Bearer wrong"), "token", 401),
        (asking(authorization="Basic token"), "token", 401),
        (asking(authorization="Bearer "), "token", 401),
        (asking("10.0.0.7", authorization="Bearer token"), "token", None),
        (asking("10.0.0.7", x_forwarded_for="1.2.3.4", authorization="bearer token"), "token", None),
    ],
)
def test_metrics_are_for_whoever_has_the_token_or_for_this_machine_alone(request_: Request, token: str | None, status: int | None) -> None:
    refusal = metrics_refusal(request_, SecretStr(token) if token else None)
    assert (refusal.status_code if refusal else None) == status


def settings_with(**given: object) -> Settings:
    teams = {"teams_app_id": "an-id", "teams_app_password": "secret", "teams_tenant_id": "tenant"}
    return load(**{**teams, **given})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://quell.example.com", None),
        ("https://quell.example.com/under/a/path", None),
        ("https://203.0.113.7", "inside your network"),
        ("https://8.8.8.8", None),
        ("http://quell.example.com", "does not begin with https"),
        ("https://127.0.0.1:8080", "this machine itself"),
        ("https://localhost", "this machine itself"),
        ("https://0.0.0.0:8080", "an address to listen on"),
        ("https://[::]:8080", "an address to listen on"),
        ("https://[::1]", "this machine itself"),
        ("https://10.1.2.3", "inside your network"),
        ("https://quell", "inside your network"),
        ("https://quell.local", "inside your network"),
    ],
)
def test_p21_an_address_that_no_chat_can_reach_is_named(url: str, words: str | None) -> None:
    found = checks.public_url(settings_with(public_url=url))
    assert found.ok is (words is None), found
    assert words is None or words in found.said


def test_without_a_chat_that_has_to_reach_it_only_an_address_that_leads_nowhere_is_wrong() -> None:
    assert checks.public_url(load()).ok
    assert not checks.public_url(load(host="0.0.0.0")).ok


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("quell.db", "quell.db-wal", "quell.key", "quell.toml"):
        (tmp_path / name).touch(0o600)
    return tmp_path


def test_p21_files_that_others_can_read_are_named_one_by_one(folder: Path) -> None:
    assert checks.files(load()).ok
    for name in ("quell.db", "quell.db-wal", "quell.key", "quell.toml"):
        (folder / name).chmod(0o640)
        found = checks.files(load())
        assert (found.ok, f"{name} (640)" in found.said) == (False, True)
        (folder / name).chmod(0o600)


def test_p21_the_doctor_tells_killed_roles_from_a_program_that_does_not_run() -> None:
    assert checks.roles([RoleState(role, 0, None) for role in ROLES]).ok
    killed = checks.roles([RoleState("web", 1, NOON), RoleState("sender", 0, NOON)])
    assert not killed.ok
    assert "No process works as sender; the last one fell silent at 12:00:00 UTC: no message is sent" in killed.said
    assert not checks.roles([RoleState(role, 0, NOON) for role in ROLES]).ok
