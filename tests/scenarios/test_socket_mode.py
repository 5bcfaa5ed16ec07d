"""Nothing knocks: the program runs where nobody can reach it, and Slack is a line that it opens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import ANA, free_port, wait_for
from tests.support.remote_chats import Village, chats_elsewhere, report
from tests.support.slack.socket_mode import TOKEN, Switchboard

pytestmark = pytest.mark.slow


class Hamlet(Village):
    """A program that lives in Slack alone, and has no signing secret."""

    board: Switchboard

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in super().environment().items() if "TEAMS" not in name and "SIGNING" not in name}
        return kept | {"QUELL_SLACK_APP_TOKEN": TOKEN}


@pytest.fixture
def hamlet(tmp_path: Path, database_url: str) -> Iterator[Hamlet]:
    port = free_port()
    hamlet = Hamlet(tmp_path, database_url)
    hamlet.chats, hamlet.board = f"http://127.0.0.1:{port}", Switchboard()
    with chats_elsewhere(port, hamlet.chats, hamlet.board.routes(), lambda _: hamlet.board.serving()) as playground:
        hamlet.accounts = playground.accounts
        yield hamlet
        if hamlet.process and hamlet.process.poll() is None:
            assert hamlet.stop() == 0, hamlet.log
    assert "Traceback" not in hamlet.log, hamlet.log
    assert TOKEN not in hamlet.log


def test_from_the_first_command_to_a_resolved_issue_without_a_door(hamlet: Hamlet) -> None:
    hamlet.quell("db", "upgrade")
    hamlet.quell("org", "create", "acme")
    project = json.loads(hamlet.quell("project", "create", "shop", "--json"))
    hamlet.quell("watch", "shop", "--slack", hamlet.accounts.slack_channel)
    hamlet.board.is_away = True
    hamlet.begin()
    wait_for(lambda: hamlet.board.asked >= 2)
    hamlet.board.is_away = False
    wait_for(lambda: hamlet.board.lines)
    assert hamlet.request("POST", "/slack/events", b"{}")[0] == 404

    hamlet.act(ANA, "slack", "command", text="whoami")
    wait_for(lambda: hamlet.sees(ANA, "slack", "You are @"))
    report(project["dsn"], "The cellar is wet")
    wait_for(lambda: hamlet.slack_copy("SHOP-1"))
    hamlet.press_in_slack(ANA, "SHOP-1", "Resolve")
    wait_for(lambda: "Resolved by @ana, from Slack" in hamlet.copies("SHOP-1")[0])

    assert hamlet.stop() == 0, hamlet.log
    wait_for(lambda: not any(line.is_open for line in hamlet.board.lines))


def test_a_process_that_answers_nobody_opens_no_line(hamlet: Hamlet) -> None:
    hamlet.quell("db", "upgrade")
    hamlet.begin("--roles", "scheduler,sender")
    # What must not happen gets a second to happen in; there is nothing to wait for.
    time.sleep(1)
    assert hamlet.board.asked == 0
