"""A real Alertmanager posts to the running program, and people see in chat what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import SLACK_CHANNEL, TEAMS_CHANNEL, Town, free_port, wait_for

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs an Alertmanager: apt-get install prometheus-alertmanager"),
]

DOCUMENTED = re.search(r"```yaml\n(.+?)```", (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(), re.DOTALL)


def configuration(hook: str) -> str:
    """What our documentation tells people to write, but everything is sent at once and again every second, as if days went by."""
    assert DOCUMENTED
    hurried = re.sub(r"(group_interval|repeat_interval): \w+", r"\1: 1s", DOCUMENTED[1].replace("group_wait: 10s", "group_wait: 0s"))
    return re.sub(r"url: \S+", f"url: {hook}", hurried)


@dataclass
class Watchman:
    """An Alertmanager, and a Prometheus that tells it what fires."""

    port: int

    def tell(self, name: str, *, ended: bool = False, **labels: str) -> None:
        """An alert fires from now on, or no longer."""
        now = datetime.now(UTC)
        annotations = {"summary": f"{name} on {labels['instance']}", "description": "Look at once.", "runbook_url": "https://wiki.example.org/disk"}
        alert: dict[str, Any] = {"labels": {"alertname": name} | labels, "annotations": annotations, "generatorURL": "http://prometheus.example.org"}
        alert |= {"endsAt": now.isoformat()} if ended else {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
        self._ask("/api/v2/alerts", json.dumps([alert]).encode())

    def sent(self) -> int:
        """How many notifications it has sent until now, those that failed included."""
        found = re.search(r'^alertmanager_notifications_total\{integration="webhook"\} (\d+)', self._ask("/metrics"), re.MULTILINE)
        return int(found[1]) if found else 0

    def is_ready(self) -> bool:
        try:
            return bool(self._ask("/-/ready"))
        except OSError:
            return False

    def _ask(self, path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  loopback
            return str(answer.read().decode())


@dataclass
class Project:
    """A project of its own, whose alerts both channels see."""

    town: Town
    hook: str
    token: str

    def issue(self, name: str) -> dict[str, Any]:
        """The issue as the API shows it; empty where there is none yet."""
        status, answer = self.town.request("GET", f"/api/0/organizations/default/issues/{name}/", headers={"Authorization": f"Bearer {self.token}"})
        return dict(json.loads(answer)) if status == 200 else {}

    def stands(self, name: str, status: str, count: int) -> bool:
        issue = self.issue(name)
        return bool(issue) and (issue["status"], issue["count"]) == (status, str(count))


@pytest.fixture
def project(town: Town) -> Project:
    made = json.loads(town.quell("project", "create", "disk", "--json"))
    town.quell("watch", "disk", "--slack", SLACK_CHANNEL)
    town.quell("watch", "disk", "--teams", TEAMS_CHANNEL)
    token = json.loads(town.quell("token", "create", "--org", "default", "--json"))["token"]
    return Project(town, f"{town.url}/hooks/alertmanager/{made['id']}/?key={made['public_key']}", token)


@pytest.fixture
def watchman(project: Project, tmp_path: Path) -> Iterator[Watchman]:
    assert PROGRAM is not None
    file, watchman = tmp_path / "alertmanager.yml", Watchman(free_port())
    file.write_text(configuration(project.hook))
    own = [f"--config.file={file}", f"--storage.path={tmp_path}/alertmanager", "--cluster.listen-address="]
    with (tmp_path / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, *own, f"--web.listen-address=127.0.0.1:{watchman.port}"], stdout=log, stderr=log)
    try:
        wait_for(watchman.is_ready, 20)
        yield watchman
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_an_alert_fires_is_over_and_fires_again_in_one_message(town: Town, project: Project, watchman: Watchman) -> None:
    watchman.tell("DiskFull", instance="db1", severity="warning")
    town.both_say("DISK-1", "DiskFull on db1", "Look at once.", "Unresolved, new")
    watchman.tell("DiskFull", instance="db2", severity="critical")
    town.both_say("DISK-2", "DiskFull on db2")
    seen = watchman.sent()
    wait_for(lambda: watchman.sent() > seen + 2)
    assert [project.issue(name)["count"] for name in ("DISK-1", "DISK-2")] == ["1", "1"]
    assert [project.issue(name)["level"] for name in ("DISK-1", "DISK-2")] == ["warning", "fatal"]

    watchman.tell("DiskFull", instance="db1", severity="warning", ended=True)
    town.both_say("DISK-1", "Resolved")
    assert project.issue("DISK-2")["status"] == "unresolved"
    watchman.tell("DiskFull", instance="db1", severity="warning")
    town.both_say("DISK-1", "regressed")
    assert project.stands("DISK-1", "unresolved", 2)
    assert len([one for one in town.slack_messages() if " DISK-1 " in one.get("text", "") and one.get("metadata")]) == 1


def test_what_fires_while_the_program_is_down_is_not_lost(town: Town, project: Project, watchman: Watchman) -> None:
    town.kill()
    watchman.tell("DiskFull", instance="db1", severity="warning")
    wait_for(lambda: watchman.sent() > 0)
    town.start()
    wait_for(lambda: project.stands("DISK-1", "unresolved", 1), 30)
