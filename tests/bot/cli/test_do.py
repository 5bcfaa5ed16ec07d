"""``quell do``: the commands of the chat, typed in a shell."""

from __future__ import annotations

import sys

from bot.chat.verbs import TYPED
from core.types import Source, Status
from tests.support.cli import Shell
from tests.support.core import World


def test_what_is_typed_in_chat_can_be_done_from_the_shell(peopled: World, quell: Shell) -> None:
    assert quell("do", "resolve shop-1").out == "SHOP-1 Boom: Resolved, from the command line, " + clock_of(peopled) + ".\n"
    activity = peopled.core.reads.activities(peopled.organization_id, "SHOP-1")[0]
    assert (activity.source, activity.user) == (Source.CLI, None)
    assert "Nothing to do" in quell("do", "resolve SHOP-1").out
    assert "Unresolved, regressed, opened again by @Ada, from the command line" in quell("do", "unresolve SHOP-1", "--as", "ada@acme.example").out
    assert "SHOP-1 Boom · 1 event" in quell("do", "list").out
    assert "/issues/1/" in quell("do", "show SHOP-1").out
    assert "You are @Ada (ada@acme.example), admin" in quell("do", "whoami", "--as", "ADA@acme.example").out


def clock_of(world: World) -> str:
    """The time of the newest change: the program has the machine's own clock."""
    return f"{world.core.reads.activities(world.organization_id, 'SHOP-1')[0].happened_at:%H:%M} UTC"


def test_do_with_json_says_what_was_said_and_whether_it_was_done(peopled: World, quell: Shell) -> None:
    answer = quell.json("do", "archive SHOP-1 until 5 events", "--as", "ada@acme.example")
    assert answer == {"text": "SHOP-1 Boom: Archived until 5 more events (0 so far) by @Ada, from the command line.", "done": True}
    assert quell("do", "resolve SHOP-99", "--json").refusal == "quell: There is no issue SHOP-99 here."


def test_do_help_tells_of_every_command(peopled: World, quell: Shell) -> None:
    out = quell("do", "help").out
    assert all(spec.usage in out for spec in TYPED)


def test_roles_count_in_the_shell_where_somebody_acts(peopled: World, quell: Shell) -> None:
    quell.json("user", "create", "vic@acme.example", "--role", "viewer")
    assert "This needs the role member; yours is viewer." in quell("do", "resolve SHOP-1", "--as", "vic@acme.example").refusal
    quell.json("user", "create", "ben@acme.example")
    assert "This needs the role admin; yours is member." in quell("do", "delete SHOP-1", "--yes", "--as", "ben@acme.example").refusal
    assert peopled.issue().version == 1


def test_a_deletion_and_its_restoration(peopled: World, quell: Shell) -> None:
    assert "It can be restored until" in quell("do", "delete SHOP-1", "--yes").out
    assert peopled.issue().status is Status.PENDING_DELETION
    assert "SHOP-1 is deleted; restore it first." in quell("do", "resolve SHOP-1").refusal
    assert quell("do", "restore SHOP-1").code == 0
    assert peopled.issue().status is Status.UNRESOLVED


def test_whoever_sits_at_a_terminal_is_asked_before_something_is_destroyed(peopled: World, quell: Shell) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    quell.monkeypatch.setattr(sys, "stdin", Terminal())
    quell.monkeypatch.setattr("typer.confirm", refuse)
    assert quell("do", "delete SHOP-1").out == "Nothing was changed.\n"
    assert "1 event that hit 0 users" in asked[0]
    assert peopled.issue().version == 1


def test_the_organization_that_is_set_is_the_one_that_is_acted_in(peopled: World, other_world: World, quell: Shell) -> None:
    other_world.event("Theirs")
    assert "Boom" in quell("do", "list").out
    quell.monkeypatch.setenv("QUELL_ORG", "umbrella")
    assert "Theirs" in quell("do", "list").out
    assert "Boom" not in quell("do", "list").out
