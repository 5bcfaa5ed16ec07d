"""Whatever stands in events, names and comments: nothing that Slack shows of it can ping, forge a link or break its limits."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.elements import (
    Board,
    Card,
    Form,
    Home,
    Listing,
    Notice,
    Option,
    Options,
)
from bot.chat.platform import OutgoingNote
from bot.playground.slack.block_kit import options_errors
from bot.slack import render
from tests.examples import examples
from tests.support.slack.hostile_text import check, check_view
from tests.support.slack.hostile_values import boards, cards, foreign, forms, notices, options, texts

thorough = settings(max_examples=examples(40), deadline=None)


@thorough
@given(cards)
def test_a_card(card: Card) -> None:
    check(render.content(card, "c0ffee"))
    assert render.unfurl(card, "c0ffee")["blocks"] == render.content(card, "c0ffee")["blocks"]


@thorough
@given(boards)
def test_a_board(board: Board) -> None:
    check(render.content(board, "c0ffee"))


@thorough
@given(st.lists(boards, max_size=12))
def test_a_page_of_boards(some: list[Board]) -> None:
    check_view(render.home(Home(tuple(some)), "c0ffee"))


@thorough
@given(notices)
def test_a_notice(notice: Notice) -> None:
    check(render.content(notice, "c0ffee"))
    check_view(render.notice_modal(notice, "Quell", "", "c0ffee"))
    check_view(render.home_notice(notice))


@thorough
@given(notices, st.lists(foreign, max_size=4))
def test_a_line_in_a_thread(notice: Notice, mentions: list[str]) -> None:
    check(render.thread_note(OutgoingNote(notice, tuple(mentions)), "c0ffee"))


@thorough
@given(foreign, st.lists(texts, max_size=60), texts)
def test_a_listing(heading: str, lines: list[Any], footer: Any) -> None:
    check(render.listing(Listing(heading, tuple(lines), footer)))


@thorough
@given(forms)
def test_a_form(form: Form) -> None:
    check_view(render.modal(form, "{}"))
    check(render.opener(form.intro, form, "c0ffee"))


@thorough
@given(options)
def test_what_a_picker_offers(some: tuple[Option, ...]) -> None:
    assert options_errors(render.options(Options(some))) == []
