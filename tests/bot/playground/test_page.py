"""The page in a real browser: what the bot sent is drawn, and what is pressed reaches the bot."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.playground.world import World
from tests.support.program import wait_for

pytestmark = pytest.mark.slow


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Boom* &lt;img src=x onerror=alert(1)&gt;"}},
    {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "button", "action_id": "resolve", "value": "7", "text": plain("Resolve")},
            {"type": "external_select", "action_id": "assign", "min_query_length": 0, "placeholder": plain("Assign")},
        ],
    },
]
NUMBER = {"type": "number_input", "is_decimal_allowed": False, "action_id": "v"}
MODAL = {
    "type": "modal",
    "title": plain("Archive"),
    "submit": plain("Save"),
    "blocks": [{"type": "input", "block_id": "n", "label": plain("Events"), "element": NUMBER}],
}
CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "**Bang** <img src=x onerror=alert(1)>"}, {"type": "Input.Text", "id": "why", "label": "Why"}],
    "actions": [{"type": "Action.Execute", "title": "Unresolve", "verb": "unresolve", "data": {"id": 7}}],
}


def heard(world: World, kind: str, count: int = 1) -> dict[str, Any]:
    """What the bot heard of this kind, so many times: the answer to another request of the page says nothing of that."""

    def look() -> dict[str, Any] | None:
        found = [one for one in world.bot.heard if kind in (one.get("type"), one.get("name"))]
        return found[count - 1] if len(found) >= count else None

    return wait_for(look)


def test_a_slack_message_appears_by_itself_and_its_button_reaches_the_bot(world: World, page: Page) -> None:
    ts = world.slack.chat_postMessage(channel="CALERTS", text="Boom", blocks=BLOCKS)["ts"]
    message = page.locator(f'[data-platform="slack"][data-message="{ts}"]')
    expect(message).to_contain_text("Boom <img src=x onerror=alert(1)>")
    message.get_by_role("button", name="Resolve").click()
    assert heard(world, "block_actions")["actions"][0]["value"] == "7"
    world.bot.answers["block_suggestion"] = {"options": [{"text": plain("Ben"), "value": "user:2"}]}
    message.get_by_role("button", name="Assign").click()
    message.get_by_role("option", name="Ben").click()
    assert heard(world, "block_actions", 2)["actions"][0]["selected_option"]["value"] == "user:2"


def test_a_modal_shows_the_bots_errors_and_keeps_what_was_typed(world: World, page: Page) -> None:
    ts = world.slack.chat_postMessage(channel="CALERTS", text="Boom", blocks=BLOCKS)["ts"]
    world.act(platform="slack", do="press", message=ts, action_id="resolve")
    world.slack.views_open(trigger_id=world.bot.heard[-1]["trigger_id"], view=MODAL)
    dialog = page.get_by_role("dialog", name="Archive")
    dialog.get_by_label("Events").fill("0")
    world.bot.answers["view_submission"] = {"response_action": "errors", "errors": {"n": "At least 1."}}
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert").filter(has_text="At least 1.")).to_be_visible()
    expect(dialog.get_by_label("Events")).to_have_value("0")
    world.bot.answers["view_submission"] = ""
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def test_a_teams_card_is_drawn_and_its_action_answers_that_person_alone(world: World, page: Page) -> None:
    changed: Any = {**CARD, "body": [{"type": "TextBlock", "text": "Done by you"}]}
    world.bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": "application/vnd.microsoft.card.adaptive",
        "value": changed,
    }
    activity = world.post_card(CARD)
    message = page.locator(f'[data-platform="teams"][data-message="{activity}"]')
    expect(message).to_contain_text("Bang <img src=x onerror=alert(1)>")
    message.get_by_label("Why").fill("because")
    message.get_by_role("button", name="Unresolve").click()
    expect(message).to_contain_text("Done by you")
    assert world.bot.heard[-1]["value"]["action"]["data"] == {"id": 7, "why": "because"}
    page.get_by_role("radio", name="Ben").click()
    expect(message).to_contain_text("Bang")


def test_a_choice_found_by_typing_is_submitted_by_its_value(world: World, page: Page) -> None:
    found = [{"value": "user:2", "title": "Ben Osei"}]
    world.bot.answers["application/search"] = {"statusCode": 200, "type": "x", "value": {"results": found}}
    search = {"type": "Input.ChoiceSet", "id": "who", "label": "Who", "choices.data": {"type": "Data.Query", "dataset": "people"}}
    activity = world.post_card({**CARD, "body": [search]})
    message = page.locator(f'[data-platform="teams"][data-message="{activity}"]')
    message.get_by_label("Who").press_sequentially("be")
    message.get_by_role("option", name="Ben Osei").click()
    message.get_by_role("button", name="Unresolve").click()
    assert heard(world, "adaptiveCard/action")["value"]["action"]["data"]["who"] == "user:2"


def test_typed_words_go_where_they_belong(world: World, page: Page) -> None:
    world.bot.answers["/quell"] = "only you can read this"
    page.get_by_label("Message in Slack").fill("/quell help")
    page.get_by_label("Message in Slack").press("Enter")
    expect(page.get_by_role("log", name="Slack messages")).to_contain_text("only you can read this")
    page.get_by_label("Message in Teams").fill("@Quell help")
    page.get_by_label("Message in Teams").press("Enter")
    expect(page.get_by_role("log", name="Teams messages")).to_contain_text("@Quell help")
    heard(world, "message")
    assert [one.get("command") or one["text"] for one in world.bot.heard] == ["/quell", "<at>Quell</at> help"]


def test_what_is_ticked_stays_while_others_talk_and_goes_along_with_a_press(world: World, page: Page) -> None:
    options = [{"text": plain(name), "value": name} for name in ("SHOP-1", "SHOP-2")]
    ticks = {"type": "actions", "block_id": "t", "elements": [{"type": "checkboxes", "action_id": "tick", "options": options}]}
    ts = world.slack.chat_postMessage(channel="CALERTS", text="Board", blocks=[ticks, *BLOCKS])["ts"]
    toggle = {"type": "Input.Toggle", "id": "tick_0_7", "title": "SHOP-7"}
    activity = world.post_card({**CARD, "body": [toggle]})
    slack, teams = (page.locator(f'[data-platform="{half}"][data-message="{key}"]') for half, key in (("slack", ts), ("teams", activity)))
    slack.get_by_role("checkbox", name="SHOP-2").check()
    teams.get_by_role("checkbox", name="SHOP-7").check()

    world.act(platform="slack", do="say", thread_ts=ts, text="me too")
    world.act(platform="teams", do="message", thread=activity, text="me too")
    expect(page.get_by_text("me too")).to_have_count(2)
    slack.get_by_role("button", name="Resolve").click()
    pressed = heard(world, "block_actions", 2)  # the tick was the first
    assert [one["value"] for one in pressed["state"]["values"]["t"]["tick"]["selected_options"]] == ["SHOP-2"]
    teams.get_by_role("button", name="Unresolve").click()
    assert heard(world, "adaptiveCard/action")["value"]["action"]["data"] == {"id": 7, "tick_0_7": "true"}


def test_a_card_that_unfolds_sends_what_was_put_into_it_and_around_it_alone(world: World, page: Page) -> None:
    inner = [{"type": "Action.ShowCard", "title": title, "card": {**CARD, "body": [{"type": "Input.Text", "id": title}]}} for title in ("one", "two")]
    activity = world.post_card({**CARD, "actions": inner})
    card = page.locator(f'[data-platform="teams"][data-message="{activity}"]')
    card.get_by_label("Why").fill("because")
    card.get_by_role("button", name="two").click()
    card.get_by_role("button", name="Unresolve").click()
    data = heard(world, "adaptiveCard/action")["value"]["action"]["data"]
    assert (data["why"], "one" in data) == ("because", False)


def test_a_direct_message_is_marked_until_it_is_looked_at(world: World, page: Page) -> None:
    chat = page.get_by_role("navigation", name="Slack channels").get_by_role("button", name="Quell", exact=True)
    expect(chat).not_to_have_class("unread")
    world.slack.chat_postMessage(channel="UPLAY1", text="This is yours now")
    expect(chat).to_have_class("unread")
    chat.click()
    expect(page.get_by_role("log", name="Slack messages")).to_contain_text("This is yours now")
    expect(chat).not_to_have_class("unread")
