"""SIGKILL right after the acknowledgement, with the real program and the chats' protocols: what was acknowledged is done after the restart, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from bot import demo
from core.bootstrap import CoreSettings, open_core, system_clock
from tests.support.core import Clock, World
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.outages import held
from tests.support.faults.program import Apart, apart
from tests.support.program import ANA, BEN, JSON, SLACK_CHANNEL, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ISSUES = 4
WANTED = {
    ("SHOP-1", "set_resolved", "slack"): "a button in Slack",
    ("SHOP-1", "note", "slack"): "a slash command",
    ("SHOP-1", "set_priority", "slack"): "a mention in Slack",
    ("SHOP-2", "set_ignored", "slack"): "a form in Slack",
    ("SHOP-2", "set_priority", "slack"): "a direct message in Slack",
    ("SHOP-2", "note", "msteams"): "a message in Teams",
    ("SHOP-3", "set_resolved", "msteams"): "a button in Teams",
    ("SHOP-3", "note", "slack"): "a reply in a thread",
    ("SHOP-4", "set_ignored", "msteams"): "a form in Teams",
}


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Apart]:
    with apart(tmp_path, database_url) as town:
        town.act(ANA, "slack", "command", text="comments on")
        wait_for(lambda: town.act(BEN, "slack", "command", text="whoami")["ok"])
        with closing(open_core(CoreSettings(database_url))) as core:
            project = core.directory.project(f"{demo.ORGANIZATION}/{demo.PROJECT}")
            world = World(core, Clock(system_clock()), project, core.directory.user_of_email("ana@example.com", project.organization_id))
            core.occurrences.record(project.id, [world.occurrence(f"issue {number}") for number in range(ISSUES)])
        for number in range(1, ISSUES + 1):
            wait_for(lambda name=f"SHOP-{number}": town.slack_copy(name) and town.teams_copy(name), 30)  # type: ignore[misc]
        yield town


@pytest.mark.parametrize("is_locked", [pytest.param(False, marks=LONG), True], ids=["at once", "with the database locked"])
def test_p06_what_was_acknowledged_before_a_kill_is_done_after_it_once(town: Apart, *, is_locked: bool, figures: Figures) -> None:
    """P6: buttons, forms, commands, mentions, direct messages and replies that were acknowledged survive SIGKILL, and act once."""
    town.press_in_slack(ANA, "SHOP-2", "Archive")
    wait_for(lambda: any(view["title"]["text"] == "Archive SHOP-2" for view in town.state(ANA)["slack"]["views"]))
    town.press_in_teams(ANA, "SHOP-4", "Archive")
    with held(town.database_url) if is_locked else nullcontext():
        answers = everything(town)
        assert [answer for answer in answers if not is_acknowledged(answer)] == []
        town.kill()
    if is_locked:
        assert not [one for one in changes(town) if one in WANTED]
    town.start()
    wait_for(lambda: not WANTED.keys() - set(changes(town)), 30)
    wait_for(lambda: not pending(town), 30)
    done = changes(town)
    figures.cases, figures.kills = len(WANTED) + 1, 1
    figures.losses = sum(done.count(one) == 0 for one in WANTED)
    figures.duplicates = sum(done.count(one) - 1 for one in WANTED)
    assert {WANTED[one]: done.count(one) for one in WANTED} == dict.fromkeys(WANTED.values(), 1)
    with closing(open_core(CoreSettings(town.database_url))) as core:
        project = core.directory.project(f"{demo.ORGANIZATION}/{demo.PROJECT}")
        assert core.channels.settings(project.organization_id, "slack", SLACK_CHANNEL).threads == "all"


def everything(town: Apart) -> list[JSON]:
    """One of each kind."""
    thread = (town.slack_copy("SHOP-3") or {})["ts"]
    return [
        town.press_in_slack(ANA, "SHOP-1", "Resolve"),
        town.fill_in_slack(ANA, how="forever"),
        town.act(BEN, "slack", "command", text="comment SHOP-1 looking"),
        town.act(BEN, "slack", "mention", text="@Quell priority SHOP-1 low"),
        town.act(BEN, "slack", "dm", text="priority SHOP-2 low"),
        town.act(BEN, "slack", "say", text="I have seen this before", thread_ts=thread),
        town.act(ANA, "slack", "command", text="threads all"),
        town.press_in_teams(ANA, "SHOP-3", "Resolve"),
        town.act(BEN, "teams", "message", text="@Quell comment SHOP-2 looking"),
        town.fill_in_teams(ANA, how="forever"),
    ]


def is_acknowledged(answer: JSON) -> bool:
    return bool(answer.get("ok", answer.get("status", 200) < 300))


def changes(town: Apart) -> list[tuple[str, str, str]]:
    """What was done to the issues: which, what, from where."""
    with closing(open_core(CoreSettings(town.database_url))) as core:
        organization_id = core.directory.project(f"{demo.ORGANIZATION}/{demo.PROJECT}").organization_id
        names = [f"SHOP-{number}" for number in range(1, ISSUES + 1)]
        return [(name, one.type.name.lower(), str(one.source)) for name in names for one in core.reads.activities(organization_id, name)]


def pending(town: Apart) -> list[int]:
    """The numbers of what is still stored."""
    with closing(open_core(CoreSettings(town.database_url))) as core, core.pending.store.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT id FROM pending_interactions")]
