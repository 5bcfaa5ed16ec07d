"""One half of the playground's page, and what a person does there while it is drawn anew."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.support.playground.world import World, attached
from tests.support.program import wait_for

Json = dict[str, Any]


OPTIONS = 12


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(name: str) -> Json:
    return {"text": plain(name), "value": name.lower()}


def blocks(text: str, block_id: str = "first") -> list[Json]:
    """A message with all that can be pressed; the bot gives the controls another id whenever it sends them."""
    menu = {"type": "static_select", "action_id": "menu", "placeholder": plain("More"), "options": [option(f"Option {n}") for n in range(OPTIONS)]}
    button = {"type": "button", "action_id": "resolve", "value": text, "text": plain("Resolve")}
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "actions", "block_id": block_id, "elements": [button, menu]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "the end"}]},
    ]


def card(text: str) -> Json:
    inner = {"type": "AdaptiveCard", "body": [{"type": "Input.Text", "id": "note", "label": "Note"}]}
    inner["actions"] = [{"type": "Action.Execute", "title": "Save", "verb": "save"}]
    choices = {"type": "Input.ChoiceSet", "id": "who", "label": "Who", "choices.data": {"type": "Data.Query", "dataset": "people"}}
    pick = {"type": "Input.ChoiceSet", "id": "how", "label": "How", "choices": [{"title": one, "value": one} for one in ("once", "often")]}
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [
            {"type": "TextBlock", "text": text},
            {"type": "Input.Text", "id": "why", "label": "Why"},
            {"type": "Input.Toggle", "id": "loud", "title": "Loud"},
            pick,
            choices,
        ],
        "actions": [
            {"type": "Action.Execute", "title": "Resolve", "verb": "resolve", "data": {"text": text}},
            {"type": "Action.ShowCard", "title": "More", "card": inner},
        ],
    }


class Half:
    """One half of the page with a message of the bot in it, which somebody else changes while a person is busy there."""

    def __init__(self, world: World, page: Page, name: str) -> None:
        self.world, self.page, self.name = world, page, name
        self.key = self.post("before")
        self.message = self.shown(self.key)
        expect(self.message).to_contain_text("before")

    def post(self, text: str) -> str:
        if self.name == "teams":
            return self.world.post_card(card(text))
        return str(self.world.slack.chat_postMessage(channel="CALERTS", text=text, blocks=blocks(text))["ts"])

    def shown(self, key: str) -> Locator:
        return self.page.locator(f'[data-platform="{self.name}"][data-message="{key}"]')

    def change(self, text: str = "after") -> None:
        """The bot edits the message."""
        if self.name == "slack":
            self.world.slack.chat_update(channel="CALERTS", ts=self.key, text=text, blocks=blocks(text, f"block of {text}"))
        else:
            body = {"type": "message", "attachments": [attached(card(text))]}
            assert self.world.connector("PUT", f"{self.world.channel_path()}/activities/{self.key}", body)[0] == 200

    def reply(self, text: str) -> None:
        """Somebody answers in its thread."""
        if self.name == "slack":
            self.world.act(platform="slack", do="say", thread_ts=self.key, text=text)
        else:
            self.world.act(platform="teams", do="message", thread=self.key, text=text)

    def heard(self, count: int) -> Json:
        """The press that is the latest of so many, as the bot heard of it."""
        wait_for(lambda: len(self.pressed) >= count)
        return self.pressed[count - 1]

    @property
    def pressed(self) -> list[Json]:
        """All presses that the bot heard of."""
        slack = [one["actions"][0] for one in self.world.bot.heard if one.get("type") == "block_actions"]
        return slack + [one["value"]["action"] for one in self.world.bot.heard if one.get("name") == "adaptiveCard/action"]


def hold(page: Page, control: Locator) -> None:
    """Moves the finger there and puts it down."""
    control.scroll_into_view_if_needed()
    box = box_of(control)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def box_of(control: Locator) -> FloatRect:
    box = control.bounding_box()
    assert box is not None
    return box


def resolve(half: Half) -> Locator:
    return half.message.get_by_role("button", name="Resolve")
