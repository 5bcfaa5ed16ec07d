"""Whatever is typed in a chat is read in time proportional to its length, and a command that is too long is refused in a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.chat import commands, times
from bot.chat.commands import MAX_COMMAND_CHARS, TooLong
from bot.chat.interactions import TypedCommand
from bot.msteams import text as teams
from bot.msteams.parse import MAX_TEXT_CHARS
from bot.msteams.parse import parse as parse_activity
from bot.security.invisible import visible
from bot.slack import events
from bot.slack import text as slack
from core.errors import TriageError
from core.rules.commit_messages import fixed_by
from core.rules.versions import parse as parse_version
from tests.support.growth import AT_MOST, growth

NOW = datetime(2026, 11, 28, tzinfo=UTC)
UNITS = (
    "a ",
    "a",
    "-",
    "SHOP-1 ",
    "SHOP-1,",
    '"',
    '"a" ',
    "“",
    " ",
    "\n",
    "the ",
    "in the ",
    "next ",
    "release ",
    "to ",
    "1h",
    "1 ",
    "é",
    "<",
    "<at ",
    "]",
    "\\",
)
BEGINNINGS = (
    "",
    "resolve SHOP-1 in ",
    "resolve ",
    "assign SHOP-1 to ",
    "archive SHOP-1 for ",
    "archive SHOP-1 until ",
    "comment SHOP-1 ",
    "list ",
    "role ",
    "link ",
)


def read_command(text: str) -> None:
    with contextlib.suppress(TriageError):
        commands.parse(text)


@pytest.mark.slow
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_command_is_read_in_proportion_to_its_length(beginning: str) -> None:
    for unit in UNITS:
        times = (MAX_COMMAND_CHARS - len(beginning)) // len(unit)
        assert growth(read_command, beginning + unit * (times // 2), beginning + unit * times) <= AT_MOST, unit


def test_a_command_that_is_too_long_is_refused_with_the_limit() -> None:
    assert commands.parse(f"comment SHOP-1 {'a' * 10_000}").argument == "a" * 10_000
    with pytest.raises(TooLong, match=r"^A command has at most 20,000 characters; this one has 30,000\. Nothing was changed\.$"):
        commands.parse("resolve " + "a" * 29_992)


READERS: dict[str, Callable[[str], object]] = {
    "a duration": times.duration,
    "mentions in Slack": lambda text: events.command_text(text, "T1", "U1"),
    "mrkdwn": lambda text: slack.fit(visible(text), len(text)),
    "a block of code in Slack": lambda text: slack.code_block(text, len(text)),
    "a line in Teams": lambda text: teams.escape(text, len(text)),
    "lines in Teams": lambda text: teams.block(text, len(text)),
    "plain text in Teams": lambda text: teams.bare(text, len(text)),
    "the fixes of a commit": lambda text: fixed_by("Fixes " + text),
    "a version": parse_version,
    "a point in time": lambda text: times.moment(text, NOW, ZoneInfo("UTC")),
    "a date": lambda text: times.moment(f"2026-12-01 {text}", NOW, ZoneInfo("UTC")),
    "a message in Teams": lambda text: parse_activity(activity(text)),
}


def activity(text: str) -> dict[str, object]:
    person, own = {"id": "29:ada", "name": "Ada"}, {"id": "28:quell"}
    place = {"id": "19:shop", "conversationType": "personal", "tenantId": "acme"}
    return {
        "type": "message",
        "id": "1",
        "text": text,
        "from": person,
        "recipient": own,
        "conversation": place,
        "serviceUrl": "https://teams.example",
    }


@pytest.mark.parametrize("reference", ["&#{};", "&#x{};", "&#{}"])
def test_a_character_of_thousands_of_digits_is_only_text(reference: str) -> None:
    interaction = parse_activity(activity(f"comment SHOP-1 {reference.format('9' * 5_000)} &amp; more"))
    assert interaction
    assert isinstance(interaction.payload, TypedCommand)
    assert interaction.payload.text.startswith("comment SHOP-1")


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_every_other_reader_and_writer_of_text_takes_time_in_proportion_to_its_length(reader: Callable[[str], object]) -> None:
    def work(text: str) -> None:
        with contextlib.suppress(TriageError):
            reader(text)

    for unit in (*UNITS, "1.", "<@U1> ", "fixes A-1 ", "a-", "A-1 and ", "\t", "1. ", "- ", "`", "```", "{{", "&", "1d"):
        times = MAX_TEXT_CHARS // len(unit)
        assert growth(work, unit * (times // 2), unit * times) <= AT_MOST, unit
