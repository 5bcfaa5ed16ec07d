"""What a person can press, fill and tick on both platforms, and what is read back of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.chat import cards
from bot.chat.elements import Board, Card, Form, Notice, Option, Options
from bot.chat.forms import UNASSIGN
from bot.chat.interactions import Interaction, Lookup
from bot.msteams import render as teams
from bot.msteams.forms import DATE, TIME, form_card
from bot.msteams.parse import parse as parse_teams
from bot.playground.slack.block_kit import message_errors, options_errors, view_errors
from bot.playground.teams.adaptive_cards import card_errors
from bot.slack import render as slack
from bot.slack.codec import ModalOrigin
from bot.slack.parse import read_interaction as parse_slack
from core.views import IssueView
from tests.support.teams.app import CHANNEL, activity, invoke

JSON = dict[str, Any]


LISBON = "Europe/Lisbon"


OFFERED = Options((Option("Me (@Ada)", "user:7"), Option("#checkout", "team:3"), Option("Unassign", UNASSIGN)))


@dataclass(frozen=True)
class Pressed:
    """A control that was pressed: the words on it, and what the platform's request was read as."""

    label: str
    did: Interaction


class Hands(Protocol):
    """Somebody who uses a platform's own client: sees only what was drawn, sends only what the platform would send."""

    name: str

    def press_all(self, issue: IssueView, offered: Options = OFFERED) -> Iterator[Pressed]:
        """Every control of the card, each in every way that it can be pressed. ``offered`` is what a picker finds."""

    def tick_and_press(self, board: Board, ids: Sequence[int]) -> Iterator[Pressed]:
        """Every button of the board, each with these issues ticked."""

    def fill(self, form: Form, values: Mapping[str, str | datetime]) -> Interaction:
        """Fills the form and sends it, leaving alone what is not in ``values``."""

    def draw(self, reply: Card | Board | Notice) -> None:
        """Draws what was answered, as the platform takes it."""


def over_the_wire(value: Any) -> Any:
    return json.loads(json.dumps(value))


def read(found: Interaction | None) -> Interaction:
    assert found is not None
    return found


class SlackHands:
    """Presses Block Kit."""

    name = "slack"
    sent = 0

    def press_all(self, issue: IssueView, offered: Options = OFFERED) -> Iterator[Pressed]:
        message = over_the_wire(slack.alert(cards.alert(issue, "https://quell.example.com"), "c0ffee"))
        assert message_errors(message["blocks"]) == []
        assert message["text"].strip()
        for block in message["blocks"]:
            for element in block["elements"] if block["type"] == "actions" else ():
                yield from self._press(block["block_id"], element, (issue.id, offered))

    def tick_and_press(self, board: Board, ids: Sequence[int]) -> Iterator[Pressed]:
        blocks = over_the_wire(slack.board(board, "c0ffee"))["blocks"]
        assert message_errors(blocks) == []
        elements = [(block["block_id"], element) for block in blocks if block["type"] == "actions" for element in block["elements"]]
        (at, boxes) = next(one for one in elements if one[1]["type"] == "checkboxes")
        ticked = [option for option in boxes["options"] if int(option["value"]) in ids]
        state = {"values": {at: {boxes["action_id"]: {"type": "checkboxes", "selected_options": ticked}}}}
        for block_id, element in elements:
            if element["type"] == "button":
                yield Pressed(element["text"]["text"], self._act({**element, "block_id": block_id}, state=state))

    def draw(self, reply: Card | Board | Notice) -> None:
        message = over_the_wire(slack.content(reply, "c0ffee"))
        assert message_errors(message["blocks"]) == []
        assert message["text"].strip()

    def fill(self, form: Form, values: Mapping[str, str | datetime]) -> Interaction:
        origin = ModalOrigin(form.targets, "CALERTS", "1732370000.000100")
        view = over_the_wire(slack.modal(form, origin.written()))
        assert view_errors(view) == []
        inputs = [block for block in view["blocks"] if block["type"] == "input"]
        assert set(values) <= {block["block_id"] for block in inputs}
        states = {block["block_id"]: {block["element"]["action_id"]: self._state(block, values.get(block["block_id"]))} for block in inputs}
        sent = {"id": "V1", "type": "modal", **{key: view[key] for key in ("callback_id", "private_metadata")}, "state": {"values": states}}
        return self._read({"type": "view_submission", "view": sent})

    def _press(self, block_id: str, element: JSON, about: tuple[int, Options]) -> Iterator[Pressed]:
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
        match element["type"]:
            case "button":
                yield Pressed(element["text"]["text"], self._act({**action, "value": element.get("value")}))
            case "static_select":
                for option in element["options"]:
                    yield Pressed(option["text"]["text"], self._act({**action, "selected_option": option}))
            case "external_select":
                for option in self._look_up(action, *about):
                    yield Pressed(element["placeholder"]["text"], self._act({**action, "selected_option": option}))
            case kind:
                raise AssertionError(f"nobody taught these hands to press a {kind}")

    def _look_up(self, action: JSON, issue_id: int, offered: Options) -> list[JSON]:
        did = self._read({**action, "type": "block_suggestion", "value": "", **self._where()})
        assert did.payload == Lookup("assignee", issue_id, "")
        answer = over_the_wire(slack.options(offered))
        assert options_errors(answer) == []
        return list(answer["options"])

    def _act(self, action: JSON, **more: Any) -> Interaction:
        sent = {key: value for key, value in action.items() if value is not None}
        return self._read({"type": "block_actions", "actions": [{**sent, "action_ts": "1.2"}], **self._where(), **more})

    def _read(self, payload: JSON) -> Interaction:
        self.sent += 1
        who = {"team": {"id": "TACME"}, "user": {"id": "UADA", "name": "ada", "team_id": "TACME"}, "trigger_id": f"1717.{self.sent}.aa"}
        did = read(parse_slack(over_the_wire({**who, **payload}), "UQUELL"))
        assert (did.place.channel, did.place.message) == ("CALERTS", "1732370000.000100")
        return did

    @staticmethod
    def _where() -> JSON:
        container = {"type": "message", "message_ts": "1732370000.000100", "channel_id": "CALERTS", "is_ephemeral": False}
        return {"container": container, "channel": {"id": "CALERTS"}}

    @staticmethod
    def _state(block: JSON, value: str | datetime | None) -> JSON:
        element = block["element"]
        match element["type"]:
            case "radio_buttons" | "static_select":
                chosen = next(one for one in element["options"] if one["value"] == value) if value else element.get("initial_option")
                return {"type": element["type"], "selected_option": chosen}
            case "external_select":
                found = [Option(value, value)] if isinstance(value, str) else []
                return {"type": element["type"], "selected_option": next(iter(over_the_wire(slack.options(Options(tuple(found))))["options"]), None)}
            case "datetimepicker":
                assert value is None or isinstance(value, datetime)
                return {"type": element["type"], "selected_date_time": int(value.timestamp()) if value else element.get("initial_date_time")}
            case "plain_text_input":
                return {"type": element["type"], "value": value if value is not None else element.get("initial_value")}
            case kind:
                raise AssertionError(f"nobody taught these hands to fill a {kind}")


class TeamsHands:
    """Presses Adaptive Cards; every Action.Execute also as the Action.Submit that older clients fall back to."""

    name = "msteams"

    def press_all(self, issue: IssueView, offered: Options = OFFERED) -> Iterator[Pressed]:
        yield from self._press_card(over_the_wire(teams.activity_with(cards.alert(issue, "https://quell.example.com"))), {})

    def tick_and_press(self, board: Board, ids: Sequence[int]) -> Iterator[Pressed]:
        message = over_the_wire(teams.activity_with(board))
        boxes = [block["id"] for block in message["attachments"][0]["content"]["body"] if block["type"] == "Input.Toggle"]
        yield from self._press_card(message, {box: "true" if box.rpartition("_")[2] in map(str, ids) else "false" for box in boxes})

    def draw(self, reply: Card | Board | Notice) -> None:
        for attached in over_the_wire(teams.activity_with(reply)).get("attachments", ()):
            assert card_errors(attached["content"]) == []

    def _press_card(self, message: JSON, inputs: JSON) -> Iterator[Pressed]:
        """Each control, with what stands in the card's inputs: Teams puts that beside its data."""
        card = message["attachments"][0]["content"]
        assert card_errors(card) == []
        assert card["fallbackText"].strip()
        for action in actions_of(card):
            data = {key: value for key, value in {**action["data"], **inputs}.items() if key != "msteams"}
            match action["type"]:
                case "Action.Execute":
                    sent = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": data}, "trigger": "manual"}
                    yield Pressed(action["title"], self._read(**invoke("adaptiveCard/action", sent)))
                    assert action["fallback"]["type"] == "Action.Submit"
                    yield Pressed(action["fallback"]["title"], self._read(value={**action["fallback"]["data"], **inputs}, replyToId="1700000000000"))
                case "Action.Submit":
                    assert action["data"]["msteams"] == {"type": "task/fetch"}
                    yield Pressed(action["title"], self._read(**invoke("task/fetch", {"data": data, "context": {"theme": "default"}})))
                case kind:
                    raise AssertionError(f"nobody taught these hands to press an {kind}")

    def fill(self, form: Form, values: Mapping[str, str | datetime]) -> Interaction:
        card = over_the_wire(form_card(form, LISBON))
        assert card_errors(card) == []
        (submit,) = card["actions"]
        inputs = {block["id"]: block.get("value", "") for block in card["body"] if block["type"].startswith("Input.")}
        for name, value in values.items():
            typed = self._typed(name, value)
            assert set(typed) <= set(inputs)
            inputs |= typed
        for block in card["body"]:
            if block["type"] == "Input.ChoiceSet" and "choices.data" not in block and inputs[block["id"]]:
                assert inputs[block["id"]] in [choice["value"] for choice in block["choices"]]
        return self._read(**invoke("task/submit", {"data": {**submit["data"], **inputs}, "context": {"theme": "default"}}))

    @staticmethod
    def _typed(name: str, value: str | datetime) -> JSON:
        if isinstance(value, str):
            return {name: value}
        local = value.astimezone(ZoneInfo(LISBON))
        return {name + DATE: f"{local:%Y-%m-%d}", name + TIME: f"{local:%H:%M}"}

    @staticmethod
    def _read(**sent: Any) -> Interaction:
        did = read(parse_teams(over_the_wire(activity(**sent))))
        assert (did.place.channel, did.place.message) == (CHANNEL, "1700000000000")
        return did


def actions_of(card: JSON) -> Iterator[JSON]:
    """What can be pressed, that behind Action.ShowCard too; not the fallbacks."""
    for action in (*card.get("actions", ()), *(action for block in card["body"] for action in block.get("actions", ()))):
        if action["type"] == "Action.ShowCard":
            yield from actions_of(action["card"])
        else:
            yield action


HANDS: tuple[Hands, ...] = (SlackHands(), TeamsHands())
