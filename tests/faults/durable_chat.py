"""A chat whose memory is a file: what it accepted outlives every process that is killed. It misbehaves when it is told to."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from starlette.routing import BaseRoute

from bot.chat.elements import Board, Card, Content, plain
from bot.chat.interactions import ChatPerson
from bot.chat.platform import Address, ChannelState, OutgoingNote, PlatformError, Profile, Received
from tests.faults.history import Sent

Trouble = Callable[[str, str], AbstractContextManager[None]]
"""Asked for each request, with what is wanted and the channel: raises before the work, or after it, when the answer is lost."""


@dataclass(frozen=True)
class Book:
    """One line of JSON for each thing that happened, appended whole."""

    path: Path

    def note(self, kind: str, **what: Any) -> None:
        line = json.dumps({"kind": kind, **what}) + "\n"
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        for line in self.path.read_text().splitlines():
            found = json.loads(line)
            if found.pop("kind") == kind:
                yield found

    def sent(self) -> list[Sent]:
        return [Sent(**one) for one in self.all("sent")]


def _no_trouble(_: str, __: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass
class Chat:
    """A chat of one person, Ada. It finds messages by their key, as Slack does by metadata, unless ``can_find`` is off."""

    book: Book
    at_the_door: Callable[[str], None] = lambda _: None
    """Called before each request is accepted and before it is answered."""
    trouble: Trouble = _no_trouble
    read: Callable[[Mapping[str, Any]], Received | None] = lambda _: None
    """Reads what was received before a crash."""
    can_find: bool = True
    routes: Sequence[BaseRoute] = ()
    newest: dict[str, Sent] = field(default_factory=dict)
    """What was accepted last for each message, in this process."""
    name: ClassVar[str] = "slack"

    async def start(self) -> None:
        """Always there."""

    async def listen(self) -> None:
        """Nothing comes by itself."""

    async def close(self) -> None:
        """Never gone."""

    async def post(self, address: Address, content: Content, key: str) -> str:
        return self._accept("post", address, uuid.uuid4().hex, key, _seen(content))

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        self._accept("update", address, external_id, "", _seen(content))

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        return self._accept("reply", address, uuid.uuid4().hex, key, (line.said.issue_id, 0, plain(line.said.text)))

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        self.at_the_door("find")
        with self.trouble("find", address.channel):
            mine = (one.external_id for one in self.book.sent() if one.key == key and one.channel == address.channel)
            return next(mine, None) if self.can_find else None

    async def channel_state(self, address: Address) -> ChannelState:
        return ChannelState()

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        return self.read(payload)

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        if person.subject != "UADA":
            raise PlatformError("user_not_found", permanent=True)
        return Profile("Ada", "ada@acme.example", "Europe/Lisbon", is_member=True)

    def _accept(self, do: Any, address: Address, external_id: str, key: str, seen: tuple[int, int, str]) -> str:
        self.at_the_door("send")
        with self.trouble(do, address.channel):
            one = Sent(time.monotonic(), do, address.channel, external_id, key, *seen)
            self.book.note("sent", **asdict(one))
            self.newest[external_id] = one
            self.at_the_door("sent")
        return external_id


def _seen(content: Content) -> tuple[int, int, str]:
    """The issue, the version and the state that can be read from what is shown."""
    match content:
        case Card():
            return content.issue_id, content.version, plain(content.state)
        case Board():
            return 0, 0, content.heading
        case _:
            return content.issue_id, 0, plain(content.text)
