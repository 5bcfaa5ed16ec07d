"""What people do in the workspace reaches the bot signed, in Slack's shapes, and its answers are carried out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

if TYPE_CHECKING:
    from tests.support.playground.world import Opened, World

PLAIN = {"type": "plain_text", "text": "Press"}
BUTTON = {"type": "button", "action_id": "resolve", "value": "7", "text": PLAIN}
SELECT = {"type": "external_select", "action_id": "assign", "min_query_length": 0}
BLOCKS = [{"type": "actions", "block_id": "b", "elements": [BUTTON, SELECT]}]
FIELD = {
    "type": "input",
    "block_id": "why",
    "label": PLAIN,
    "element": {"type": "plain_text_input", "action_id": "text"},
}
MODAL = {"type": "modal", "title": PLAIN, "submit": PLAIN, "blocks": [FIELD], "notify_on_close": True}


def posted(world: World) -> str:
    return str(world.slack.chat_postMessage(channel="CALERTS", text="hello", blocks=BLOCKS)["ts"])


def pressed(world: World) -> dict[str, Any]:
    answer = world.act(platform="slack", do="press", message=posted(world), block_id="b", action_id="resolve")
    assert answer == {"ok": True, "status": 200}
    return world.bot.heard[-1]


def opened(world: World) -> dict[str, Any]:
    view: dict[str, Any] = world.slack.views_open(trigger_id=pressed(world)["trigger_id"], view=MODAL)["view"]
    return view


def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_a_press_carries_who_where_and_what(world: World) -> None:
    heard = pressed(world)
    assert heard["type"] == "block_actions"
    assert heard["team"]["id"] == heard["user"]["team_id"] == "TPLAYGROUND"
    assert heard["user"]["id"] == "UPLAY1"
    assert heard["channel"] == {"id": "CALERTS", "name": "alerts"}
    assert heard["container"]["message_ts"] == heard["message"]["ts"]
    assert heard["actions"][0] | {"action_ts": ""} == {
        "type": "button", "action_id": "resolve", "block_id": "b", "value": "7", "text": PLAIN, "action_ts": "",
    }  # fmt: skip
    assert heard["response_url"].startswith(world.own_url)


def test_a_slow_person_can_press_a_button_that_is_gone(world: World) -> None:
    ts = posted(world)
    world.slack.chat_update(channel="CALERTS", ts=ts, text="changed")
    gone = world.act(platform="slack", do="press", message=ts, block_id="b", action_id="resolve")
    assert not gone["ok"]
    assert world.bot.heard == []
    world.act(platform="slack", do="press", message=ts, block_id="b", action_id="resolve", element=BUTTON)
    assert world.bot.heard[0]["actions"][0]["value"] == "7"


def test_silence_for_too_long_is_told_to_the_one_who_pressed(open_world: Opened) -> None:
    world = open_world(slack_seconds=0.3)
    ts = posted(world)
    world.bot.silent = True
    answer = world.act(platform="slack", do="press", message=ts, block_id="b", action_id="resolve")
    assert (answer["ok"], answer["status"]) == (False, 0)
    assert "did not respond" in world.slack_messages("UPLAY1")[-1]["text"]
    assert len(world.slack_messages("UPLAY2")) == 1


def test_a_trigger_opens_one_modal_within_three_seconds(world: World) -> None:
    trigger = pressed(world)["trigger_id"]
    world.slack.views_open(trigger_id=trigger, view=MODAL)
    assert error_of(lambda: world.slack.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    late = pressed(world)["trigger_id"]
    world.clock.now += 3.1
    assert error_of(lambda: world.slack.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"


def test_a_view_is_updated_only_by_who_knows_its_latest_hash(world: World) -> None:
    view = opened(world)
    changed = world.slack.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)["view"]
    stale = lambda: world.slack.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)  # noqa: E731
    assert error_of(stale) == "hash_conflict"
    assert changed["hash"] != view["hash"]


def test_views_stack_three_deep(world: World) -> None:
    opened(world)
    for _ in range(2):
        world.slack.views_push(trigger_id=pressed(world)["trigger_id"], view=MODAL)
    full = lambda: world.slack.views_push(trigger_id=pressed(world)["trigger_id"], view=MODAL)  # noqa: E731
    assert error_of(full) == "push_limit_reached"


def test_a_required_field_is_asked_for_before_the_bot_hears_of_it(world: World) -> None:
    view = opened(world)
    heard = len(world.bot.heard)
    answer = world.act(platform="slack", do="submit_view", view=view["id"], values={})
    assert "why" in answer["errors"]
    assert len(world.bot.heard) == heard


def test_a_submitted_modal_closes_on_an_empty_answer_and_stays_open_on_errors(world: World) -> None:
    view = opened(world)
    world.bot.answers["view_submission"] = {"response_action": "errors", "errors": {"why": "Say more."}}
    world.act(platform="slack", do="submit_view", view=view["id"], values={"why": {"text": "no"}})
    (open_view,) = world.state()["slack"]["views"]
    assert (open_view["errors"], open_view["typed"]) == ({"why": "Say more."}, {"why": {"text": "no"}})
    world.bot.answers["view_submission"] = ""
    world.act(platform="slack", do="submit_view", view=view["id"], values={"why": {"text": "because"}})
    assert world.state()["slack"]["views"] == []
    assert world.bot.heard[-1]["view"]["state"]["values"]["why"]["text"]["value"] == "because"


@pytest.mark.parametrize(("action", "left"), [("push", 2), ("update", 1), ("clear", 0)])
def test_a_submission_may_be_answered_with_another_view(world: World, action: str, left: int) -> None:
    view = opened(world)
    world.bot.answers["view_submission"] = {"response_action": action, "view": MODAL}
    world.act(platform="slack", do="submit_view", view=view["id"], values={"why": {"text": "x"}})
    assert len(world.state()["slack"]["views"]) == left


def test_closing_a_modal_is_told_when_the_bot_asked_for_it(world: World) -> None:
    view = opened(world)
    world.act(platform="slack", do="close_view", view=view["id"])
    assert world.bot.heard[-1]["type"] == "view_closed"


def test_a_typeahead_shows_the_options_the_bot_offers(world: World) -> None:
    offered = [{"text": PLAIN, "value": "user:1"}]
    world.bot.answers["block_suggestion"] = {"options": offered}
    answer = world.act(platform="slack", do="suggest", message=posted(world), block_id="b", action_id="assign", value="an")
    assert answer["options"] == offered
    assert (world.bot.heard[-1]["value"], world.bot.heard[-1]["block_id"]) == ("an", "b")


def test_choosing_in_a_typeahead_sends_the_whole_option(world: World) -> None:
    option = {"text": PLAIN, "value": "user:1"}
    world.act(platform="slack", do="press", message=posted(world), action_id="assign", selected_option=option)
    heard = world.bot.heard[-1]
    assert heard["actions"][0]["selected_option"] == option


def test_a_response_url_takes_five_answers_within_half_an_hour(world: World) -> None:
    url = pressed(world)["response_url"]
    statuses = [WebhookClient(url).send(text="x").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    late = pressed(world)["response_url"]
    world.clock.now += 30 * 60 + 1
    assert WebhookClient(late).send(text="x").status_code == 404


def test_a_response_url_answers_privately_publicly_or_in_place(world: World) -> None:
    heard = pressed(world)
    webhook = WebhookClient(heard["response_url"])
    webhook.send(text="private")
    webhook.send(text="public", response_type="in_channel")
    webhook.send(text="instead", replace_original=True)
    assert [one["text"] for one in world.slack_messages("UPLAY2")] == ["instead", "public"]
    assert "private" in [one["text"] for one in world.slack_messages("UPLAY1")]
    webhook.send(delete_original=True)
    assert [one["text"] for one in world.slack_messages("UPLAY2")] == ["public"]


def test_a_command_is_a_flat_form_and_its_answer_is_private(world: World) -> None:
    world.bot.answers["/quell"] = "here you are"
    world.act(platform="slack", do="command", text="list payload")
    heard = world.bot.heard[-1]
    assert (heard["command"], heard["text"], heard["is_enterprise_install"]) == ("/quell", "list payload", "false")
    assert world.slack_messages("UPLAY1")[-1]["text"] == "here you are"
    assert world.slack_messages("UPLAY2") == []


def test_a_mention_is_an_event_of_its_own_beside_the_message(world: World) -> None:
    world.act(platform="slack", do="mention", text="@Quell help")
    kinds = [(one["event"]["type"], one["event"]["text"]) for one in world.bot.heard]
    assert kinds == [("app_mention", "<@UQUELL> help"), ("message", "<@UQUELL> help")]
    assert world.bot.heard[0]["event_id"] != world.bot.heard[1]["event_id"]


def test_a_person_is_mentioned_by_the_first_name(world: World) -> None:
    world.act(platform="slack", do="command", text="assign SHOP-1 to @ben, not @ana@example.com")
    world.act(platform="slack", do="dm", text="assign SHOP-1 to @Chiyo.")
    assert world.bot.heard[0]["text"] == "assign SHOP-1 to <@UPLAY2|ben>, not @ana@example.com"
    assert world.bot.heard[1]["event"]["text"] == "assign SHOP-1 to <@UPLAY3>."


def test_a_direct_message_says_that_it_is_one(world: World) -> None:
    world.act(platform="slack", do="dm", text="mine")
    event = world.bot.heard[0]["event"]
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "DPLAY1")


def test_a_link_to_the_bots_own_pages_can_be_unfurled(world: World) -> None:
    link = f"{world.bot_url}/issues/SHOP-1F/"
    ts = world.act(platform="slack", do="say", text=f"look: {link} and https://example.com/x")["ts"]
    event = world.bot.heard[-1]["event"]
    assert [one["url"] for one in event["links"]] == [link]
    unfurl = partial(world.slack.chat_unfurl, channel=event["channel"], ts=event["message_ts"])
    unfurl(unfurls={link: {"blocks": BLOCKS}})
    world.act(platform="slack", do="press", message=ts, block_id="b", action_id="resolve")
    heard = world.bot.heard[-1]
    assert (heard["container"]["type"], heard["container"]["app_unfurl_url"]) == ("message_attachment", link)
    assert "message" not in heard
    unfurl(unfurls={link: {"blocks": [{"type": "section", "text": PLAIN}]}})
    (again,) = world.slack_messages()
    assert [block["type"] for block in again["unfurls"][link]["blocks"]] == ["section"]
    WebhookClient(heard["response_url"]).send(blocks=BLOCKS, replace_original=True)
    (third,) = world.slack_messages()
    assert ([block["type"] for block in third["unfurls"][link]["blocks"]], third["text"]) == (["actions"], again["text"])
    assert error_of(lambda: unfurl(unfurls={"https://example.com/y": {"blocks": BLOCKS}})) == "cannot_unfurl_url"
    assert error_of(lambda: unfurl(unfurls={link: {"blocks": BLOCKS * 26}})) == "invalid_blocks"


def test_a_reply_is_told_with_its_thread_and_whether_the_channel_sees_it(world: World) -> None:
    parent = posted(world)
    world.act(platform="slack", do="say", thread_ts=parent, text="in here")
    world.act(platform="slack", do="say", thread_ts=parent, text="to all", reply_broadcast=True)
    events = [one["event"] for one in world.bot.heard]
    assert [(one["thread_ts"], one["parent_user_id"], one.get("subtype"), one["channel_type"]) for one in events] == [
        (parent, "UQUELL", None, "channel"),
        (parent, "UQUELL", "thread_broadcast", "channel"),
    ]


def test_what_is_ticked_comes_with_the_press_of_a_button_beside_it(world: World) -> None:
    options = [{"text": PLAIN, "value": str(number)} for number in (7, 8, 9)]
    ticks = {"type": "actions", "block_id": "t", "elements": [{"type": "checkboxes", "action_id": "tick", "options": options}]}
    ts = world.slack.chat_postMessage(channel="CALERTS", text="board", blocks=[ticks, *BLOCKS])["ts"]
    view = world.slack.views_publish(user_id="UPLAY1", view={"type": "home", "blocks": [ticks, *BLOCKS]})["view"]["id"]
    for place in ({"message": ts}, {"view": view}):
        world.act(platform="slack", do="press", **place, block_id="b", action_id="resolve", state={"t": {"tick": [options[0], options[2]]}})
        heard = world.bot.heard[-1]
        state = heard.get("view", heard)["state"] if "view" in place else heard["state"]
        assert [one["value"] for one in state["values"]["t"]["tick"]["selected_options"]] == ["7", "9"]
    assert "channel" not in world.bot.heard[-1]
    assert "response_url" not in world.bot.heard[-1]


def test_opening_the_home_tab_lets_the_bot_publish_there(world: World) -> None:
    world.act(platform="slack", do="open_home")
    assert world.bot.heard[0]["event"]["type"] == "app_home_opened"
    world.slack.views_publish(user_id="UPLAY1", view={"type": "home", "blocks": BLOCKS})
    home = world.state("UPLAY1")["slack"]["home"]
    world.act(platform="slack", do="press", view=home["id"], block_id="b", action_id="resolve")
    assert world.bot.heard[-1]["container"] == {"type": "view", "view_id": home["id"]}
