"""Every shape of activity, read into the same neutral words; and everything else refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, Lookup, Place, Press, TypedCommand
from bot.chat.targets import OneIssue
from bot.msteams.parse import MalformedActivity, parse
from tests.support.teams.app import ANA, BOT, CHANNEL, TENANT, activity, invoke

DATA = {"verb": "resolve", "issue": 7, "version": 3}


def read(**more: Any) -> Interaction:
    found = parse(activity(**more))
    assert found is not None
    return found


def mention(name: str, mentioned: dict[str, Any]) -> dict[str, Any]:
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": mentioned}


def test_a_mention_is_a_command_without_the_bots_name() -> None:
    found = read(text="<at>Quell</at>&nbsp;resolve SHOP-1F\n", entities=[mention("Quell", BOT)])

    assert found.payload == TypedCommand("resolve SHOP-1F")
    assert found.person == ChatPerson("msteams", TENANT, ANA["aadObjectId"], "Ana Lima", "29:1ana", "Europe/Lisbon")
    assert found.place == Place(CHANNEL, None, "1700000000000", "https://smba.trafficmanager.net/emea/")


def test_people_named_in_a_command_stand_by_their_key() -> None:
    ben, chiyo = {"id": "29:1ben", "name": "Ben"}, {"id": "29:1chi", "name": "Chiyo", "aadObjectId": "3333"}
    found = read(
        text="<at>Quell</at> assign SHOP-1F to <at>Ben</at> and <at>Chiyo</at>",
        entities=[mention("Quell", BOT), mention("Ben", ben), mention("Chiyo", chiyo)],
    )

    people = {
        "29:1ben": ChatPerson("msteams", TENANT, "29:1ben", "Ben", "29:1ben"),
        "3333": ChatPerson("msteams", TENANT, "3333", "Chiyo", "29:1chi"),
    }
    assert found.payload == TypedCommand("assign SHOP-1F to @29:1ben and @3333", people)


def test_entities_of_the_text_are_read_as_what_was_typed() -> None:
    assert read(text="list times_seen:&gt;100 &amp; more<br>second").payload == TypedCommand("list times_seen:>100 & more\nsecond")


@pytest.mark.parametrize("text", ["", "<at>Quell</at>"])
def test_an_empty_command_is_a_command(text: str) -> None:
    assert read(text=text, entities=[mention("Quell", BOT)]).payload == TypedCommand("")


def test_the_submit_fallback_of_a_button_is_the_same_press() -> None:
    found = read(value=DATA, replyToId="17")

    assert (found.payload, found.place.message) == (Press("resolve", OneIssue(7, 3)), "17")


def test_a_form_in_a_message_is_a_submission() -> None:
    value = {**DATA, "form": True, "its_version": "1.2", "amount": "3d", "until__date": "2026-12-01", "until__time": "09:30", "other": 7}

    assert read(value=value).payload == FormSubmitted(
        "resolve", OneIssue(7, 3), {"version": "1.2", "amount": "3d", "until": "2026-12-01T09:30:00+00:00"}
    )


@pytest.mark.parametrize(
    ("zone", "day", "hour", "moment"),
    [
        ("Asia/Tokyo", "2026-12-01", "09:30", "2026-12-01T09:30:00+09:00"),
        ("Asia/Tokyo", "2026-12-01", "", "2026-12-01T09:00:00+09:00"),
        ("No/Where", "2026-12-01", "09:30", "2026-12-01T09:30:00+00:00"),
        ("../../etc/passwd", "2026-12-01", "09:30", "2026-12-01T09:30:00+00:00"),
        ("Asia/Tokyo", "tomorrow", "9", "tomorrow 9"),
        ("Asia/Tokyo", "", "09:00", ""),
    ],
)
def test_a_date_and_a_time_are_one_moment_of_the_person(zone: str, day: str, hour: str, moment: str) -> None:
    data = {**DATA, "form": True, "until__date": day, "until__time": hour}
    deed = read(**invoke("task/submit", {"data": data}), localTimezone=zone).payload

    assert deed == FormSubmitted("resolve", OneIssue(7, 3), {"until": moment})


@pytest.mark.parametrize("data", [DATA, {**DATA, "issue": "7", "version": "3"}])
def test_execute_is_a_press(data: dict[str, Any]) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "resolve", "data": data}, "trigger": "manual"}

    assert read(**invoke("adaptiveCard/action", value)).payload == Press("resolve", OneIssue(7, 3))


def test_a_card_that_refreshes_itself_asks_for_nothing() -> None:
    value = {"action": {"type": "Action.Execute", "verb": "resolve", "data": DATA}, "trigger": "automatic"}

    assert parse(activity(**invoke("adaptiveCard/action", value))) is None


def test_task_fetch_is_a_press() -> None:
    assert read(**invoke("task/fetch", {"data": {"msteams": {"type": "task/fetch"}, **DATA}, "context": {}})).payload == Press(
        "resolve", OneIssue(7, 3)
    )


def test_typing_into_a_lookup_is_a_lookup() -> None:
    assert read(**invoke("application/search", {"dataset": "assignee", "queryText": "an", "queryOptions": {"top": 15}})).payload == Lookup(
        "assignee", None, "an"
    )


def test_the_time_zone_may_stand_in_the_client_info() -> None:
    assert read(text="x", localTimezone=None).person.time_zone == "Europe/Lisbon"


@pytest.mark.parametrize("kind", ["conversationUpdate", "installationUpdate", "messageReaction", "messageUpdate", "typing"])
def test_other_activities_ask_for_nothing(kind: str) -> None:
    assert parse(activity(kind)) is None


@pytest.mark.parametrize("sender", [BOT, {**ANA, "role": "bot"}])
def test_bots_are_not_listened_to(sender: dict[str, Any]) -> None:
    assert parse({**activity(text="help"), "from": sender}) is None


def test_the_same_activity_has_the_same_request_id_and_another_one_another() -> None:
    def fetched(**data: Any) -> str:
        return read(**invoke("task/fetch", {"data": {**DATA, **data}})).request_id

    assert fetched() == fetched()
    assert fetched().startswith("msteams:f:1:")
    assert len({fetched(), fetched(version=4), read(text="a").request_id, read(text="a", conversation={"id": "19:other"}).request_id}) == 4


@pytest.mark.parametrize(
    "broken",
    [
        {"type": None},
        {"type": 7},
        {"id": None},
        {"from": None},
        {"from": {}},
        {"from": []},
        {"from": {"id": 7}},
        {"conversation": "19:a"},
        {"conversation": {}},
        {"serviceUrl": None},
        {"text": 7},
        {"value": {**DATA, "verb": ""}},
        {"value": {**DATA, "issue": -1}},
        {"value": {**DATA, "issue": True}},
        {"value": {**DATA, "issue": "1e3"}},
        {"value": {**DATA, "issue": 2**63}},
        {"value": {**DATA, "version": "²"}},
        {"value": {**DATA, "version": None}},
        invoke("task/fetch", []) | {"type": "invoke"},
        invoke("task/fetch", {"data": "x"}) | {"type": "invoke"},
        invoke("adaptiveCard/action", {"action": []}) | {"type": "invoke"},
        invoke("application/search", {}) | {"type": "invoke"},
        {"value": {**DATA, "form": True, **{f"f{n}": "" for n in range(65)}}},
    ],
)
def test_a_malformed_activity_is_refused(broken: dict[str, Any]) -> None:
    broken = {name: value for name, value in broken.items() if name != "kind"}
    with pytest.raises(MalformedActivity):
        parse({**activity(text="help"), **broken})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
SOME = {
    name: st.none() | JSON
    for name in ("id", "from", "conversation", "serviceUrl", "channelData", "entities", "value", "name", "text", "replyToId", "localTimezone")
}


@settings(deadline=None)
@given(st.fixed_dictionaries({"type": st.sampled_from(["message", "invoke"])}, optional=SOME))
def test_whatever_comes_is_read_or_refused(found: dict[str, Any]) -> None:
    with suppress(MalformedActivity):
        parse({**activity(), **found})


def test_what_no_database_takes_is_left_out() -> None:
    assert read(text="a\x00b\ud800c").payload == TypedCommand("abc")
