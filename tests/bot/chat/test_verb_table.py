"""The tables of verbs: every row is whole, and what names another row names one that exists."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.chat import menu
from bot.chat.commands import Command, parse
from bot.chat.handlers.typed import COMMANDS
from bot.chat.verbs import ISSUE_VERBS, OF_ISSUES, TYPED, IssueVerb, Verb, described, typed_with
from tests.support.issues import STATES

named = pytest.mark.parametrize("verb", TYPED, ids=lambda verb: verb.name)
of_issues = pytest.mark.parametrize("verb", ISSUE_VERBS, ids=lambda verb: verb.name)


def test_no_word_means_two_verbs() -> None:
    counted = Counter(word for verb in {verb.name: verb for verb in (*TYPED, *ISSUE_VERBS)}.values() for word in verb.words)
    assert [word for word, count in counted.items() if count > 1] == []
    assert len(OF_ISSUES) == len(ISSUE_VERBS)


@named
def test_what_can_be_typed_is_explained_and_answered(verb: Verb) -> None:
    assert verb.help
    assert parse(verb.example).verb == verb.name
    assert all(described(word) is verb for word in verb.words)
    assert (verb.name in COMMANDS) or (verb.name in OF_ISSUES)


def test_nothing_is_answered_that_cannot_be_typed() -> None:
    assert set(COMMANDS) <= {verb.name for verb in TYPED}


@pytest.mark.parametrize("verb", [verb for verb in TYPED if verb.usage == f"{verb.name} ID…"], ids=lambda verb: verb.name)
def test_a_verb_that_takes_only_issues_needs_no_rule_of_the_grammar(verb: Verb) -> None:
    assert parse(f"{verb.name} SHOP-1, #shop-2 7") == Command(verb.name, ("SHOP-1", "SHOP-2", "7"))


@of_issues
def test_what_can_be_done_to_issues_can_be_typed(verb: IssueVerb) -> None:
    name, kind = verb.typed_as if verb.typed_as[0] else (verb.name, "")
    if verb.usage or verb.typed_as[0]:
        assert described(name) in TYPED
        assert typed_with(name, kind) is verb
    else:
        # It is another verb with another label, for issues that stand otherwise.
        assert [other.name for other in TYPED if isinstance(other, IssueVerb) and other.read is verb.read and other.form is verb.form]


@of_issues
def test_a_verb_names_only_verbs_that_there_are(verb: IssueVerb) -> None:
    assert {verb.below, verb.opposite} <= {*OF_ISSUES, ""}


@of_issues
def test_what_is_about_the_person_is_for_the_person(verb: IssueVerb) -> None:
    assert verb.is_private >= verb.is_personal
    assert not verb.opposite or OF_ISSUES[verb.opposite].is_personal == verb.is_personal


def test_cards_show_all_verbs_in_the_order_that_the_table_says() -> None:
    names = [verb.name for verb in menu.MENU]
    assert sorted(names) == sorted(OF_ISSUES)
    assert [names[names.index(verb.name) - 1] for verb in ISSUE_VERBS if verb.below] == [verb.below for verb in ISSUE_VERBS if verb.below]


def test_a_list_offers_what_it_can_ask_or_do_for_several() -> None:
    offered = [verb.name for verb in menu.for_several(tuple(STATES.values()))]
    assert offered == [verb.name for verb in menu.MENU if verb.is_bulk]
    assert [name for name in offered if name in {"resolve", "unresolve", "unarchive", "archive", "rearchive", "review"}] == [
        "resolve",
        "unresolve",
        "unarchive",
        "archive",
        "rearchive",
        "review",
    ]
    assert not [name for name in offered if OF_ISSUES[name].choices]
