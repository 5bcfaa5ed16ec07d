"""Controls, bidirectional marks and hidden characters of foreign text reach no terminal, no log, no page and neither chat."""

from __future__ import annotations

import ast
import io
import json
import logging
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from bot.msteams import text as teams_text
from bot.security.invisible import escaped, one_line, visible
from bot.security.logs import OneLine
from bot.slack import text as slack_text
from core.issues.actions import Comment
from tests.support.cli import Shell
from tests.support.core import World

HARMFUL = {
    "a cleared screen": "\x1b[2J\x1b[H",
    "a link of a terminal": "\x1b]8;;https://evil.example\x1b\\Log in\x1b]8;;\x07",
    "a title of a window": "\x1b]0;owned\x07",
    "controls in one byte": "\x9b31m\x9d0;x\x9c",
    "back and delete": "abc\x08\x08\x08\x7f",
    "a carriage return": "done\rgone",
    "an override": "\u202egnp.exe\u202c",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "marks of direction": "a\u200eb\u200fc\u061cd",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "tags": "a\U000e0001\U000e0069\U000e0067\U000e007fb",
    "selectors of variants": "a\ufe00\ufe01\ufe02b\U000e0100\U000e01efc",
    "annotations": "a\ufff9b\ufffac\ufffbd",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "fillers": "a\u3164b\u115fc\u1160d\uffa0e\u2800f\u034f\u17b4g\u180eh",
    "soft hyphen": "pass\u00adword",
    "halves of pairs": "a\ud800b\udfffc",
    "no characters": "a\ufffeb\ufdd0c\uffffd",
    "nothing and all controls": "".join(map(chr, [*range(9), *range(11, 32), *range(127, 160)])),
}
ALL = "".join(HARMFUL.values())
STORABLE = ALL.encode("utf-8", "ignore").decode().replace("\0", "")
KEPT = ["a\tb\nc", "👩‍💻", "👨‍👩‍👧‍👦", "👍🏽", "❤️", "🏳️‍🌈", "نمی‌خواهم", "क्‍ष", "日本語", "שלום", "e\u0301", "\u00a0", "©️"]


def is_harmless(text: str) -> bool:
    """By Unicode's own categories, not by the program's table."""
    return all(letter in "\n\t\u200c\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text)


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL.keys())
def test_they_are_taken_out(text: str) -> None:
    assert is_harmless(visible(text))
    assert not set(visible(text)) & set("\u3164\u115f\u1160\uffa0\u2800\u034f\u17b4\u180e\ufe01\U000e0100\u200c\u200d")
    assert "\n" not in one_line(text)
    assert escaped(text).isprintable()


@pytest.mark.parametrize("text", KEPT)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text


def test_no_letter_of_any_language_is_taken_out() -> None:
    lost = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code))[0] in "LNSP" and visible(chr(code)) != chr(code)]
    assert set(lost) == set("\u115f\u1160\u2800\u3164\uffa0")


def test_a_break_of_a_line_is_one_however_it_is_written() -> None:
    assert visible("a\r\nb\rc\u2028d\u2029e\x85f") == "a\nb\nc\nd\ne\nf"
    assert slack_text.line(" a\x85b\u2028c ") == "a b c"


def a_log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    log = logging.Logger("test")  # noqa: LOG001  one that is not the program's
    log.addHandler(handler)
    return log, written


def test_a_log_has_one_line_for_each_record() -> None:
    log, written = a_log()
    log.warning("channel %s waits: %s", "C1\nERROR bot: all is lost", ALL)
    (line,) = written.getvalue().splitlines()
    assert line.isprintable()
    assert line.startswith(r"WARNING test: channel C1\nERROR bot: all is lost waits: \x1b[2J")


def test_nothing_in_a_traceback_looks_like_a_record() -> None:
    log, written = a_log()
    try:
        raise ValueError(f"x\nERROR bot: all is lost\n{ALL}")
    except ValueError:
        log.exception("it failed")
    first, *others = written.getvalue().splitlines()
    assert first == "ERROR test: it failed"
    assert others
    assert all(line.startswith("    ") and is_harmless(line) for line in others)


@pytest.fixture
def hostile(peopled: World) -> World:
    """An issue, a comment, a person and a watch of whom all words are harmful."""
    peopled.core.occurrences.record(
        peopled.project.id, [replace(peopled.occurrence("Boom"), title=f"Boom {STORABLE}", culprit=STORABLE, message=STORABLE)]
    )
    peopled.do(Comment(f"x{STORABLE}"))
    return peopled


@pytest.mark.parametrize("command", ["list", "show SHOP-1", "resolve SHOP-1", "delete SHOP-1", "inbox", "help", "whoami"])
def test_no_command_brings_them_to_a_terminal(hostile: World, quell: Shell, command: str) -> None:
    ran = quell("do", command)
    assert is_harmless(ran.out + ran.err)
    as_json = quell("do", command, "--json").out
    assert as_json.isascii()
    assert as_json.rstrip("\n").isprintable()
    assert not as_json or json.loads(as_json)["text"]


def test_no_command_quotes_them_where_it_refuses(hostile: World, quell: Shell) -> None:
    refused = (
        ["do", f"resolve {STORABLE}"],
        ["org", "create", STORABLE[1:]],
        ["user", "role", f"a{STORABLE}@x", "admin"],
        ["watch", f"x{STORABLE}", "--slack", "C1"],
    )
    for words in refused:
        ran = quell(*words)
        assert ran.code == 1
        assert is_harmless(ran.out + ran.err)


def test_commands_print_by_the_two_functions_that_take_them_out() -> None:
    """All of ``bot/cli`` but the two functions themselves."""
    folder = Path(bot.__file__).parent / "cli"
    prints = [
        f"{file.name}:{node.lineno}"
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("typer.echo", "print", "click.echo", "sys.stdout.write")
    ]
    assert [place for place in prints if not place.startswith("shared.py")] == []
    assert len(prints) == 2


@pytest.mark.parametrize("clamp", [slack_text.clamp, slack_text.fit, teams_text.clamp])
def test_a_text_that_is_cut_within_an_emoji_leaves_no_joiner_behind(clamp: Callable[[str, int], str]) -> None:
    for limit in range(2, 12):
        cut = clamp("ab 👩\u200d💻👩\u200d💻 cd", limit)
        assert visible(cut) == cut
        assert len(cut) <= limit
