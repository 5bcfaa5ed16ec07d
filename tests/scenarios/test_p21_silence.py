"""Each role is a process of its own; one is killed, and the others notice: by /readyz, /metrics, the doctor and a message to an admin."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.cli import checks
from bot.monitoring.role_watch import ROLE_NAMES
from core.accounts.directory import ChatAccount, Newcomer
from core.bootstrap import Core, CoreSettings, open_core
from core.db.models import Line, Message
from core.notify.watches import ChannelName
from core.types import Role
from tests.scenarios.frequent_heartbeats import QUICK
from tests.support.core import Clock, World
from tests.support.program import Bare, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROLES = ("web", "scheduler", "sender")
HOUSE = Path(__file__).parents[2]
KEY = "a key that all processes of the test share"


class Process(Bare):
    """A process with one role, and the routes that tell how it is."""

    role: str = ""

    def start(self) -> None:
        with (self.folder / f"{self.role}.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.scenarios.frequent_heartbeats", self.role]
            self.process = subprocess.Popen(command, cwd=HOUSE, env=self.environment(), stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return (self.folder / f"{self.role}.log").read_text()

    def ready(self) -> Any:
        status, body = self.get("/readyz")
        assert status == 200, body
        return json.loads(body)

    def figures(self) -> dict[str, float | None]:
        """Which roles are alive."""
        return {name: self.figure(f'quell_role_alive{{role="{name}"}}') for name in ROLES}

    def figure(self, name: str) -> float | None:
        lines = self.get("/metrics")[1].decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), None)


@dataclass
class House:
    """Three processes on one database."""

    folder: Path
    database_url: str
    processes: dict[str, Process] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        return {"QUELL_SECRET_KEY": KEY, "QUELL_ORG": "acme"}

    def start(self, role: str) -> Process:
        process = Process(self.folder, self.database_url, port=free_port(), settings=self.settings())
        process.role = role
        process.start()
        self.processes[role] = process
        return process

    def others(self, role: str) -> list[Process]:
        return [process for name, process in self.processes.items() if name != role]

    def are_all_alive(self) -> bool:
        return all(process.is_ready() and set(process.ready()["roles"]) == set(ROLES) for process in self.processes.values())

    def core(self) -> closing[Core]:
        return closing(open_core(CoreSettings(self.database_url)))

    def told(self) -> list[str]:
        """What admins are told, or were, of roles."""
        with self.core() as core, core.database.read() as work:
            return [line.data["text"] for line in work.session.scalars(select(Line).where(Line.alarm.like("role %")))]

    def doctor(self) -> dict[str, tuple[bool, str]]:
        process = self.processes["web"]
        done = subprocess.run(
            [sys.executable, "-m", "bot", "doctor", "--json"],
            cwd=HOUSE,
            env=process.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return {one["name"]: (one["ok"], one["said"]) for one in json.loads(done.stdout)["checks"]}

    def doctor_says_of_roles(self) -> tuple[bool, str]:
        """The same of roles, with signs of life that hold for no longer than these processes' own."""
        with self.core() as core:
            found = checks.roles(core.heartbeats.roles(ROLE_NAMES, QUICK.lasts))
        return found.ok, found.said

    def stop(self) -> None:
        for process in self.processes.values():
            if process.process and process.process.poll() is None:
                process.process.kill()
                process.process.wait(timeout=10)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House(tmp_path, database_url)
    with house.core() as core:
        organization = core.directory.create_organization("acme")
        ada = core.directory.create_user(organization.id, Newcomer("Ada", "ada@acme.example", None), Role.ADMIN)
        core.link_codes.redeem(core.link_codes.make(ada), ChatAccount("slack", "T1", "UADA"), organization.id)
    for role in ROLES:
        house.start(role)
    wait_for(lambda: all(process.is_ready() for process in house.processes.values()), 60)
    wait_for(house.are_all_alive, 30)
    wait_for(lambda: not house.told(), 20)
    yield house
    house.stop()


def test_p21_each_process_that_is_killed_is_noticed_by_all_others(house: House) -> None:
    """P21: each role is killed in turn; the others name it in /readyz and /metrics and tell an admin, the doctor tells it; then it comes back."""
    assert house.doctor()["roles"] == (True, "web: 1 alive, scheduler: 1 alive, sender: 1 alive")
    for role in ROLES:
        house.processes[role].kill()
        is_noticed(house, role)
        house.start(role)
        wait_for(house.are_all_alive, 60)
        wait_for(lambda: not house.told(), 20)


def is_noticed(house: House, role: str) -> None:
    others = house.others(role)
    wait_for(lambda: all(one.ready()["missing"] == [role] and role not in one.ready()["roles"] for one in others), 20)
    wanted = {name: float(name != role) for name in ROLES}
    wait_for(lambda: all(one.figures() == wanted for one in others), 20)
    assert all(one.figure("quell_late") is not None for one in others)
    wait_for(lambda: any(text.startswith(f"Quell: No process works as {role}; the last one fell silent at ") for text in house.told()), 20)
    is_ok, said = house.doctor_says_of_roles()
    assert not is_ok
    assert f"No process works as {role}; the last one fell silent at " in said


def test_p21_a_process_that_is_frozen_or_stopped_is_noticed_and_what_it_leaves_undone_is_late(house: House) -> None:
    """P21: a frozen process gives no sign of life though it is there; one stopped in order is gone at once, and told of if nobody takes its place."""
    scheduler, web = house.processes["scheduler"].process, house.processes["web"]
    assert scheduler
    os.kill(scheduler.pid, signal.SIGSTOP)
    wait_for(lambda: all(one.ready()["missing"] == ["scheduler"] for one in house.others("scheduler")), 20)
    os.kill(scheduler.pid, signal.SIGCONT)
    wait_for(house.are_all_alive, 30)
    wait_for(lambda: not house.told(), 20)
    assert house.processes["sender"].stop() == 0
    assert web.ready()["missing"] == ["sender"], "it is known to be gone before its last sign of life has lost its force"
    wait_for(lambda: any(text.startswith("Quell: No process works as sender: no message is sent") for text in house.told()), 20)
    owe_a_message(house)
    wait_for(lambda: all(one.figure("quell_late ") == 1 for one in house.others("sender")), 20)


def owe_a_message(house: House) -> None:
    """A message that should have been sent two minutes ago."""
    with house.core() as core:
        project = core.directory.create_project("shop", "acme", None)
        core.watches.set(project, ChannelName("slack", "C1"))
        ada, ago = core.directory.user_of_email("ada@acme.example", project.organization_id), core.clock() - timedelta(minutes=2)
        World(core, Clock(core.clock()), project, ada).event("Boom")
        with core.database.write() as work:
            work.session.execute(update(Message).values(created_at=ago, not_before_at=ago))
        receipt = core.outbox.receipts(project.organization_id, "SHOP-1")[0]
    assert receipt.state == "behind"
