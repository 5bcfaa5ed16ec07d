"""What stands in messages and open forms that were drawn before an upgrade is read as what it meant when it was drawn.

The payloads are what Quell 1 put into them, as the platforms send them back. A zero in them stands for no issue of its own.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.interactions import FormSubmitted, InteractionPayload, Lookup, Press
from bot.chat.targets import OneIssue, SeveralIssues
from bot.msteams.parse import parse as parse_teams
from bot.slack.parse import read_interaction as parse_slack
from tests.support.teams.app import activity, invoke

JSON = dict[str, Any]

PAGE = '["Found","is:unresolved",""]'
TICKS = {"values": {"t0.nonce": {"v1:tick": {"type": "checkboxes", "selected_options": [{"value": "7"}, {"value": "9"}]}}}}
MODAL = '{"issue":%d,"version":%d,"channel":"C","message":"1.2","thread":"1.1","ids":%s,"response_url":"","page":"%s"}'


def button(block: str, **action: Any) -> JSON:
    return {
        "type": "block_actions",
        "team": {"id": "TACME"},
        "user": {"id": "UADA", "team_id": "TACME"},
        "trigger_id": "1.2.3",
        "channel": {"id": "C"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C"},
        "state": TICKS,
        "actions": [{"type": "button", "block_id": block, **action}],
    }


def modal(written: str, **values: str) -> JSON:
    state = {name: {"v1:archive": {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    view = {"type": "modal", "callback_id": "v1:archive", "private_metadata": written, "state": {"values": state}}
    return {"type": "view_submission", "team": {"id": "TACME"}, "user": {"id": "UADA"}, "trigger_id": "1.2.3", "view": view}


def typing(written: str) -> JSON:
    view = {"type": "modal", "private_metadata": written}
    names = {"action_id": "v1:resolve_in:release", "block_id": "release", "value": "1."}
    return {"type": "block_suggestion", "team": {"id": "TACME"}, "user": {"id": "UADA"}, "view": view, **names}


SLACK: dict[str, tuple[JSON, InteractionPayload]] = {
    "card": (button("i12.v3.nonce", action_id="v1:resolve"), Press("resolve", OneIssue(12, 3))),
    "undo below a notice": (button("n12.v4.nonce", action_id="v1:undo", value="77"), Press("undo", OneIssue(12, 4), "77")),
    "menu": (
        button("i12.v3.nonce", action_id="v1:menu:4", type="static_select", selected_option={"value": "priority:low"}),
        Press("priority", OneIssue(12, 3), "low"),
    ),
    "list": (button("b0.nonce", action_id="v1:resolve", value=PAGE), Press("resolve", SeveralIssues((7, 9), PAGE))),
    "list, nothing ticked": (button("b1.nonce", action_id="v1:archive", value=PAGE), Press("archive", SeveralIssues((), PAGE))),
    "another page": (button("b0.nonce", action_id="v1:page:4", value=PAGE), Press("page", SeveralIssues((7, 9), PAGE))),
    "form of one": (modal(MODAL % (12, 3, "[]", ""), how="forever"), FormSubmitted("archive", OneIssue(12, 3), {"how": "forever"})),
    "form of several": (
        modal(MODAL % (0, 0, "[7,9]", "p1"), how="forever"),
        FormSubmitted("archive", SeveralIssues((7, 9), "p1"), {"how": "forever"}),
    ),
    "typing about one": (typing(MODAL % (12, 3, "[]", "")), Lookup("release", 12, "1.")),
    "typing about several": (typing(MODAL % (0, 0, "[7,9]", "")), Lookup("release", None, "1.")),
}


@pytest.mark.parametrize("name", SLACK)
def test_a_control_in_slack_means_what_it_meant(name: str) -> None:
    payload, expected = SLACK[name]
    found = parse_slack(payload, "UQUELL")
    assert found is not None
    assert found.payload == expected


def executed(data: JSON) -> JSON:
    sent = {"action": {"type": "Action.Execute", "verb": data["verb"], "data": data}, "trigger": "manual"}
    return activity(**invoke("adaptiveCard/action", sent))


def submitted(data: JSON) -> JSON:
    return activity(**invoke("task/submit", {"data": data, "context": {"theme": "default"}}))


def searched(dataset: str) -> JSON:
    return activity(**invoke("application/search", {"dataset": dataset, "queryText": "1.", "queryOptions": {"top": 15}}))


ON_LIST = {"issue": 0, "version": 0, "on": "board", "board": 0, "choice": PAGE, "tick_0_7": "true", "tick_0_9": "false"}
AT_HOME = {"issue": 0, "version": 0, "on": "home", "board": 1, "choice": PAGE, "tick_0_7": "true", "tick_1_9": "true"}
FORM = {"verb": "archive", "form": True, "how": "forever"}

TEAMS: dict[str, tuple[JSON, InteractionPayload]] = {
    "card": (executed({"verb": "resolve", "issue": 12, "version": 3}), Press("resolve", OneIssue(12, 3))),
    "card of an old client": (activity(value={"verb": "resolve", "issue": 12, "version": 3}), Press("resolve", OneIssue(12, 3))),
    "unfolded": (
        executed({"verb": "priority", "issue": 12, "version": 3, "on": "unfolded", "board": 0, "choice": "low"}),
        Press("priority", OneIssue(12, 3), "low"),
    ),
    "list": (executed({"verb": "resolve", **ON_LIST}), Press("resolve", SeveralIssues((7,), PAGE))),
    "home": (executed({"verb": "review", **AT_HOME}), Press("review", SeveralIssues((9,), PAGE))),
    "another page": (executed({"verb": "page", **ON_LIST}), Press("page", SeveralIssues((7,), PAGE))),
    "form of one": (submitted({**FORM, "issue": 12, "version": 3}), FormSubmitted("archive", OneIssue(12, 3), {"how": "forever"})),
    "form of one, from what was unfolded": (
        submitted({**FORM, "issue": 12, "version": 3, "on": "unfolded", "board": 0}),
        FormSubmitted("archive", OneIssue(12, 3), {"how": "forever"}),
    ),
    "form of several": (
        submitted({**FORM, "issue": 0, "version": 0, "ids": [7, 9], "on": "board", "board": 0, "page": PAGE}),
        FormSubmitted("archive", SeveralIssues((7, 9), PAGE), {"how": "forever"}),
    ),
    "form of several, typed": (
        submitted({**FORM, "issue": 0, "version": 0, "ids": [7, 9]}),
        FormSubmitted("archive", SeveralIssues((7, 9)), {"how": "forever"}),
    ),
    "typing about one": (searched("release:12"), Lookup("release", 12, "1.")),
    "typing about several": (searched("release"), Lookup("release", None, "1.")),
}


@pytest.mark.parametrize("name", TEAMS)
def test_a_control_in_teams_means_what_it_meant(name: str) -> None:
    payload, expected = TEAMS[name]
    found = parse_teams(payload)
    assert found is not None
    assert found.payload == expected
