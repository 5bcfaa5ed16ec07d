"""The real program with the playground around it, driven from outside: what people see, press and type."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil  # type: ignore[import-untyped]  # it has no types

JSON = dict[str, Any]
T = TypeVar("T")

ANA, BEN, CHIYO = "UPLAY1", "UPLAY2", "UPLAY3"
SLACK_CHANNEL, TEAMS_CHANNEL = "CALERTS", "19:alerts@thread.tacv2"


def wait_for(look: Callable[[], T | None], seconds: float = 10.0) -> T:
    """What ``look`` finds as soon as it finds something; fails with the last thing it saw."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"waited {seconds} s in vain"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Town:
    """One ``quell serve --playground`` and everybody who lives in it."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    """What else it is set up with: ``QUELL_…`` variables."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "quell.log").read_text()

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QUELL_")}
        secret = {} if self.database_url.startswith("sqlite") else {"QUELL_SECRET_KEY": "a key that all processes of the town share"}
        return kept | secret | {"QUELL_DATABASE_URL": self.database_url, "QUELL_PORT": str(self.port)} | self.settings

    def quell(self, *words: str, code: int = 0) -> str:
        """Runs the command line; answers what it printed, the errors if it was refused."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    def start(self) -> None:
        with (self.folder / "quell.log").open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve", "--playground"]
            self.process = subprocess.Popen(command, cwd=self.folder, env=self.environment(), stdout=log, stderr=log)
        with self.killed_on_failure():
            self.wait_while_it_works(self.is_ready, 20)
            # The workspace is a part of the same program, so it can say its name only a moment after the program has begun to listen.
            self.wait_while_it_works(lambda: self.act(ANA, "slack", "command", text="whoami")["ok"], 20)

    def wait_while_it_works(self, look: Callable[[], bool], seconds: float) -> None:
        """Waits for the program, which may use so many seconds of CPU for it. How long its neighbours keep it waiting is no fault of its own."""
        assert self.process is not None
        program = psutil.Process(self.process.pid)
        while not look():
            used = program.cpu_times()
            assert used.user + used.system < seconds, f"it has worked for {seconds} s in vain: {self.log}"
            time.sleep(0.05)

    @contextmanager
    def killed_on_failure(self) -> Iterator[None]:
        """A program that never became ready is not left running beside the tests that follow."""
        try:
            yield
        except BaseException:
            assert self.process is not None
            self.process.kill()  # which may have ended by itself
            self.process.wait(timeout=10)
            raise

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self) -> int:
        """Asks it to stop, as an operator would; answers its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=15)

    def kill(self) -> None:
        """No warning, no clean-up."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})  # noqa: S310  loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  loopback
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.request("GET", path)

    def post(self, path: str, body: JSON) -> JSON:
        status, answer = self.request("POST", f"/playground{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        assert status < 300, answer
        return dict(json.loads(answer))

    def state(self, person: str = ANA) -> JSON:
        return dict(json.loads(self.get(f"/playground/state?as={person}")[1]))

    def crash(self, kind: str = "checkout", times: int = 1) -> None:
        """The demo shop really crashes, and its Sentry SDK reports it."""
        self.post("/crash", {"kind": kind, "times": times})

    def act(self, person: str, platform: str, do: str, **more: Any) -> JSON:
        return self.post("/act", {"as": person, "platform": platform, "do": do, **more})

    # What people see ------------------------------------------------------------------------------------------------

    def slack_messages(self, person: str = ANA) -> list[JSON]:
        return list(self.state(person)["slack"]["messages"][SLACK_CHANNEL])

    def teams_messages(self, person: str = ANA) -> list[JSON]:
        return list(self.state(person)["teams"]["messages"][TEAMS_CHANNEL])

    def slack_copy(self, name: str, person: str = ANA) -> JSON | None:
        return next((one for one in self.slack_messages(person) if f" {name} " in one.get("text", "") and one.get("metadata")), None)

    def teams_copy(self, name: str, person: str = ANA) -> JSON | None:
        return next((one for one in self.teams_messages(person) if _card(one) and name in json.dumps(_card(one))), None)

    def teams_card(self, name: str, person: str = ANA) -> JSON:
        """The card of an issue as that person sees it: what answered their own press, until all get a new one."""
        return _seen(self.teams_copy(name, person) or {})

    def copies(self, name: str) -> tuple[str, str]:
        """All the text of both copies of an issue."""
        slack, teams = self.slack_copy(name), self.teams_copy(name)
        return json.dumps(slack, ensure_ascii=False) if slack else "", json.dumps(teams, ensure_ascii=False) if teams else ""

    def both_say(self, name: str, *words: str, seconds: float = 10.0) -> None:
        """Waits until both copies hold all these words."""
        try:
            wait_for(lambda: all(word in copy for copy in self.copies(name) for word in words), seconds)
        except AssertionError:
            raise AssertionError(f"not both say {words}:\n{self.copies(name)}\n{self.log}") from None

    def sees(self, person: str, platform: str, words: str) -> bool:
        """Whether this person sees these words anywhere in a chat, private ones included."""
        return words in json.dumps(self.state(person)[platform], ensure_ascii=False)

    # What people press ----------------------------------------------------------------------------------------------

    def press_in_slack(self, person: str, name: str, label: str, **choice: Any) -> JSON:
        """Presses the control whose words begin with the label; of a menu its first choice, unless one is named."""
        message = wait_for(lambda: self.slack_copy(name, person))
        for block in message["blocks"]:
            for element in block.get("elements", []):
                words = element.get("text") or element.get("placeholder") or {}
                if isinstance(words, dict) and words.get("text", "").startswith(label):
                    where = {"message": message["ts"], "block_id": block["block_id"], "action_id": element["action_id"]}
                    first = {"selected_option": element["options"][0]["value"]} if element["type"] == "static_select" else {}
                    return self.act(person, "slack", "press", **where, **(first | choice))
        raise AssertionError(f"no control {label!r} on {name}")

    def fill_in_slack(self, person: str, **values: Any) -> JSON:
        """Submits the open modal with these values, by field."""
        view = wait_for(lambda: next((one for one in self.state(person)["slack"]["views"] if _inputs(one) or "Delete" in json.dumps(one)), None))
        typed: JSON = {}
        for block in _inputs(view):
            if block["block_id"] in values:
                typed[block["block_id"]] = {block["element"]["action_id"]: values[block["block_id"]]}
        return self.act(person, "slack", "submit_view", view=view["id"], values=typed)

    def press_in_teams(self, person: str, name: str, label: str) -> JSON:
        """The same in Teams, where a menu is a card behind an action."""
        message = wait_for(lambda: self.teams_copy(name, person))
        for action in _actions(_seen(message)):
            if action.get("title", "").startswith(label):
                pressed = _actions(action["card"])[-1] if action["type"] == "Action.ShowCard" else action
                do = "execute" if pressed["type"] == "Action.Execute" else "submit"
                return self.act(person, "teams", do, message=message["id"], title=pressed["title"])
        raise AssertionError(f"no control {label!r} on {name}")

    def fill_in_teams(self, person: str, **inputs: Any) -> JSON:
        return self.act(person, "teams", "submit_dialog", inputs=inputs)


class Bare(Town):
    """The program without a playground around it."""

    def start(self) -> None:
        with (self.folder / "quell.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=self.folder, env=self.environment(), stdout=log, stderr=log)
        with self.killed_on_failure():
            self.wait_while_it_works(self.is_ready, 30)


def _card(message: JSON) -> JSON | None:
    attachments = message.get("attachments") or []
    return attachments[0].get("content") if attachments else None


def _seen(message: JSON) -> JSON:
    return message.get("own") or _card(message) or {}


def _inputs(view: JSON) -> list[JSON]:
    return [block for block in view.get("blocks", []) if block["type"] == "input"]


def _actions(card: JSON) -> list[JSON]:
    """Every action of a card, those behind others too."""
    found: list[JSON] = []
    todo: list[Any] = [card]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if str(one.get("type", "")).startswith("Action."):
                found.append(one)
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    return found
