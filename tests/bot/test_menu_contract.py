"""The contract of all platforms: whatever the menu offers is drawn, pressed, filled and read back as the same deed, in every state.

What is pressed is the JSON that was drawn, wrapped as the platform wraps it, so a verb that a platform cannot carry there and back fails here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from bot import cards, forms, menu
from bot.interactions import Interaction, Lookup, Press, Submission
from bot.menu import UNASSIGN, Asker
from bot.msteams import render as teams
from bot.msteams.forms import DATE, TIME, form_card
from bot.msteams.parse import parse as parse_teams
from bot.playground.slack.block_kit import message_errors, options_errors, view_errors
from bot.playground.teams.adaptive_cards import card_errors
from bot.slack import render as slack
from bot.slack.marks import Origin
from bot.slack.parse import interaction as parse_slack
from bot.surface import Form, Option, Options
from core.actions import Action, Archive, Assign, Delete, MarkReviewed, Resolve, Restore, To, Unassign, Unresolve
from core.until import Condition
from core.views import IssueView
from tests.bot.issues import NEW, STATES
from tests.bot.msteams.conftest import CHANNEL, activity, invoke
from tests.conftest import NOON

JSON = dict[str, Any]

LISBON = "Europe/Lisbon"
ASKER = Asker(NOON, ZoneInfo(LISBON))
OFFERED = Options((Option("Me (@Ada)", "user:7"), Option("#checkout", "team:3"), Option("Unassign", UNASSIGN)))
TOMORROW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

Filled = tuple[Mapping[str, str | datetime], Action]


@dataclass(frozen=True)
class Case:
    """What a verb is to come to: at once, or by what is filled into its form."""

    at_once: Action | None = None
    filled: Sequence[Filled] = ()
    is_only_typed: bool = False


def in_(**time: float) -> datetime:
    return NOON + timedelta(**time)


ARCHIVES: Sequence[Filled] = (
    ({"how": "30m"}, Archive(Condition(until_at=in_(minutes=30)))),
    ({"how": "1h"}, Archive(Condition(until_at=in_(hours=1)))),
    ({"how": "4h"}, Archive(Condition(until_at=in_(hours=4)))),
    ({"how": "8h"}, Archive(Condition(until_at=in_(hours=8)))),
    ({"how": "tomorrow"}, Archive(Condition(until_at=TOMORROW))),
    ({"how": "monday"}, Archive(Condition(until_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC)))),
    ({"how": "duration", "amount": "90m"}, Archive(Condition(until_at=in_(minutes=90)))),
    ({"how": "date", "date": TOMORROW}, Archive(Condition(until_at=TOMORROW))),
    ({"how": "events", "amount": "50"}, Archive(Condition(events=50))),
    ({"how": "users", "amount": "10"}, Archive(Condition(users=10))),
    ({"how": "escalating"}, Archive(is_until_escalating=True)),
    ({"how": "forever"}, Archive()),
)
ASSIGNS: Sequence[Filled] = (
    ({"assignee": "user:7"}, Assign(To("user", 7))),
    ({"assignee": "team:3"}, Assign(To("team", 3))),
    ({"assignee": UNASSIGN}, Unassign()),
)
CASES: dict[str, Case] = {
    "resolve": Case(Resolve()),
    "unresolve": Case(Unresolve()),
    "unarchive": Case(Unresolve()),
    "archive": Case(filled=ARCHIVES),
    "rearchive": Case(filled=ARCHIVES),
    "assign": Case(filled=ASSIGNS),
    "unassign": Case(Unassign(), is_only_typed=True),
    "review": Case(MarkReviewed()),
    "delete": Case(filled=(({}, Delete()),)),
    "restore": Case(Restore()),
}
"""Every verb of the menu. A new one has to be added here, with what it comes to, or the suite fails."""


@dataclass(frozen=True)
class Pressed:
    """A control that was pressed: the words on it, and what the platform's request was read as."""

    label: str
    did: Interaction


class Hands(Protocol):
    """Somebody who uses a platform's own client: sees only what was drawn, sends only what the platform would send."""

    name: str

    def press_all(self, issue: IssueView) -> Iterator[Pressed]:
        """Every control of the card, each in every way that it can be pressed."""

    def fill(self, form: Form, values: Mapping[str, str | datetime]) -> Interaction:
        """Fills the form and sends it, leaving alone what is not in ``values``."""


def over_the_wire(value: Any) -> Any:
    return json.loads(json.dumps(value))


def read(found: Interaction | None) -> Interaction:
    assert found is not None
    return found


class SlackHands:
    """Presses Block Kit."""

    name = "slack"
    sent = 0

    def press_all(self, issue: IssueView) -> Iterator[Pressed]:
        message = over_the_wire(slack.alert(cards.alert(issue, "https://quell.example.com"), "c0ffee"))
        assert message_errors(message["blocks"]) == []
        assert message["text"].strip()
        for block in message["blocks"]:
            for element in block["elements"] if block["type"] == "actions" else ():
                yield from self._press(block["block_id"], element)

    def fill(self, form: Form, values: Mapping[str, str | datetime]) -> Interaction:
        view = over_the_wire(slack.modal(form, Origin(form.issue_id, form.version, "CALERTS", "1732370000.000100").written()))
        assert view_errors(view) == []
        inputs = [block for block in view["blocks"] if block["type"] == "input"]
        assert set(values) <= {block["block_id"] for block in inputs}
        states = {block["block_id"]: {block["element"]["action_id"]: self._state(block, values.get(block["block_id"]))} for block in inputs}
        sent = {"id": "V1", "type": "modal", **{key: view[key] for key in ("callback_id", "private_metadata")}, "state": {"values": states}}
        return self._read({"type": "view_submission", "view": sent})

    def _press(self, block_id: str, element: JSON) -> Iterator[Pressed]:
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
        match element["type"]:
            case "button":
                yield Pressed(element["text"]["text"], self._act(action))
            case "static_select":
                for option in element["options"]:
                    yield Pressed(option["text"]["text"], self._act({**action, "selected_option": option}))
            case "external_select":
                for option in self._look_up(action):
                    yield Pressed(element["placeholder"]["text"], self._act({**action, "selected_option": option}))
            case kind:
                raise AssertionError(f"nobody taught these hands to press a {kind}")

    def _look_up(self, action: JSON) -> list[JSON]:
        did = self._read({**action, "type": "block_suggestion", "value": "", **self._where()})
        assert did.deed == Lookup("assignee", NEW.id, "")
        answer = over_the_wire(slack.options(OFFERED))
        assert options_errors(answer) == []
        return list(answer["options"])

    def _act(self, action: JSON) -> Interaction:
        return self._read({"type": "block_actions", "actions": [{**action, "action_ts": "1.2"}], **self._where()})

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
                chosen = next(one for one in over_the_wire(slack.options(OFFERED))["options"] if one["value"] == value)
                return {"type": element["type"], "selected_option": chosen}
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

    def press_all(self, issue: IssueView) -> Iterator[Pressed]:
        message = over_the_wire(teams.activity_with(cards.alert(issue, "https://quell.example.com")))
        card = message["attachments"][0]["content"]
        assert card_errors(card) == []
        assert card["fallbackText"].strip()
        for action in actions_of(card):
            match action["type"]:
                case "Action.Execute":
                    sent = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": action["data"]}, "trigger": "manual"}
                    yield Pressed(action["title"], self._read(**invoke("adaptiveCard/action", sent)))
                    assert action["fallback"]["type"] == "Action.Submit"
                    yield Pressed(action["fallback"]["title"], self._read(value=action["fallback"]["data"], replyToId="1700000000000"))
                case "Action.Submit":
                    assert action["data"]["msteams"] == {"type": "task/fetch"}
                    data = {key: value for key, value in action["data"].items() if key != "msteams"}
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


@pytest.fixture(params=HANDS, ids=lambda hands: str(hands.name))
def hands(request: pytest.FixtureRequest) -> Hands:
    found: Hands = request.param
    return found


def builds(did: Interaction) -> Action:
    """The action that a press or a submission asks for."""
    deed = did.deed
    assert isinstance(deed, Press | Submission)
    item = menu.ITEMS[deed.verb]
    if isinstance(deed, Submission):
        return item.build(deed.values, ASKER)
    return item.build({item.source: deed.choice} if item.source and deed.choice else {}, ASKER)


def asks(did: Interaction) -> bool:
    """Whether this press has to be followed by a form."""
    return isinstance(did.deed, Press) and did.deed.choice is None and menu.ITEMS[did.deed.verb].form is not None


def test_every_verb_is_covered_and_offered_in_some_state() -> None:
    assert set(CASES) == set(menu.ITEMS)
    for item in menu.MENU:
        case = CASES[item.verb]
        assert (case.at_once is None) == bool(case.filled) == (item.form is not None), item.verb
        assert any(item.fits(issue) for issue in STATES.values()) != case.is_only_typed, item.verb


def test_every_way_to_archive_is_covered() -> None:
    (how,) = (field for field in forms.archive(NEW).fields if field.name == "how")
    assert {option.value for option in getattr(how, "options", ())} == {values["how"] for values, _ in ARCHIVES}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", CASES)
def test_a_verb_that_fits_is_drawn_pressed_and_read_as_itself(hands: Hands, verb: str, state: str) -> None:
    item, issue = menu.ITEMS[verb], STATES[state]
    pressed = [one for one in hands.press_all(issue) if isinstance(one.did.deed, Press) and one.did.deed.verb == verb]
    assert bool(pressed) == item.fits(issue)
    for one in pressed:
        assert one.label == item.label
        assert isinstance(one.did.deed, Press)
        assert one.did.deed == Press(verb, issue.id, issue.version, one.did.deed.choice)
        assert one.did.person.platform == hands.name
        if not asks(one.did):
            expected: list[Action | None] = [CASES[verb].at_once, *(action for _, action in CASES[verb].filled)]
            assert builds(one.did) in expected


@pytest.mark.parametrize("state", STATES)
def test_nothing_else_can_be_pressed_and_no_two_presses_are_taken_for_one(hands: Hands, state: str) -> None:
    pressed = list(hands.press_all(STATES[state]))
    assert {one.did.deed.verb for one in pressed if isinstance(one.did.deed, Press)} <= set(CASES)
    # The two ways to press one control of Teams are one deed under two roofs, so they may count as two.
    assert len({one.did.request_id for one in pressed}) == len(pressed)


@pytest.mark.parametrize("state", STATES)
def test_all_platforms_offer_the_same(state: str) -> None:
    offered = [{one.label for one in hands.press_all(STATES[state])} for hands in HANDS]
    assert all(labels == offered[0] for labels in offered)


FILLED = [(verb, number) for verb, case in CASES.items() for number in range(len(case.filled))]


@pytest.mark.parametrize(("verb", "number"), FILLED)
def test_every_form_is_drawn_filled_and_read_as_the_same_submission(hands: Hands, verb: str, number: int) -> None:
    make, (values, expected) = menu.ITEMS[verb].form, CASES[verb].filled[number]
    assert make is not None
    for issue in (one for one in STATES.values() if menu.ITEMS[verb].fits(one)):
        did = hands.fill(make(issue), values)
        assert isinstance(did.deed, Submission)
        assert (did.deed.issue_id, did.deed.version) == (issue.id, issue.version)
        assert {name: text for name, text in did.deed.values.items() if isinstance(values.get(name), str)} == {
            name: text for name, text in values.items() if isinstance(text, str)
        }
        assert builds(did) == expected


@pytest.mark.parametrize("verb", [verb for verb, item in menu.ITEMS.items() if item.form])
def test_a_form_that_was_wrong_is_drawn_again_with_what_is_wrong_and_can_be_sent_again(hands: Hands, verb: str) -> None:
    make, (values, expected) = menu.ITEMS[verb].form, CASES[verb].filled[-1]
    assert make is not None
    issue = next(one for one in STATES.values() if menu.ITEMS[verb].fits(one))
    form = make(issue)
    wrong = replace(form, errors={field.name: "Choose again." for field in form.fields} or {"": "Look again."})
    assert builds(hands.fill(wrong, values)) == expected
