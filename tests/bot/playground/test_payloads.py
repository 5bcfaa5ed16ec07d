"""What the bot can show, judged by what the two platforms publish: Slack's SDKs, Microsoft's schema and its library."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground.slack.block_kit import message_errors, view_errors
from bot.playground.slack.workspace import MAX_EDIT_TEXT_CHARS
from bot.playground.teams.adaptive_cards import card_errors
from tests.support.playground.payloads import Json, SlackPayloads, for_slack, for_teams

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((Path(__file__).parent / "adaptive-card-1.5.0" / "schema.json").read_text())
NEEDS = "needs `make playground-assets`"


@pytest.fixture(scope="module")
def slack() -> SlackPayloads:
    return for_slack()


@pytest.fixture(scope="module")
def cards() -> list[Json]:
    return for_teams()


def test_slack_would_take_every_message_and_every_view(slack: SlackPayloads) -> None:
    assert all((slack.messages, slack.modals, slack.homes))
    for message in slack.messages:
        assert message_errors(message["blocks"]) == []
        assert 0 < len(message["text"]) <= MAX_EDIT_TEXT_CHARS
        for block in message["blocks"]:
            cast("Block", Block.parse(block)).to_dict()  # raises what Slack's own SDK knows to be wrong
    for view in slack.modals + slack.homes:
        assert view_errors(view) == []
        View(**view).validate_json()


def test_teams_would_take_every_card(cards: list[Json]) -> None:
    assert cards
    assert [errors for card in cards if (errors := card_errors(card))] == []


def test_every_card_keeps_to_microsofts_schema_of_version_1_5(cards: list[Json]) -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)
    for card in cards:
        for error in validator.iter_errors(_plain(card)):
            pytest.fail(f"{error}\n{json.dumps(card)[:2000]}")


def test_the_schema_refuses_what_is_not_in_it() -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert validator.is_valid({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x"}]})
    for wrong in ({"type": "CodeBlock"}, {"type": "TextBlock"}, {"type": "Input.Toggle", "id": "x"}, {"type": "TextBlock", "text": "x", "font": "y"}):
        assert not validator.is_valid({"type": "AdaptiveCard", "version": "1.5", "body": [wrong]})


@pytest.mark.slow
def test_microsofts_library_parses_every_card_without_a_complaint(cards: list[Json], tmp_path: Path) -> None:
    bad = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "CodeBlock"}, {"type": "Input.Text"}]}
    assert _complaints([bad], tmp_path) == [
        '0: Unknown element type "CodeBlock". Fallback will be used if present.',
        "0: All inputs must have a unique Id.",
    ]
    assert _complaints(_plain(cards), tmp_path) == []


@pytest.mark.slow
def test_every_slack_payload_fits_slacks_published_types(slack: SlackPayloads) -> None:
    wrong = _constant("wrong", "KnownBlock[]", [{"type": "section", "text": {"type": "markup", "text": "x"}}])
    assert _type_errors([*_typed(slack), wrong]) == ["wrong"]


def _plain(part: Any) -> Any:
    """The part without what only Teams adds to version 1.5: a card's width and mentions, and typeahead, which else is a list of choices."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    known = {name: value if name == "data" else _plain(value) for name, value in part.items() if name not in ("msteams", "choices.data")}
    if "choices.data" in part:
        known |= {"style": "compact", "choices": part["choices"] or [{"title": "Me", "value": "user:1"}]}
    return known


def _complaints(cards: list[Json], folder: Path) -> list[str]:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "adaptivecards").is_dir():
        pytest.skip(NEEDS)
    file = folder / "cards.json"
    file.write_text(json.dumps(cards))
    done = subprocess.run([node, Path(__file__).with_name("parse_cards.cjs"), file], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def _typed(slack: SlackPayloads) -> Iterator[str]:
    """Each payload as a constant that says its type."""
    for number, message in enumerate(slack.messages):
        yield _constant(f"message_{number}", "KnownBlock[]", message["blocks"])
    for kind, views in (("ModalView", slack.modals), ("HomeView", slack.homes)):
        for number, view in enumerate(views):
            yield _constant(f"{kind}_{number}", kind, view)


def _constant(name: str, kind: str, value: Any) -> str:
    return f"export const {name}: {kind} = {json.dumps(value)};"


def _type_errors(constants: list[str]) -> list[str]:
    """The names of the constants that the compiler refuses. The file stands where `node_modules` is found from."""
    compiler = ROOT / "node_modules" / ".bin" / "tsc"
    if not compiler.exists() or not (ROOT / "node_modules" / "@slack" / "types").is_dir():
        pytest.skip(NEEDS)
    file = ROOT / "test-artefacts" / "payloads.ts"
    file.parent.mkdir(exist_ok=True)
    lines = ['import type { HomeView, KnownBlock, ModalView } from "@slack/types";', *constants]
    file.write_text("\n".join(lines))
    options = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--moduleResolution", "bundler", "--module", "esnext", "--pretty", "false"]
    done = subprocess.run([compiler, *options, file], capture_output=True, text=True, timeout=100, check=False)
    found = {int(line.split("(")[1].split(",")[0]) for line in done.stdout.splitlines() if "(" in line and not line.startswith(" ")}
    return [lines[number - 1].split(":")[0].removeprefix("export const ") for number in sorted(found)]
