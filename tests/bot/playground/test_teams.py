"""The Bot Connector as a bot sees it, and what people do in Teams, with real tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.playground.world import attached

if TYPE_CHECKING:
    from tests.support.playground.world import Opened, World

CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "hello"}],
    "actions": [
        {"type": "Action.Execute", "title": "Resolve…", "verb": "resolve", "data": {"id": 7}},
        {"type": "Action.Submit", "title": "Note", "data": {"verb": "note"}},
        {"type": "Action.Submit", "title": "More", "data": {"msteams": {"type": "task/fetch"}, "id": 7}},
    ],
}
CHANGED = {**CARD, "body": [{"type": "TextBlock", "text": "changed"}]}
CARD_ANSWER = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CHANGED}


def notices(world: World, person: str = "UPLAY1") -> list[str]:
    return [one["text"] for one in world.state(person)["teams"]["notices"]]


def personal(world: World, **change: Any) -> Any:
    """Asks for the personal chat with Ana."""
    asked = {"members": [{"id": world.ana.teams_id}], "isGroup": False, "tenantId": world.accounts.teams_tenant_id, **change}
    return world.connector("POST", "conversations", asked)


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 400, "unauthorized_client"),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_is_given_for_the_right_id_password_and_scope_only(world: World, change: dict[str, str], status: int, error: str) -> None:
    answer = world.ask_for_token(**change)
    assert (answer[0], answer[1]["error"]) == (status, error)


def test_a_call_without_a_good_token_is_denied(world: World) -> None:
    path = f"{world.channel_path()}/activities"
    assert world.connector("POST", path, {"text": "x"}, token="nonsense")[0] == 401
    token = world.token()
    world.clock.now += 3601
    assert world.connector("POST", path, {"text": "x"}, token=token)[0] == 401


def test_a_new_thread_is_made_and_replied_to(world: World) -> None:
    root = world.post_card(CARD)
    status, _, _ = world.connector("POST", f"{world.channel_path(root)}/activities", {"type": "message", "text": "more"})
    assert status == 201
    assert [one["root"] for one in world.teams_messages()] == ["", root]


def test_a_card_is_changed_and_deleted(world: World) -> None:
    activity = world.post_card(CARD)
    path = f"{world.channel_path()}/activities/{activity}"
    assert world.connector("PUT", path, {"type": "message", "attachments": [attached(CHANGED)]})[0] == 200
    assert world.teams_messages()[0]["attachments"][0]["content"] == CHANGED
    assert world.connector("DELETE", path)[0] == 200
    assert world.connector("PUT", path, {"text": "x"})[1]["error"]["code"] == "ActivityNotFoundInConversation"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"attachments": [attached({**CARD, "version": "1.6"})]}, 400, "BadSyntax"),
        ({"type": "message"}, 400, "BadSyntax"),
        ({"text": "x" * 60_000}, 413, "MessageSizeTooBig"),
    ],
)
def test_a_bad_message_is_refused_as_the_connector_does(world: World, body: Any, status: int, code: str) -> None:
    answer = world.connector("POST", f"{world.channel_path()}/activities", body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)


def test_where_the_app_is_not_installed_the_bot_may_not_write(world: World) -> None:
    world.act(platform="teams", do="uninstall")
    assert world.bot.heard[-1]["action"] == "remove"
    answer = world.connector("POST", f"{world.channel_path()}/activities", {"text": "x"})
    assert (answer[0], answer[1]["error"]["code"]) == (403, "BotNotInConversationRoster")


def test_members_come_with_mail_and_are_found_by_either_id(world: World) -> None:
    people = world.connector("GET", f"{world.channel_path()}/pagedmembers")[1]["members"]
    assert [one["email"] for one in people] == [one.email for one in world.accounts.people]
    one = world.connector("GET", f"{world.channel_path()}/members/{world.ana.teams_aad_id}")[1]
    assert one["id"] == world.ana.teams_id
    assert world.connector("GET", f"{world.channel_path()}/members/nobody")[0] == 404


def test_seven_messages_at_once_are_taken_and_the_eighth_must_wait(open_world: Opened) -> None:
    world = open_world()
    path, token = f"{world.channel_path()}/activities", world.token()
    answers = [world.connector("POST", path, {"text": "x"}, token) for _ in range(8)]
    assert [one[0] for one in answers] == [201] * 7 + [429]
    assert answers[-1][2]["Retry-After"] == "1"


def test_a_mention_is_marked_and_other_talk_is_only_heard(world: World) -> None:
    world.act(platform="teams", do="message", text="just us")
    assert (world.bot.heard[0]["text"], [one["type"] for one in world.bot.heard[0]["entities"]]) == ("just us", ["clientInfo"])
    world.act(platform="teams", do="message", text="@Quell help")
    heard = world.bot.heard[1]
    assert heard["text"] == "<at>Quell</at> help"
    assert heard["entities"][0]["mentioned"]["id"] == heard["recipient"]["id"]
    assert heard["from"]["aadObjectId"] == world.ana.teams_aad_id
    assert heard["conversation"]["tenantId"] == heard["channelData"]["tenant"]["id"] == world.accounts.teams_tenant_id
    assert ";messageid=" in heard["conversation"]["id"]


def test_a_person_is_mentioned_by_the_first_name(world: World) -> None:
    world.act(platform="teams", do="message", text="@Quell assign SHOP-1 to @ben, not @ana@example.com")
    heard = world.bot.heard[0]
    assert heard["text"] == "<at>Quell</at> assign SHOP-1 to <at>Ben Osei</at>, not @ana@example.com"
    assert [(one["mentioned"]["id"], one["text"]) for one in heard["entities"][1:2]] == [("29:1play-ben", "<at>Ben Osei</at>")]


def test_a_personal_chat_is_heard_without_a_mention_and_can_be_answered(world: World) -> None:
    world.act(platform="teams", do="message", conversation="personal", text="help")
    heard = world.bot.heard[0]
    assert heard["conversation"]["conversationType"] == "personal"
    path = f"conversations/{heard['conversation']['id'].replace(':', '%3A')}/activities/{heard['id']}"
    assert world.connector("POST", path, {"text": "hello Ana"})[0] == 201
    assert personal(world)[1]["id"] == heard["conversation"]["id"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"isGroup": True}, 400, "BadSyntax"),
        ({"tenantId": ""}, 400, "BadSyntax"),
        ({"tenantId": "another"}, 403, "Forbidden"),
        ({"members": [{"id": "29:nobody"}]}, 400, "BadArgument"),
        ({"members": []}, 400, "BadSyntax"),
    ],
)
def test_a_personal_chat_is_made_with_one_known_person_of_the_tenant(world: World, change: dict[str, Any], status: int, code: str) -> None:
    answer = personal(world, **change)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)


def test_a_personal_chat_is_refused_where_its_person_has_not_installed_the_app(world: World) -> None:
    world.act(platform="teams", do="uninstall", conversation="personal")
    answer = personal(world)
    assert (answer[0], answer[1]["error"]["code"]) == (403, "BotNotInConversationRoster")


def pasted(world: World, person: str = "UPLAY1") -> str:
    """Somebody writes a message with a link of the bot's own."""
    text = f"see {world.bot_url}/issues/SHOP-1/ and https://example.com/"
    return str(world.act(**{"as": person}, platform="teams", do="message", text=text)["id"])


def unfolding(card: dict[str, Any]) -> dict[str, Any]:
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [{**attached(card), "preview": {}}]}}


def test_a_pasted_link_is_asked_for_and_its_card_posted_by_that_person(world: World) -> None:
    world.bot.answers["composeExtension/queryLink"] = unfolding(CARD)
    message = pasted(world)
    assert [one.get("name") for one in world.bot.heard] == ["composeExtension/queryLink", None]
    assert world.bot.heard[0]["value"] == {"url": f"{world.bot_url}/issues/SHOP-1/"}
    (shown,) = world.teams_messages("UPLAY2")
    assert (shown["from"], shown["attachments"][0]["content"]) == ("UPLAY1", CARD)
    world.act(platform="teams", do="execute", message=message, title="Resolve")
    assert world.bot.heard[-1]["replyToId"] == message
    path = f"{world.channel_path()}/activities/{message}"
    assert world.connector("PUT", path, {"type": "message", "text": "mine now"})[0] == 403


@pytest.mark.parametrize("answer", ["", unfolding({**CARD, "version": "1.6"}), {"composeExtension": None}])
def test_a_link_that_unfolds_into_nothing_good_stays_a_link(world: World, answer: Any) -> None:
    world.bot.answers["composeExtension/queryLink"] = answer
    pasted(world)
    assert world.teams_messages()[0]["attachments"] == []


def test_a_card_refreshes_itself_for_those_it_names_only_with_what_it_says(world: World) -> None:
    asks = {"type": "Action.Execute", "title": "Refresh", "verb": "refresh", "data": {"id": 7}}
    world.bot.answers["composeExtension/queryLink"] = unfolding({**CARD, "refresh": {"action": asks, "userIds": [world.ana.teams_id]}})
    world.bot.answers["adaptiveCard/action"] = CARD_ANSWER
    world.act(platform="teams", do="refresh", message=pasted(world))
    assert world.bot.heard[-1]["value"] == {"action": asks, "trigger": "automatic"}
    assert (world.teams_messages()[0]["own"], world.teams_messages("UPLAY2")[0]["own"]) == (CHANGED, None)


def test_a_card_answered_to_one_person_is_seen_by_that_person_until_the_shared_one_changes(world: World) -> None:
    world.bot.answers["adaptiveCard/action"] = CARD_ANSWER
    activity = world.post_card(CARD)
    world.act(platform="teams", do="execute", message=activity, title="Resolve", inputs={"why": "x"})
    value = world.bot.heard[0]["value"]
    assert value["action"] == {
        "type": "Action.Execute", "title": "Resolve…", "verb": "resolve", "data": {"id": 7, "why": "x"},
    }  # fmt: skip
    assert (value["trigger"], world.bot.heard[0]["replyToId"]) == ("manual", activity)
    assert world.teams_messages("UPLAY1")[0]["own"] == CHANGED
    assert world.teams_messages("UPLAY2")[0]["own"] is None
    path = f"{world.channel_path()}/activities/{activity}"
    world.connector("PUT", path, {"type": "message", "attachments": [attached(CARD)]})
    assert world.teams_messages("UPLAY1")[0]["own"] is None


def test_a_message_answered_to_an_action_pops_up_for_that_person(world: World) -> None:
    answer = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done."}
    world.bot.answers["adaptiveCard/action"] = answer
    world.act(platform="teams", do="execute", message=world.post_card(CARD), verb="resolve")
    assert (notices(world), notices(world, "UPLAY2")) == (["Done."], [])


def test_an_error_or_silence_shows_a_general_sentence(open_world: Opened) -> None:
    world = open_world(teams_seconds=0.5)
    activity = world.post_card(CARD)
    error = {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {"code": "x", "message": "secret"}}
    world.bot.answers["adaptiveCard/action"] = error
    world.act(platform="teams", do="execute", message=activity, verb="resolve")
    world.bot.silent = True
    world.act(platform="teams", do="execute", message=activity, verb="resolve")
    assert notices(world) == ["Something went wrong. Please try again."] * 2


def test_a_submit_is_a_message_with_a_value_and_no_text(world: World) -> None:
    activity = world.post_card(CARD)
    world.act(platform="teams", do="submit", message=activity, title="Note", inputs={"text": "x"})
    heard = world.bot.heard[0]
    assert (heard["type"], heard["value"], heard["replyToId"]) == ("message", {"verb": "note", "text": "x"}, activity)
    assert "text" not in heard


def test_a_dialog_is_fetched_filled_and_closed_with_a_word(world: World) -> None:
    shown = {"title": "More", "card": attached(CARD)}
    world.bot.answers["task/fetch"] = {"task": {"type": "continue", "value": shown}}
    world.bot.answers["task/submit"] = {"task": {"type": "message", "value": "Saved."}}
    world.act(platform="teams", do="open_dialog", message=world.post_card(CARD), title="More")
    assert world.state()["teams"]["dialog"]["title"] == "More"
    world.act(platform="teams", do="submit_dialog", title="Note", inputs={"n": "5"})
    assert world.bot.heard[-1]["value"]["data"] == {"verb": "note", "n": "5"}
    assert world.state()["teams"]["dialog"] is None
    assert notices(world) == ["Saved."]


def test_a_typeahead_asks_the_bot_for_choices(world: World) -> None:
    found = [{"value": "u1", "title": "Ana"}]
    world.bot.answers["application/search"] = {"statusCode": 200, "type": "x", "value": {"results": found}}
    answer = world.act(platform="teams", do="search", message=world.post_card(CARD), dataset="people", text="an")
    assert answer["results"] == found
    assert world.bot.heard[0]["value"]["queryText"] == "an"


def test_the_bot_is_introduced_once(world: World) -> None:
    assert world.introduce()
    assert world.introduce()
    kinds = [one["type"] for one in world.bot.heard]
    assert kinds == ["installationUpdate", "conversationUpdate"] * 4
