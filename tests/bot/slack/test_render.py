"""What Slack is given to show: whole, harmless and within its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    Notice,
    Option,
    Options,
    Picker,
    Text,
    TextField,
)
from bot.chat.targets import OneIssue, SeveralIssues, Targets
from bot.playground.slack.block_kit import message_errors, options_errors, view_errors
from bot.slack import render
from bot.slack.codec import (
    ModalOrigin,
    action_id,
    block_id,
    board_block_id,
    read_action_id,
    read_block_id,
    read_board_block_id,
    read_option,
    read_unfurl_id,
    ticks_block_id,
    unfurl_id,
)
from bot.slack.text import clamp, code_block, fallback, fit, line, link, mrkdwn
from tests.support.slack.hostile_text import EPOCH, HOSTILE, NOON, check, check_view, texts


def elements(message: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(block["elements"] for block in message["blocks"] if block["type"] == "actions")
    return found


def test_the_alert_says_everything_in_its_order(card: Card) -> None:
    shown = render.alert(card, "c0ffee")
    said = [block.get("text", {}).get("text") or [each.get("text") for each in block["elements"]] for block in shown["blocks"]]
    controls = [{"type": "plain_text", "text": label, "emoji": False} for label in ("Resolve", "Archive…")] + [None, None]
    assert said == [
        "🔴 *<https://quell.example.com/issues/SHOP-1F/|ZeroDivisionError: division by zero>*\nError · `SHOP-1F`",
        "`shop.checkout in pay`\n```\ndivision by zero\n```",
        f"Archived until 50 more events (12 so far) by *@ana*, <!date^{EPOCH}^{{time}}|14:02 UTC>, from Slack",
        [f"*Events:* 12 · *Last seen:* <!date^{EPOCH}^{{date_short_pretty}} {{time}}|2026-11-23 14:02 UTC> · *Release:* `1.2.0`"],
        ["Assigned to *Ben*"],
        controls,
        ["shop · <https://quell.example.com/issues/SHOP-1F/|2 more copies>"],
    ]
    assert shown["text"] == "SHOP-1F ZeroDivisionError: division by zero"
    assert message_errors(shown["blocks"]) == []


def test_controls_carry_verb_issue_and_version(card: Card) -> None:
    shown = render.alert(card, "c0ffee")
    block = next(block for block in shown["blocks"] if block["type"] == "actions")
    assert block["block_id"] == "i12.v3.c0ffee"
    assert [(each["type"], each["action_id"]) for each in block["elements"]] == [
        ("button", "v1:resolve"),
        ("button", "v1:archive"),
        ("external_select", "v1:assign:assignee"),
        ("static_select", "v1:menu:3"),
    ]
    assert [each["placeholder"]["text"] for each in block["elements"][2:]] == ["Assign", "More"]
    assert [option["value"] for option in block["elements"][3]["options"]] == ["priority:high", "merge", "delete"]
    assert elements(shown)[0]["style"] == "primary"
    assert "style" not in elements(shown)[1]


def test_a_card_without_controls_and_details_has_no_empty_blocks(card: Card) -> None:
    bare = replace(card, where="", excerpt=" \n", facts=(), people=(), controls=(), footer=(), fallback="", level="odd")
    shown = render.alert(bare, "n")
    assert [block["type"] for block in shown["blocks"]] == ["section", "section"]
    assert shown["text"] == "ZeroDivisionError: division by zero"
    assert message_errors(shown["blocks"]) == []


def test_resolve_and_more_stand_side_by_side_and_their_choices_say_verb_and_choice(card: Card) -> None:
    resolve = Menu(
        "Resolve…", (Button("resolve", "Now"), Button("resolve", "In the next release", choice="next"), Button("resolve_in", "A version…"))
    )
    more = Menu("More…", (Button("priority", "Priority: High", choice="high"), Button("undo", "Undo last change", choice="x" * 150)))
    shown = render.alert(replace(card, controls=(resolve, more)), "n")
    check(shown)
    assert [(each["action_id"], each["placeholder"]["text"]) for each in elements(shown)] == [("v1:menu:0", "Resolve…"), ("v1:menu:1", "More…")]
    values = [[option["value"] for option in each["options"]] for each in elements(shown)]
    # A choice that does not fit is left out rather than cut.
    assert values == [["resolve", "resolve:next", "resolve_in"], ["priority:high"]]
    assert [read_option(value) for value in values[0]] == [("resolve", None), ("resolve", "next"), ("resolve_in", None)]


def test_a_menu_without_choices_is_not_there(card: Card) -> None:
    shown = render.alert(replace(card, controls=(Menu("More…", ()),)), "n")
    check(shown)
    assert [block for block in shown["blocks"] if block["type"] == "actions"] == []


def test_buttons_of_one_verb_are_told_apart_by_their_choice(card: Card) -> None:
    buttons = (Button("priority", "High", choice="high"), Button("priority", "Low", choice="low"), Button("unresolve", "Unresolve"))
    shown = render.alert(replace(card, controls=buttons), "n")
    check(shown)
    assert [(each["action_id"], each.get("value")) for each in elements(shown)] == [
        ("v1:priority", "high"),
        ("v1:priority:1", "low"),
        ("v1:unresolve", None),
    ]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_in_every_place_of_a_card_breaks_nothing(card: Card, hostile: str) -> None:
    full = replace(
        card,
        title=hostile,
        short_id=hostile,
        level=hostile,
        where=hostile,
        excerpt=hostile,
        state=(hostile, Bold(hostile), Code(hostile), Link(hostile, "https://quell.example.com/"), Moment(NOON)),
        facts=tuple(Fact(hostile, (hostile, Code(hostile))) for _ in range(30)),
        people=(hostile,),
        footer=(hostile, Link(hostile, "https://quell.example.com/")),
        controls=(Button("resolve", hostile), Picker("assign", hostile, "assignee"), Menu(hostile, (Button("merge", hostile),))),
        fallback=hostile,
    )
    check(render.alert(full, "n"))


@pytest.mark.slow
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_in_notices_and_lists_breaks_nothing(hostile: str) -> None:
    check(render.notice(Notice((hostile, Bold(hostile)), is_refusal=True), "n"))
    check(render.listing(Listing(hostile, ((hostile, Code(hostile)),) * 90, (hostile,))))
    assert options_errors(render.options(Options((Option(hostile, "user:1"), Option(hostile, hostile))))) == []


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_in_a_form_breaks_nothing(form: Form, hostile: str) -> None:
    choices = (Option(hostile, "1"), Option(hostile, "2"))
    fields = (ChoiceField("c", hostile, choices, "2"), TextField("t", hostile, hostile, hostile, is_long=True), LookupField("l", hostile, "issue"))
    full = replace(form, title=hostile, intro=(hostile,), fields=fields, submit=hostile, errors={"c": hostile, "": hostile})
    check_view(render.modal(full, "{}"))
    check_view(render.notice_modal(Notice((hostile,)), hostile, "", "n"))


def test_what_is_cut_is_cut_between_characters_and_entities() -> None:
    assert fit("a<b", 3) == "a…"
    assert fit("<<<", 12) == "&lt;&lt;&lt;"
    assert fit("<<<<", 12) == "&lt;&lt;…"
    assert fit("abc", 3) == "abc"
    assert fit("abcd", 3) == "ab…"
    assert fit("a `b` c", 9) == "a 'b' c"
    assert clamp("abcd", 3) == "ab…"
    for limit in range(1, 40):
        cut = fit("<&>" * 20, limit)
        assert len(cut) <= limit
        assert cut.removesuffix("…").replace("&lt;", "").replace("&amp;", "").replace("&gt;", "") == ""


def test_a_link_a_moment_and_a_code_span_are_whole_or_not_there() -> None:
    text: Text = ("Until ", Moment(NOON, "time"), ", see ", Link("the issue", "https://quell.example.com/issues/1/"), " or ", Code("/quell show 1"))
    for limit in range(1, 150):
        written = mrkdwn(text, limit)
        assert len(written) <= limit
        assert written.count("<") == written.count(">")
        assert written.count("`") % 2 == 0


def test_spans_are_dressed() -> None:
    assert mrkdwn((Bold("a*b"), Code("x`y"), Bold(" ")), 100) == "*a\N{ASTERISK OPERATOR}b*`x'y`"
    assert link("a\nb", "https://x.example/?a=1&b=|") == "<https://x.example/?a=1&amp;b=%7C|a b>"
    assert link("", "https://x.example/") == "<https://x.example/|https://x.example/>"
    assert code_block("a ``` b", 100) == "```\na ''' b\n```"
    assert code_block(" ", 100) == ""
    assert fallback(("<!channel> ", Moment(NOON, "time")), 100) == "&lt;!channel&gt; 14:02 UTC"
    assert line(" a\t\n b \u200b") == "a b"


def test_names_in_a_state_keep_the_space_around_them(card: Card) -> None:
    shown = render.alert(replace(card, state=("by ", "Ana\nLima", ", from\n Slack")), "n")
    assert shown["blocks"][2]["text"]["text"] == "by Ana Lima, from Slack"


def test_a_refusal_is_marked() -> None:
    shown = render.notice(Notice(("Nothing changed.",), is_refusal=True), "n")
    assert shown["blocks"][0]["text"]["text"] == "⚠️ Nothing changed."
    assert shown["text"] == "⚠️ Nothing changed."


def test_a_long_list_says_how_much_of_it_is_missing() -> None:
    lines = tuple((Code(f"SHOP-{number}"), " ", "x" * 900) for number in range(400))
    shown = render.listing(Listing("Issues", lines, ("Page 1",)))
    assert shown["blocks"][0] == {"type": "header", "text": {"type": "plain_text", "text": "Issues", "emoji": False}}
    shown_lines = sum(text.count("SHOP-") for text in texts(shown["blocks"]))
    assert shown["blocks"][-2]["elements"][0]["text"] == f"… and {400 - shown_lines} more lines"
    assert shown["blocks"][-1]["elements"][0]["text"] == "Page 1"
    assert message_errors(shown["blocks"]) == []


def test_a_form_becomes_inputs_named_after_their_fields(form: Form) -> None:
    view = render.modal(form, ModalOrigin(OneIssue(12, 4), "CALERTS", "1.2").written())
    assert view_errors(view) == []
    assert (view["callback_id"], view["title"]["text"], view["submit"]["text"]) == ("v1:archive", "Archive SHOP-1F", "Archive")
    inputs = view["blocks"][1:]
    assert [(each["block_id"], each["element"]["type"], each["optional"]) for each in inputs] == [
        ("until", "radio_buttons", False),
        ("at", "datetimepicker", True),
        ("count", "plain_text_input", True),
        ("into", "external_select", False),
    ]
    assert inputs[0]["element"]["initial_option"]["value"] == "30m"
    assert inputs[1]["element"]["initial_date_time"] == EPOCH
    assert inputs[1]["hint"]["text"] == "In your own time zone."
    assert inputs[2]["element"]["initial_value"] == "50"
    assert (inputs[3]["element"]["action_id"], inputs[3]["element"]["min_query_length"]) == ("v1:archive:issue", 0)
    assert inputs[3]["element"]["initial_option"] == {"text": {"type": "plain_text", "text": "SHOP-2 Boom", "emoji": False}, "value": "2"}
    assert ModalOrigin.read(view["private_metadata"]) == ModalOrigin(OneIssue(12, 4), "CALERTS", "1.2")


def test_more_than_ten_choices_become_a_menu(form: Form) -> None:
    choices = tuple(Option(f"Choice {number}", str(number)) for number in range(11))
    view = render.modal(replace(form, fields=(ChoiceField("c", "Choice", choices, "7"),)), "{}")
    element = view["blocks"][1]["element"]
    assert (element["type"], element["initial_option"]["value"]) == ("static_select", "7")
    assert view_errors(view) == []


def test_what_was_wrong_is_said_below_its_field_and_what_was_typed_stays(form: Form) -> None:
    view = render.modal(replace(form, errors={"count": "A whole number, please."}), "{}")
    assert view["blocks"][3]["hint"]["text"] == "⚠️ A whole number, please."
    assert view["blocks"][3]["element"]["initial_value"] == "50"


def test_what_was_wrong_with_no_field_is_said_above_all(form: Form) -> None:
    view = render.modal(replace(form, fields=(), errors={"": "There is nothing to delete."}), "{}")
    check_view(view)
    assert view["blocks"][0]["text"]["text"] == "⚠️ There is nothing to delete."


@pytest.mark.parametrize("intro", [("Delete SHOP-1F? 3 events and 3 users.",), ()])
def test_a_form_without_fields_only_asks(form: Form, intro: Text) -> None:
    view = render.modal(replace(form, fields=(), intro=intro, is_dangerous=True), "{}")
    assert [block["type"] for block in view["blocks"]] == ["section"]
    assert view_errors(view) == []


def test_the_placeholder_and_the_opener_are_within_limits(form: Form) -> None:
    assert view_errors(render.placeholder_modal("Quell")) == []
    shown = render.opener(("This needs an answer.",), form, "n")
    assert message_errors(shown["blocks"]) == []
    assert shown["blocks"][1]["block_id"] == "i12.v4.n"
    assert shown["blocks"][1]["elements"][0]["action_id"] == "v1:archive"


def test_an_option_whose_value_does_not_fit_is_left_out_rather_than_cut() -> None:
    offered = render.options(Options((Option("long", "x" * 151), Option("fits", "x" * 150), Option("", "y"))))["options"]
    assert [each["text"]["text"] for each in offered] == ["fits", "y"]
    many = Options(tuple(Option(str(number), str(number)) for number in range(300)))
    assert options_errors(render.options(many)) == []


def test_a_redraw_has_a_block_id_of_its_own(card: Card) -> None:
    ids = {block["block_id"] for nonce in ("a", "b") for block in render.alert(card, nonce)["blocks"] if "block_id" in block}
    assert ids == {"i12.v3.a", "i12.v3.b"}


def test_marks_come_back_as_they_were_written() -> None:
    assert read_action_id(action_id("resolve")) == ("resolve", "")
    assert read_action_id(action_id("assign", "assignee")) == ("assign", "assignee")
    assert read_action_id("somebody_elses") is None
    assert read_block_id(block_id(OneIssue(12, 3), "c0ffee")) == OneIssue(12, 3)
    assert read_block_id("until") is None
    assert read_board_block_id(board_block_id(2, "c0ffee")) == ticks_block_id(2, "c0ffee")
    assert read_board_block_id(block_id(OneIssue(12, 3), "c0ffee")) is None
    assert read_unfurl_id(unfurl_id("1.2", "https://quell.example.com/issues/12/")) == ("1.2", "https://quell.example.com/issues/12/")
    assert read_unfurl_id("1732370000.000100") is None


@pytest.mark.parametrize("targets", [OneIssue(10**18 - 1, 10**18 - 1), SeveralIssues((10**18 - 1,) * 50)])
def test_what_a_modal_carries_fits_into_it_with_all_that_it_may_hold(targets: Targets) -> None:
    origin = ModalOrigin(targets, "C" * 255, "1" * 255, "2" * 255, "h" * 1000)
    assert ModalOrigin.read(origin.written()) == origin
    assert len(origin.written()) <= 3000
