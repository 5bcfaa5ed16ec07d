"""A chat whose memory is a file: what it accepted outlives every process that is killed. It misbehaves when it is told to."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.chat.elements import Board, Card, Content, Notice, plain
from bot.chat.platform import Address, OutgoingNote
from tests.support.fake_chat import FakeChat, FakeRequest
from tests.support.faults.history import Sent

Disturbance = Callable[[str, str], AbstractContextManager[None]]
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
class DurableChat(FakeChat):
    """A chat whose messages stand in a book."""

    book: Book = field(kw_only=True)
    boundary: Callable[[str], None] = lambda _: None
    """Called before each request is accepted and before it is answered."""
    disturbs: Disturbance = _no_trouble
    newest: dict[str, Sent] = field(default_factory=dict)
    """What was accepted last for each message, in this process."""

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        self.boundary("find")
        with self.disturbs("find", address.channel):
            mine = (one.external_id for one in self.book.sent() if one.key == key and one.channel == address.channel)
            return next(mine, None) if self.can_find else None

    async def _send(self, request: FakeRequest) -> str:
        external_id = request.external_id if request.what == "update" else uuid.uuid4().hex
        self.boundary("send")
        with self.disturbs(request.what, request.address.channel):
            one = Sent(time.monotonic(), request.what, request.address.channel, external_id, request.key, *_seen(request.content))
            self.book.note("sent", **asdict(one))
            self.newest[external_id] = one
            self.boundary("sent")
        return external_id


def _issue_of(notice: Notice) -> int:
    return notice.issue.issue_id if notice.issue else 0


def _seen(content: Content | OutgoingNote) -> tuple[int, int, str]:
    """The issue, the version and the state that can be read from what is shown."""
    match content:
        case Card():
            return content.issue_id, content.version, plain(content.state)
        case Board():
            return 0, 0, content.heading
        case OutgoingNote(text=said):
            return _issue_of(said), 0, plain(said.text)
        case _:
            return _issue_of(content), 0, plain(content.text)
