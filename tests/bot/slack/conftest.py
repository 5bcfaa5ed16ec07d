"""A real Slack platform behind a real web server, in front of the playground's Slack, on one loopback port."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.elements import (
    Board,
    Bold,
    Button,
    Card,
    ChoiceField,
    Code,
    Fact,
    Form,
    Link,
    LookupField,
    Menu,
    Moment,
    MomentField,
    Option,
    Picker,
    Row,
    TextField,
)
from bot.chat.targets import OneIssue
from tests.support.slack.app import NOON, Answers, World, opened
from tests.support.slack.socket_mode import Switchboard


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest_asyncio.fixture
async def world(answers: Answers) -> AsyncIterator[World]:
    async with opened(answers) as made:
        yield made


@pytest_asyncio.fixture
async def switchboard() -> AsyncIterator[Switchboard]:
    """Slack's end of Socket Mode."""
    made = Switchboard()
    async with made.serving():
        yield made


@pytest.fixture
def open_world() -> Callable[..., Any]:
    return opened


@pytest.fixture
def payloads() -> dict[str, Any]:
    """One payload of each kind, as Slack sends them; each test gets its own copy."""
    read: dict[str, Any] = json.loads((Path(__file__).parent / "payloads.json").read_text())
    return read


@pytest.fixture
def ours(payloads: dict[str, Any]) -> dict[str, Any]:
    """The same payloads, sent for the playground's workspace, and without the addresses of the real Slack."""
    moved: dict[str, Any] = json.loads(json.dumps(payloads).replace("TACME", "TPLAYGROUND").replace("UANA", "UPLAY1"))
    return {name: {key: value for key, value in payload.items() if key != "response_url"} for name, payload in moved.items()}


@pytest.fixture
def card() -> Card:
    return Card(
        issue_id=12,
        version=3,
        title="ZeroDivisionError: division by zero",
        url="https://quell.example.com/issues/SHOP-1F/",
        short_id="SHOP-1F",
        level="error",
        where="shop.checkout in pay",
        excerpt="division by zero",
        state=("Archived until 50 more events (12 so far) by ", Bold("@ana"), ", ", Moment(NOON, "time"), ", from Slack"),
        facts=(Fact("Events", ("12",)), Fact("Last seen", (Moment(NOON),)), Fact("Release", (Code("1.2.0"),))),
        people=("Assigned to ", Bold("Ben")),
        controls=(
            Button("resolve", "Resolve", style="primary"),
            Button("archive", "Archive…", asks=True),
            Picker("assign", "Assign", "assignee"),
            Menu(
                "More",
                (
                    Button("priority", "Priority: High", choice="high"),
                    Button("merge", "Merge…", asks=True),
                    Button("delete", "Delete…", asks=True, style="danger"),
                ),
            ),
        ),
        footer=("shop · ", Link("2 more copies", "https://quell.example.com/issues/SHOP-1F/")),
        fallback="SHOP-1F ZeroDivisionError: division by zero",
    )


@pytest.fixture
def form() -> Form:
    return Form(
        verb="archive",
        targets=OneIssue(12, 4),
        title="Archive SHOP-1F",
        intro=("It comes back when what you choose here has happened.",),
        fields=(
            ChoiceField("until", "Until", (Option("30 min", "30m"), Option("A date", "date"), Option("Forever", "forever")), initial="30m"),
            MomentField("at", "Date", "In your own time zone.", NOON),
            TextField("count", "Events", "How many more.", "50"),
            LookupField("into", "Into", "issue", Option("SHOP-2 Boom", "2")),
        ),
        submit="Archive",
    )


@pytest.fixture
def board() -> Board:
    return Board(
        heading="Inbox",
        rows=(Row(12, "SHOP-1F ZeroDivisionError", "Unresolved, new · 12 events"), Row(13, "SHOP-1G KeyError", "Unresolved, new · 1 event")),
        buttons=(
            Button("resolve", "Resolve", style="primary", choice="inbox@1"),
            Button("archive", "Archive…", asks=True, choice="inbox@1"),
            Button("page", "Back", choice="inbox@0"),
            Button("page", "Next", choice="inbox@2"),
        ),
        intro=((Bold("SHOP-1E"), ": resolved"),),
        footer=("2 of 40",),
    )
