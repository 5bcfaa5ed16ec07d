"""Without the playground: the program is set up by settings and the command line, and the chat services are elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import ANA, BEN, free_port, wait_for
from tests.support.remote_chats import Village, chats_elsewhere, report

pytestmark = pytest.mark.slow


@pytest.fixture
def village(tmp_path: Path, database_url: str) -> Iterator[Village]:
    port = free_port()
    village = Village(tmp_path, database_url)
    village.chats = f"http://127.0.0.1:{port}"
    with chats_elsewhere(port, village.url) as playground:
        village.accounts = playground.accounts
        yield village
        if village.process and village.process.poll() is None:
            assert village.stop() == 0, village.log
    assert "Traceback" not in village.log, village.log


def test_from_the_first_command_to_a_purged_issue(village: Village) -> None:
    village.quell("db", "upgrade")
    assert json.loads(village.quell("org", "create", "acme", "--json"))["slug"] == "acme"
    project = json.loads(village.quell("project", "create", "shop", "--json"))
    village.quell("watch", "shop", "--slack", village.accounts.slack_channel)
    village.quell("watch", "shop", "--teams", village.accounts.teams_channel)
    token = json.loads(village.quell("token", "create", "--org", "acme", "--json"))["token"]
    village.begin()
    # Until somebody of the tenant has spoken, nobody knows where its messages go.
    village.act(BEN, "teams", "message", text="@Quell whoami")
    wait_for(lambda: village.sees(BEN, "teams", "You are @Ben Osei"))

    report(project["dsn"], "The cellar is wet")
    village.both_say("SHOP-1", "The cellar is wet", "Unresolved, new")
    village.press_in_slack(ANA, "SHOP-1", "Resolve")
    village.both_say("SHOP-1", "Resolved by @ana, from Slack")

    # The API shows what the chats did; its own deletion is shown in the chats, and after the grace nothing brings the issue back.
    bearer = {"Authorization": f"Bearer {token}"}
    shown = json.loads(village.request("GET", "/api/0/organizations/acme/issues/SHOP-1/", headers=bearer)[1])
    assert (shown["status"], shown["shortId"], shown["userCount"]) == ("resolved", "SHOP-1", 1)
    assert village.request("DELETE", f"/api/0/issues/{shown['id']}/", headers=bearer)[0] == 202
    village.both_say("SHOP-1", "Deleted, from the API", "It can be restored until")
    village.both_say("SHOP-1", "Deleted for good")
    wait_for(lambda: village.request("POST", f"/api/0/issues/{shown['id']}/restore/", headers=bearer)[0] == 410)


def test_what_cannot_be_set_is_refused_at_start_with_name_reason_and_example(village: Village) -> None:
    for name, value, reason in (
        ("QUELL_PORT", "many", "valid integer"),
        ("QUELL_PROT", "8080", "no such setting"),
        ("QUELL_SECRET_KEY", "short", "32"),
    ):
        environment = village.environment() | {name: value}
        done = subprocess.run(
            [sys.executable, "-m", "bot", "serve"], cwd=village.folder, env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 1
        assert name in done.stderr
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
        assert village.accounts.slack_bot_token not in done.stderr
    (village.folder / "quell.log").touch()
