"""What Teams is shown: within its limits, in its schema, and safe whatever stands in an event."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.elements import (
    Bold,
    Button,
    Card,
    ChoiceField,
    Code,
    Fact,
    Form,
    Link,
    Listing,
    LookupField,
    Menu,
    Moment,
    MomentField,
    Notice,
    Option,
    Options,
    Picker,
    TextField,
)
from bot.chat.interactions import Lookup, Press
from bot.chat.targets import OneIssue, SeveralIssues, Targets
from bot.msteams import notices, render
from bot.msteams.forms import form_card
from bot.msteams.parse import parse
from bot.security.invisible import visible
from tests.support.teams.app import a_card, activity, invoke
from tests.support.teams.cards import HOSTILE, actions, carried, check, inputs, parts, texts

FORM = Form(
    verb="archive",
    targets=OneIssue(7, 3),
    title="Archive",
    intro=("What brings it back? ", Bold("SHOP-1F")),
    fields=(
        ChoiceField("how", "Archive", (Option("30 min", "30m"), Option("until escalating", "escalating")), initial="30m"),
        ChoiceField("version", "Release", tuple(Option(f"1.{n}", f"1.{n}") for n in range(11))),
        TextField("amount", "How many", hint="a number", initial="ten", is_optional=False),
        MomentField("date", "Date and time", hint="In your time zone", initial=datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
        LookupField("assignee", "Assign to", "assignee", Option("me", "user:1")),
    ),
    submit="Archive",
    is_dangerous=True,
    errors={"amount": "That is no number: try 10.", "gone": "Somebody was faster."},
)


def test_the_alert_shows_what_a_person_needs_in_order() -> None:
    card = render.alert(a_card())

    check(card)
    assert [block for block in texts(card) if "Events" not in block][:6] == [
        r"🔴 **Error** [ValueError: bad basket](https://quell.example.com/issues/SHOP-1F/)",
        "SHOP-1F · shop.basket in total",
        "line one\n\n\u00a0\u00a0\u00a0\u00a0line two",
        "Unresolved, new",
        "Assigned to nobody",
        "Project shop",
    ]
    assert {"title": "First seen", "value": "{{DATE(2026-11-23T14:02:00Z,SHORT)}} {{TIME(2026-11-23T14:02:00Z)}}"} in card["body"][4]["facts"]


def test_each_control_is_drawn_in_its_way() -> None:
    card = render.alert(a_card())
    by_title, data = actions(card), {"issue": 7, "version": 3}
    fetch = {"msteams": {"type": "task/fetch"}}

    assert [action["title"] for action in card["actions"]] == ["Resolve", "Archive…", "Assign…", "More"]
    assert by_title["Archive…"] == {"type": "Action.Submit", "title": "Archive…", "data": {**fetch, "verb": "archive", **data}}
    assert by_title["Assign…"]["data"] == {**fetch, "verb": "assign", **data}
    assert by_title["Delete…"]["style"] == "destructive"
    resolve = card["actions"][0]
    assert (resolve["type"], resolve["verb"], resolve["data"], resolve["style"]) == (
        "Action.Execute",
        "resolve",
        {"verb": "resolve", **data},
        "positive",
    )
    assert card["actions"][3]["type"] == "Action.ShowCard"


def test_more_controls_than_a_row_holds_go_behind_the_last() -> None:
    many = tuple(Button(f"v{n}", f"Verb {n}") for n in range(8))
    card = render.alert(
        a_card(controls=(*many, Picker("assign", "Assign…", "assignee"), Menu("More", tuple(Button(f"m{n}", f"Less {n}") for n in range(9)))))
    )

    check(card)
    assert [action["title"] for action in card["actions"]] == [*(f"Verb {n}" for n in range(5)), "More"]
    assert {f"Verb {n}" for n in range(8)} | {"Assign…"} | {f"Less {n}" for n in range(9)} <= set(actions(card))


def test_menus_stand_side_by_side_with_the_choices_of_their_buttons() -> None:
    ways = (Button("resolve", "Now"), Button("resolve", "In the next release", choice="next"), Button("resolve", "In…", asks=True))
    resolve = Menu("Resolve…", ways)
    more = Menu("More…", tuple(Button("priority", label, choice=label.lower()) for label in ("High", "Medium", "Low")))
    card = render.alert(a_card(controls=(resolve, Button("review", "Mark reviewed"), more)))

    check(card)
    assert [(action["type"], action["title"]) for action in card["actions"]] == [
        ("Action.ShowCard", "Resolve…"),
        ("Action.Execute", "Mark reviewed"),
        ("Action.ShowCard", "More…"),
    ]
    data = {"issue": 7, "version": 3}
    assert [action["data"] for action in actions(card["actions"][0]["card"]).values()] == [
        {"verb": "resolve", **data},
        {"verb": "resolve", **data, "choice": "next"},
        {"msteams": {"type": "task/fetch"}, "verb": "resolve", **data},
    ]
    low = actions(card)["Low"]
    pressed = parse(activity(**invoke("adaptiveCard/action", {"action": {"verb": "priority", "data": low["data"]}, "trigger": "manual"})))
    assert pressed is not None
    assert pressed.payload == Press("priority", OneIssue(7, 3), "low")


def test_the_row_that_is_too_long_ends_in_the_menu_that_takes_the_rest() -> None:
    resolve = Menu("Resolve…", (Button("resolve", "Now"),))
    buttons = tuple(Button(f"v{n}", f"Verb {n}") for n in range(5))
    ends_in_menu = render.alert(a_card(controls=(*buttons, resolve, Menu("More…", (Button("share", "Share"),)))))
    ends_in_button = render.alert(a_card(controls=(*buttons, resolve, Button("share", "Share"))))

    for card in (ends_in_menu, ends_in_button):
        assert [action["title"] for action in card["actions"]] == [*(f"Verb {n}" for n in range(5)), "More…"]
        assert {"Now", "Share"} <= set(actions(card))


def test_an_issue_that_offers_nothing_has_no_actions() -> None:
    card = render.alert(a_card(controls=(), excerpt="", facts=(), people=(), footer=(), where=""))

    check(card)
    assert "actions" not in card
    assert len(card["body"]) == 3


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("draw", ["alert", "form", "message form"])
def test_foreign_text_pings_nobody_forges_nothing_breaks_nothing(text: str, draw: str) -> None:
    drawn = render.alert(hostile_card(text)) if draw == "alert" else carried(render.form_message(hostile_form(text)))

    check(drawn)
    for block in texts(drawn):
        links = re.findall(r"(?<!\\)\]\((.*?)\)", block)
        assert all(link.startswith("https://quell.example.com/") for link in links)
        assert not re.search(r"<|\{\{(?!TIME\(|DATE\()", block)
        assert not re.search(r"(?m)^(#|>|[-+] |\d+\. )", block)
    told = json.dumps(drawn, ensure_ascii=False)
    assert "<at>" not in told
    assert visible(told) == told


def hostile_card(text: str) -> Card:
    said = (text, Bold(text), Code(text), Link(text, "https://quell.example.com/a(b)c d"))
    return a_card(
        title=text,
        short_id="SHOP-1F",
        where=text,
        excerpt=text,
        state=(text, " by ", Bold(text)),
        facts=tuple(Fact(text, said) for _ in range(12)),
        people=said,
        footer=said,
        fallback=text,
    )


def hostile_form(text: str) -> Form:
    options = (Option(text, "1"), Option(text, "2"))
    fields = (
        ChoiceField("a", text, options),
        TextField("b", text, hint=text),
        MomentField("c", text, hint=text),
        LookupField("d", text, "assignee", options[0]),
    )
    return Form("archive", OneIssue(7, 3), text, (text, Bold(text)), fields, text or "Do it", errors={"a": text, "z": text})


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_harmless_in_messages_too(text: str) -> None:
    said = [notices.notice(Notice((text, Code(text)))), notices.listing(Listing(text, ((text,), (Bold(text),)), (text,)))]
    for message in said:
        assert message["text"]
        assert "<" not in message["text"]
        assert not re.search(r"(?<!\\)\]\(", message["text"])
    for line in (notices.one_line((text,)), notices.one_line_result(a_card(state=(text,)))):
        assert not re.search(r"<|\]\(|\{\{", line)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://x", ""])
def test_only_the_web_is_linked_to(url: str) -> None:
    assert "](" not in json.dumps(render.alert(a_card(url=url)))


def test_a_code_span_cannot_be_left() -> None:
    assert notices.notice(Notice((Code("a`b<at>"),)))["text"] == "`a'b\u2039at>`"


def test_the_message_that_carries_a_card_says_the_fallback() -> None:
    message = render.activity_with(a_card())

    assert (message["type"], message["summary"]) == ("message", "Error SHOP-1F: ValueError: bad basket")
    assert carried(message) == render.alert(a_card())


def test_a_dialog_asks_keeps_and_complains() -> None:
    value = render.dialog(FORM, "Asia/Tokyo")["task"]["value"]
    card = value["card"]["content"]
    check(card)
    asked = inputs(card)

    assert (value["title"], value["card"]["contentType"]) == ("Archive", "application/vnd.microsoft.card.adaptive")
    assert list(asked) == ["how", "its_version", "amount", "date__date", "date__time", "assignee"]
    assert (asked["how"]["style"], asked["how"]["value"], asked["its_version"]["style"]) == ("expanded", "30m", "compact")
    assert (asked["amount"]["value"], asked["amount"]["isRequired"]) == ("ten", True)
    assert (asked["date__date"]["value"], asked["date__time"]["value"]) == ("2026-12-01", "18:00")
    assert (asked["assignee"]["style"], asked["assignee"]["choices.data"]) == ("filtered", {"type": "Data.Query", "dataset": "assignee:7"})
    below = card["body"][card["body"].index(asked["amount"]) + 1]
    assert (below["text"], below["color"]) == ("That is no number: try 10.", "Attention")
    assert "Somebody was faster." in texts(card)
    (submit,) = card["actions"]
    assert (submit["data"], submit["style"]) == ({"verb": "archive", "issue": 7, "version": 3, "form": True}, "destructive")


def test_what_a_form_asks_comes_back_under_the_same_names() -> None:
    card = render.dialog(FORM)["task"]["value"]["card"]["content"]
    typed = {part["id"]: part.get("value", "1.3") for part in parts(card) if str(part.get("type")).startswith("Input.")}
    found = parse(activity(**invoke("task/submit", {"data": {**card["actions"][0]["data"], **typed}}), localTimezone="UTC"))

    assert found is not None
    assert found.payload.values == {"how": "30m", "version": "1.3", "amount": "ten", "date": "2026-12-01T09:00:00+00:00", "assignee": "user:1"}  # type: ignore[union-attr]


@pytest.mark.parametrize(("targets", "issue", "dataset"), [(OneIssue(7, 3), 7, "release:7"), (SeveralIssues((7, 9)), None, "release")])
def test_a_lookup_asks_for_what_fits_its_issue_and_keeps_what_was_chosen(targets: Targets, issue: int | None, dataset: str) -> None:
    fields = (LookupField("version", "Release", "release", Option("1.2, newest", "1.2")),)
    asked = inputs(form_card(Form("resolve", targets, "Resolve", (), fields, "Resolve"), None))["its_version"]
    search = parse(activity(**invoke("application/search", {"dataset": asked["choices.data"]["dataset"], "queryText": "1."})))

    assert (asked["choices.data"]["dataset"], asked["value"]) == (dataset, "1.2")
    assert asked["choices"] == [{"title": "1.2, newest", "value": "1.2"}]
    assert search is not None
    assert search.payload == Lookup("release", issue, "1.")


def test_a_form_without_fields_only_asks() -> None:
    card = render.dialog(replace(FORM, fields=(), errors={}))["task"]["value"]["card"]["content"]

    check(card)
    assert len(card["body"]) == 1


def test_times_in_messages_are_in_utc() -> None:
    at = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)

    assert notices.notice(Notice(("Since ", Moment(at, "time"))))["text"] == "Since 14:02 UTC"


def test_a_listing_counts_what_does_not_fit() -> None:
    text = notices.listing(Listing("Issues", tuple((f"{n} " + "x" * 500,) for n in range(100))))["text"]

    assert text.startswith("**Issues**\n\n- 0 x")
    assert text.endswith("- … and 69 more")


def test_search_results_have_the_shape_that_teams_wants() -> None:
    assert notices.search_results(Options((Option("Ana <at>", "user:1"),))) == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.search.searchResponse",
        "value": {"results": [{"value": "user:1", "title": "Ana \u2039at>"}]},
    }
