"""Teams' limits on Adaptive Cards."""

from typing import Any

import pytest

from bot.playground.teams.adaptive_cards import card_errors

TEXT = {"type": "TextBlock", "text": "hello"}
RESOLVE = {"type": "Action.Execute", "title": "Resolve", "fallback": {"type": "Action.Submit", "title": "Resolve"}}
INPUT = {"type": "Input.Text", "id": "why"}


def card(*body: Any, **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}


GOOD = [
    card(TEXT, actions=[RESOLVE, {"type": "Action.ShowCard", "title": "More", "card": card(INPUT)}]),
    card({"type": "ColumnSet", "columns": [{"type": "Column", "width": "auto", "items": [TEXT]}]}),
    card({"type": "Table", "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [TEXT]}]}]}),
    card({"type": "Input.ChoiceSet", "id": "who", "choices.data": {"type": "Data.Query", "dataset": "people"}}),
    card(TEXT, refresh={"action": RESOLVE, "userIds": ["29:x"]}),
]

BAD = [
    ("no card", {"type": "Message"}, "must be an AdaptiveCard"),
    ("no version", {"type": "AdaptiveCard", "body": [TEXT]}, "missing required field: version"),
    ("a version too new", card(TEXT, version="1.6"), "is newer than 1.5"),
    ("an unknown element", card({"type": "CodeBlock"}), "unknown element: CodeBlock"),
    ("an unknown action", card(actions=[{"type": "Action.Http"}]), "unknown action: Action.Http"),
    ("a text of nothing", card({"type": "TextBlock", "text": ""}), "missing required field: text"),
    ("an input without an id", card({"type": "Input.Text"}), "missing required field: id"),
    ("the same id twice", card(INPUT, {"type": "Container", "items": [INPUT]}), "id `why` already exists"),
    ("a choice set of nothing", card({"type": "Input.ChoiceSet", "id": "x"}), "missing required field: choices"),
    ("a link to nowhere", card(actions=[{"type": "Action.OpenUrl", "title": "x"}]), "missing required field: url"),
    ("a bad fallback", card(actions=[{**RESOLVE, "fallback": {"type": "Action.Nap"}}]), "unknown fallback"),
    ("something deep down", card({"type": "ActionSet", "actions": [{"type": "Action.ShowCard", "card": card({})}]}), "unknown element"),
    ("a refresh that is no Execute", card(refresh={"action": {"type": "Action.Submit"}}), "must be an Action.Execute"),
    ("a refresh for too many", card(refresh={"action": RESOLVE, "userIds": ["29:x"] * 61}), "no more than 60 people"),
    ("a card over 28 KB", card(*[{**TEXT, "text": "x" * 1000}] * 29), "is over 28672 bytes"),
]  # fmt: skip


@pytest.mark.parametrize("good", GOOD)
def test_a_card_within_the_limits_is_taken(good: dict[str, Any]) -> None:
    assert card_errors(good) == []


@pytest.mark.parametrize(("name", "bad", "expected"), BAD, ids=[name for name, _, _ in BAD])
def test_a_card_outside_the_limits_is_refused_with_its_reason(name: str, bad: dict[str, Any], expected: str) -> None:
    assert any(expected in error for error in card_errors(bad)), (name, card_errors(bad))
