"""What Slack sends, read as what a person did."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.chat.interactions import ChatPerson, FormSubmitted, HomeOpened, Interaction, LinksShared, Lookup, Place, Press, ThreadReply, TypedCommand
from bot.chat.targets import OneIssue, SeveralIssues
from bot.slack.parse import ReplyHandles, read_interaction, reply_handles, workspace
from bot.slack.payload import MalformedPayload

Payloads = dict[str, Any]

ANA = ChatPerson("slack", "TACME", "UANA", "ana")
PRESSED = "1732370000.000100"
THREAD = "1732360000.000001"
MESSAGE = Place("CALERTS", PRESSED)
LINK = "https://quell.example.com/issues/"


@pytest.mark.parametrize(
    ("name", "person", "place", "deed", "request_id"),
    [
        ("button", ANA, MESSAGE, Press("resolve", OneIssue(12, 3)), "slack:1717.42.aa"),
        ("more", ANA, Place("CALERTS", PRESSED, THREAD), Press("merge", OneIssue(12, 3)), "slack:1717.43.aa"),
        ("picker", ChatPerson("slack", "TOTHER", "UEVE", "eve"), MESSAGE, Press("assign", OneIssue(12, 3), "user:2"), "slack:1717.44.aa"),
        ("in_modal", ANA, MESSAGE, Press("resolve", OneIssue(12, 3)), "slack:1717.45.aa"),
        (
            "submission",
            ANA,
            MESSAGE,
            FormSubmitted("archive", OneIssue(12, 3), {"until": "date", "at": "1732374000", "count": "50", "note": "", "into": ""}),
            "slack:1717.47.aa",
        ),
        ("suggestion", ANA, MESSAGE, Lookup("assignee", 12, "be"), "slack:lookup"),
        ("suggestion_in_modal", ANA, Place("CALERTS"), Lookup("issue", 12, "SHOP"), "slack:lookup"),
        (
            "command",
            ANA,
            Place("CALERTS"),
            TypedCommand("assign SHOP-1F to @UBEN", {"UBEN": ChatPerson("slack", "TACME", "UBEN", "ben")}),
            "slack:1717.48.aa",
        ),
        ("priority", ANA, MESSAGE, Press("priority", OneIssue(12, 3), "high"), "slack:1717.49.aa"),
        ("undo", ANA, MESSAGE, Press("undo", OneIssue(12, 3), "77"), "slack:1717.50.aa"),
        ("board", ANA, MESSAGE, Press("resolve", SeveralIssues((12, 13), '["Inbox","is:for_review",""]')), "slack:1717.51.aa"),
        ("at_home", ANA, Place(""), Press("page", SeveralIssues((14,), "inbox@2")), "slack:1717.53.aa"),
        ("notice_in_modal", ANA, Place("CALERTS"), Press("show", OneIssue(12, 3)), "slack:1717.54.aa"),
        (
            "ticked_submission",
            ANA,
            Place("CALERTS", PRESSED, THREAD),
            FormSubmitted("archive", SeveralIssues((12, 13)), {"how": "forever"}),
            "slack:1717.55.aa",
        ),
        ("unfolded", ANA, Place("CALERTS", f"unfurl:{PRESSED}:{LINK}12/"), Press("resolve", OneIssue(12, 3)), "slack:1717.56.aa"),
        ("opened", ChatPerson("slack", "TACME", "UANA"), Place(""), HomeOpened(), "slack:Ev3"),
        ("pasted", ChatPerson("slack", "TACME", "UANA"), MESSAGE, LinksShared((f"{LINK}12/", f"{LINK}13/")), "slack:Ev4"),
        ("said", ChatPerson("slack", "TACME", "UANA"), Place("CALERTS", PRESSED, THREAD), ThreadReply("Fixed by @UBEN, I <3 it"), "slack:Ev5"),
        ("mention", ChatPerson("slack", "TACME", "UANA"), MESSAGE, TypedCommand("list error:<5> & more"), "slack:Ev1"),
        ("direct", ChatPerson("slack", "TACME", "UANA"), Place("DANA", PRESSED, THREAD), TypedCommand("resolve SHOP-1F"), "slack:Ev2"),
    ],
)
def test_each_kind_of_payload_is_read(payloads: Payloads, name: str, person: ChatPerson, place: Place, deed: Any, request_id: str) -> None:
    assert read_interaction(payloads[name], "UQUELL") == Interaction(person, place, deed, request_id)


@pytest.mark.parametrize("kind", ["view_closed", "shortcut", "message_action", "workflow_step_edit", "something_new"])
def test_other_kinds_of_payload_are_none_of_ours(kind: str) -> None:
    assert read_interaction({"type": kind}, "UQUELL") is None


def test_a_control_that_is_not_ours_is_none_of_ours(payloads: Payloads) -> None:
    assert read_interaction(payloads["link"], "UQUELL") is None
    payloads["submission"]["view"]["callback_id"] = "somebody"
    assert read_interaction(payloads["submission"], "UQUELL") is None


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B9"},
        {"user": "UQUELL"},
        {"user": "USLACKBOT"},
        {"subtype": "message_changed"},
        {"subtype": "bot_message"},
        {"edited": {"user": "UANA", "ts": "1.2"}},
        {"hidden": True},
        {"type": "reaction_added"},
        {"type": "message", "channel_type": "channel"},
    ],
)
def test_bots_ourselves_edits_and_other_events_are_not_listened_to(payloads: Payloads, change: dict[str, Any]) -> None:
    payloads["mention"]["event"].update(change)
    assert read_interaction(payloads["mention"], "UQUELL") is None


def test_ticking_alone_asks_for_nothing(payloads: Payloads) -> None:
    assert read_interaction(payloads["ticking"], "UQUELL") is None


@pytest.mark.parametrize(
    "change",
    [
        {"thread_ts": None},
        {"thread_ts": PRESSED},
        {"bot_id": "B9"},
        {"user": "UQUELL"},
        {"user": "USLACKBOT"},
        {"subtype": "message_changed"},
        {"subtype": "file_share"},
        {"edited": {"user": "UANA", "ts": "1.2"}},
        {"hidden": True},
        {"text": "<@UQUELL> resolve SHOP-1F"},
        {"text": " "},
        {"text": None},
        {"channel_type": "app_home"},
        {"channel_type": ["channel"]},
    ],
)
def test_what_is_no_reply_of_a_person_in_a_thread_is_not_listened_to(payloads: Payloads, change: dict[str, Any]) -> None:
    payloads["said"]["event"].update(change)
    assert read_interaction(payloads["said"], "UQUELL") is None


@pytest.mark.parametrize("change", [{"channel_type": "group"}, {"channel_type": "mpim"}, {"subtype": "thread_broadcast"}])
def test_a_reply_is_heard_in_private_channels_and_when_it_is_shown_in_the_channel_too(payloads: Payloads, change: dict[str, Any]) -> None:
    payloads["said"]["event"].update(change)
    did = read_interaction(payloads["said"], "UQUELL")
    assert did is not None
    assert isinstance(did.payload, ThreadReply)


@pytest.mark.parametrize("change", [{"source": "composer"}, {"links": []}, {"links": None}, {"user": "UQUELL"}])
def test_links_without_a_message_or_of_our_own_do_not_unfold(payloads: Payloads, change: dict[str, Any]) -> None:
    payloads["pasted"]["event"].update(change)
    assert read_interaction(payloads["pasted"], "UQUELL") is None


@pytest.mark.parametrize(
    "url", ["", None, "https://quell.example.com/\u00e9", "https://quell.example.com/a b", "https://quell.example.com/" + "x" * 200]
)
def test_a_link_that_is_none_of_ours_by_its_looks_is_left_out(payloads: Payloads, url: str | None) -> None:
    payloads["pasted"]["event"]["links"][0]["url"] = url
    did = read_interaction(payloads["pasted"], "UQUELL")
    assert did is not None
    assert did.payload == LinksShared((f"{LINK}13/",))


def test_the_other_tab_of_the_app_home_is_a_direct_message(payloads: Payloads) -> None:
    payloads["opened"]["event"]["tab"] = "messages"
    assert read_interaction(payloads["opened"], "UQUELL") is None


def test_nothing_ticked_is_no_issue(payloads: Payloads) -> None:
    for nothing in ({}, {"t0.c0ffee": {"v1:tick": {"selected_options": None}}}):
        payloads["board"]["state"]["values"] = nothing
        did = read_interaction(payloads["board"], "UQUELL")
        assert did is not None
        assert isinstance(did.payload, Press)
        assert isinstance(did.payload.targets, SeveralIssues)
        assert did.payload.targets.ids == ()


@pytest.mark.parametrize(
    ("written", "meant", "people"),
    [
        ("<@UQUELL> help", "help", []),
        ("please <@UQUELL>", "please", []),
        ("<@UQUELL|quell>  <@W12|ben> x", "@W12 x", ["W12"]),
        ("<@UQUELL> assign 1 to <#C1|payments>", "assign 1 to #payments", []),
        ("<@UQUELL> assign 1 to <!subteam^S1|@backend>", "assign 1 to @backend", []),
        ("<@UQUELL> comment 1 <!channel> <!here|here>", "comment 1 @channel here", []),
        ("<@UQUELL> comment 1 see <https://example.com/?a=1&amp;b=2>", "comment 1 see https://example.com/?a=1&b=2", []),
        ("<@UQUELL> show <https://example.com/|SHOP-1F>", "show SHOP-1F", []),
        ("<@UQUELL> whoami <mailto:a@example.com|a@example.com>", "whoami a@example.com", []),
        ("<@UQUELL> comment 1 &lt;@UEVE&gt; &amp;lt;", "comment 1 <@UEVE> &lt;", []),
        ("<@UQUELL>\u00a0list", "list", []),
        ("<@UQUELL> a\x00b\ud800c", "abc", []),
        ("<@UQUELL>", "", []),
    ],
)
def test_what_slack_writes_between_brackets_is_read_as_a_person_means_it(payloads: Payloads, written: str, meant: str, people: list[str]) -> None:
    payloads["mention"]["event"]["text"] = written
    did = read_interaction(payloads["mention"], "UQUELL")
    assert did is not None
    assert isinstance(did.payload, TypedCommand)
    assert did.payload.text == meant
    assert list(did.payload.people) == people


@pytest.mark.parametrize(
    ("envelope", "said", "tenant"),
    [
        ({"is_ext_shared_channel": True}, {"user_team": "TEVE"}, "TEVE"),
        ({"is_ext_shared_channel": True, "team_id": "TEVE"}, {"team": "TEVE"}, "TEVE"),
        ({"is_ext_shared_channel": True, "enterprise_id": "E1"}, {"user_team": "E1"}, "TACME"),
        ({"is_ext_shared_channel": True, "enterprise_id": "E1"}, {"user_team": "E2"}, "E2"),
        ({"is_ext_shared_channel": True}, {"team": None}, ""),
        ({"enterprise_id": "E1"}, {"user_team": "E1"}, "TACME"),
        ({}, {"user_team": "TEVE"}, "TEVE"),
    ],
)
def test_who_writes_in_a_shared_channel_keeps_their_own_workspace(payloads: Payloads, envelope: Payloads, said: Payloads, tenant: str) -> None:
    payloads["mention"].update(envelope)
    payloads["mention"]["event"].update(said)
    did = read_interaction(payloads["mention"], "UQUELL")
    assert did is not None
    assert did.person.tenant == tenant


def test_the_workspace_is_the_one_the_app_is_installed_in(payloads: Payloads) -> None:
    assert {name: workspace(each) for name, each in payloads.items()} == dict.fromkeys(payloads, "TACME")
    payloads["submission"]["team"]["id"] = "TEVE"
    payloads["mention"]["team_id"] = "TEVE"
    assert workspace(payloads["submission"]) == "TACME"
    assert workspace(payloads["mention"]) == "TACME"
    assert workspace({"type": "block_actions"}) == ""


def test_how_a_person_can_be_answered_is_read(payloads: Payloads) -> None:
    found = reply_handles(payloads["picker"])
    assert (found.trigger_id, found.response_url, found.is_ephemeral) == ("1717.44.aa", "https://hooks.slack.com/actions/TACME/3/secret", True)
    assert reply_handles(payloads["mention"]) == reply_handles({})
    assert reply_handles(payloads["at_home"]) == ReplyHandles("1717.53.aa")
    assert reply_handles(payloads["undo"]) == ReplyHandles("1717.50.aa", is_notice=True)
    assert reply_handles(payloads["notice_in_modal"]) == ReplyHandles("1717.54.aa", is_notice=True)
    assert reply_handles(payloads["ticked_submission"]) == ReplyHandles(
        "1717.55.aa", "https://hooks.slack.com/actions/TACME/5/secret", is_ephemeral=True
    )
    assert reply_handles(payloads["submission"]) == ReplyHandles("1717.47.aa")


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("button", ["actions"], []),
        ("button", ["actions", 0, "block_id"], "i12.v3"),
        ("button", ["actions", 0, "block_id"], "i٣.v3.x"),
        ("button", ["actions", 0, "block_id"], "i" + "9" * 30 + ".v3.x"),
        ("button", ["actions", 0, "action_id"], "v1:"),
        ("button", ["actions", 0, "action_id"], "v1:<script>"),
        ("button", ["actions", 0, "action_id"], 7),
        ("button", ["user"], None),
        ("button", ["user", "id"], "U A"),
        ("button", ["trigger_id"], None),
        ("button", ["trigger_id"], "x" * 256),
        ("more", ["actions", 0, "selected_option"], None),
        ("more", ["actions", 0, "selected_option", "value"], "drop table"),
        ("priority", ["actions", 0, "selected_option", "value"], ":high"),
        ("board", ["state", "values", "t0.c0ffee", "v1:tick", "selected_options", 0, "value"], "12 "),
        ("board", ["state", "values", "t0.c0ffee", "v1:tick", "selected_options", 0, "value"], 12),
        ("board", ["state", "values", "t0.c0ffee", "v1:tick", "selected_options"], "12"),
        ("board", ["state", "values", "t0.c0ffee", "v1:tick", "selected_options"], [12]),
        ("ticked_submission", ["view", "private_metadata"], '{"issue":0,"version":0,"ids":["12"]}'),
        ("ticked_submission", ["view", "private_metadata"], '{"issue":0,"version":0,"ids":12}'),
        ("unfolded", ["container", "app_unfurl_url"], "https://quell.example.com/" + "x" * 200),
        ("unfolded", ["container", "app_unfurl_url"], None),
        ("picker", ["actions", 0, "selected_option", "value"], ["user:2"]),
        ("submission", ["view", "private_metadata"], ""),
        ("submission", ["view", "private_metadata"], "[]"),
        ("submission", ["view", "private_metadata"], '{"issue":true,"version":1,"channel":"C","message":""}'),
        ("submission", ["view", "private_metadata"], '{"issue":1e999,"version":1,"channel":"C","message":""}'),
        ("submission", ["view", "private_metadata"], "[" * 2500),
        ("submission", ["view", "state", "values", "at", "v1:archive", "selected_date_time"], "soon"),
        ("submission", ["view", "state", "values", "at"], 5),
        ("command", ["user_id"], ""),
        ("mention", ["event"], None),
        ("mention", ["event_id"], None),
        ("direct", ["event", "channel"], "D\u202e"),
    ],
)
def test_what_slack_would_never_send_is_malformed(payloads: Payloads, name: str, path: list[Any], value: Any) -> None:
    broken = payloads[name]
    at = broken
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(MalformedPayload):
        read_interaction(broken, "UQUELL")


@pytest.mark.parametrize("payload", [{}, {"type": None}, {"type": 5}, {"type": ["block_actions"]}])
def test_a_payload_without_a_kind_is_malformed(payload: Payloads) -> None:
    with pytest.raises(MalformedPayload):
        read_interaction(payload, "UQUELL")


def test_no_value_anywhere_in_a_payload_breaks_the_parser(payloads: Payloads) -> None:
    """Each value of each payload in turn becomes each of these: the payload is read, ignored or malformed, and nothing else happens."""
    for payload in payloads.values():
        for path in list(paths(payload)):
            for wrong in (None, True, -1, 1e300, "", "x", "\ud800\x00", [], [None], {}, {"id": 5}):
                read(mutated(payload, path, wrong))


def read(payload: Payloads) -> None:
    try:
        read_interaction(payload, "UQUELL")
        workspace(payload)
        reply_handles(payload)
    except MalformedPayload:
        pass


def paths(value: Any, *before: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*before, key)
        yield from paths(inner, *before, key)


def mutated(payload: Payloads, path: tuple[Any, ...], value: Any) -> Payloads:
    changed = copy.deepcopy(payload)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed
