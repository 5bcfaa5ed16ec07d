"""Boards and homes: what is ticked comes back with what is pressed, each board for itself, and all of it fits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.chat.elements import Board, Bold, Button, Code, Form, Home, Link, Row, TextField
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.targets import OneIssue, SeveralIssues
from bot.msteams import render
from bot.msteams.elements import CardOrigin
from bot.msteams.parse import MalformedActivity, parse, pressed_on
from bot.msteams.render import board_card, home_card
from tests.examples import examples
from tests.support.teams.app import activity, invoke
from tests.support.teams.cards import HOSTILE, actions, check, inputs, texts

BUTTONS = (
    Button("resolve", "Resolve", style="primary", choice="p1"),
    Button("archive", "Archive…", asks=True, choice="p1"),
    Button("page", "Next page", choice="p2"),
)
BOARD = Board(
    "Inbox (12)",
    (Row(7, "SHOP-1F ValueError", "Unresolved, new · 12 events"), Row(9, "SHOP-2A KeyError", "Escalating · 3 events")),
    BUTTONS,
    (("Resolved ", Bold("SHOP-3C"), "."), ("SHOP-4D was not changed: Ben was faster.",)),
    ("Page 1 of 2",),
)


PAGE = json.dumps(["My issues", "is:unresolved assigned:me", "x" * 40])


def longest(letter: str) -> Board:
    """Ten rows of the longest titles and details."""
    rows = tuple(Row(10**18 + n, f"SHOP-{n} " + letter * 68, letter * 75) for n in range(10))
    buttons = tuple(Button(verb, verb.capitalize(), asks=verb == "archive", choice=PAGE) for verb in ("resolve", "archive", "review", "page", "last"))
    return Board("My issues", rows, buttons, footer=("Page 1",))


def executed(action: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """The press of an Action.Execute, with the inputs of the whole card."""
    told = {"type": "Action.Execute", "verb": action["verb"], "data": {**action["data"], **typed}}
    return activity(**invoke("adaptiveCard/action", {"action": told, "trigger": "manual"}))


def deed(found: dict[str, Any]) -> Any:
    interaction = parse(found)
    assert interaction is not None
    return interaction.payload


def test_a_board_shows_what_came_of_it_the_issues_and_what_can_be_done() -> None:
    card = board_card(BOARD)

    check(card)
    assert texts(card) == [
        r"Inbox \(12\)",
        "Resolved **SHOP-3C**.\n\nSHOP-4D was not changed: Ben was faster.",
        "Unresolved, new · 12 events",
        "Escalating · 3 events",
        "Page 1 of 2",
    ]
    assert {key: part["title"] for key, part in inputs(card).items()} == {"tick_0_7": "SHOP-1F ValueError", "tick_0_9": "SHOP-2A KeyError"}
    assert card["fallbackText"] == "Inbox (12)"


def test_a_press_carries_the_page_and_the_ticked_issues() -> None:
    typed = {"tick_0_7": "true", "tick_0_9": "false"}
    by_title = actions(board_card(BOARD))

    assert deed(executed(by_title["Resolve"], typed)) == Press("resolve", SeveralIssues((7,), "p1"))
    assert deed(executed(by_title["Next page"], {})) == Press("page", SeveralIssues((), "p2"))
    assert deed(activity(value={**by_title["Resolve"]["fallback"]["data"], **typed}, replyToId="42")) == Press("resolve", SeveralIssues((7,), "p1"))


def test_what_asks_gets_the_ticked_issues_into_its_dialog_and_back() -> None:
    archive = actions(board_card(BOARD))["Archive…"]
    fetched = activity(**invoke("task/fetch", {"data": {**archive["data"], "tick_0_7": "true", "tick_0_9": "true"}}))
    assert (archive["type"], archive["data"]["msteams"]) == ("Action.Submit", {"type": "task/fetch"})
    assert deed(fetched) == Press("archive", SeveralIssues((7, 9), "p1"))

    form = Form("archive", SeveralIssues((7, 9)), "Archive 2 issues", ("Until when?",), (TextField("amount", "How many"),), "Archive")
    asked = render.dialog(form, None, pressed_on(fetched))["task"]["value"]["card"]["content"]
    check(asked)
    sent = activity(**invoke("task/submit", {"data": {**asked["actions"][0]["data"], "amount": "10"}}))
    assert deed(sent) == FormSubmitted("archive", SeveralIssues((7, 9), "p1"), {"amount": "10"})
    assert pressed_on(sent) == CardOrigin("board", 0, "p1")


def test_the_same_issue_on_two_boards_of_a_home_is_ticked_for_each() -> None:
    home = home_card(Home((BOARD, replace(BOARD, heading="My issues"))))
    check(home)
    sections = [part for part in home["body"] if part["type"] == "Container"]
    resolve = [actions(section)["Resolve"] for section in sections]
    typed = {"tick_0_7": "true", "tick_0_9": "false", "tick_1_7": "false", "tick_1_9": "true"}

    assert set(inputs(home)) == set(typed)
    assert [deed(executed(one, typed)) for one in resolve] == [
        Press("resolve", SeveralIssues((7,), "p1")),
        Press("resolve", SeveralIssues((9,), "p1")),
    ]
    assert pressed_on(executed(resolve[1], typed)) == CardOrigin("home", 1, "p1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"tick_0_seven": "true"},
        {"tick_0_-7": "true"},
        {"tick_0_": "true"},
        {"board": "x"},
        {"board": -1},
        {f"tick_0_{n}": "true" for n in range(101)},
        {"form": True, "ids": "7,9"},
        {"form": True, "ids": [7, "x"]},
        {"form": True, "ids": [7] * 101},
    ],
)
def test_made_up_ticks_and_ids_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedActivity):
        parse(activity(value={"verb": "resolve", "issue": 0, "version": 0, "on": "board", "board": 0, **wrong}))


def test_ticks_count_on_boards_only() -> None:
    data = {"verb": "resolve", "issue": 7, "version": 3}

    assert deed(activity(value={**data, "tick_0_9": "true"})) == Press("resolve", OneIssue(7, 3))


def test_a_board_without_issues_is_a_card_too() -> None:
    card = board_card(Board("", (), ()))

    check(card)
    assert card["fallbackText"] == "Quell"


def test_a_home_of_three_full_boards_with_the_longest_titles_fits() -> None:
    card = home_card(Home((longest("x"),) * 3))

    check(card)
    assert {key: part["title"] for key, part in inputs(card).items()} == {
        f"tick_{place}_{row.issue_id}": row.title for place in range(3) for row in longest("x").rows
    }
    assert sum(part["type"] == "Action.Execute" for section in card["body"][1:] for part in actions(section).values()) == 12


@pytest.mark.parametrize("letter", ["é", "語", "😀", "_", "<"])
def test_a_home_in_the_longest_letters_fits_with_all_its_boxes_and_buttons(letter: str) -> None:
    card = home_card(Home((longest(letter),) * 3))

    check(card)
    assert len(inputs(card)) == 30
    assert [len(actions(section)) for section in card["body"][1:]] == [5, 5, 5]


def test_where_pages_are_long_old_clients_copy_gives_way_before_the_titles_do() -> None:
    buttons = tuple(Button(f"v{n}", f"Verb {n}", choice="x" * 1500) for n in range(8))
    card = board_card(replace(BOARD, buttons=buttons))

    check(card)
    assert {action["type"] for action in actions(card).values()} == {"Action.Submit"}
    assert inputs(card)["tick_0_7"]["title"] == "SHOP-1F ValueError"
    pressed = {**actions(card)["Verb 7"]["data"], "tick_0_7": "true"}
    assert deed(activity(value=pressed)) == Press("v7", SeveralIssues((7,), "x" * 1500))


@settings(deadline=None, max_examples=examples(20))
@given(st.sampled_from(HOSTILE) | st.text(max_size=300))
@example("😀" * 300)
def test_whatever_stands_in_a_title_breaks_no_board(text: str) -> None:
    said = (text, Bold(text), Code(text), Link(text, "https://quell.example.com/x"))
    rows = tuple(Row(n, text, text) for n in range(10))
    board = Board(text, rows, BUTTONS, ((text,),) * 10, said)
    quiet = replace(board, intro=())
    for card in (board_card(board), home_card(Home((board, quiet, quiet)))):
        check(card)
        told = json.dumps(card, ensure_ascii=False)
        assert "<at>" not in told
        assert all("<" not in block for block in texts(card))
