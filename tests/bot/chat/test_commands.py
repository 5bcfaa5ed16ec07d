"""The grammar of typed commands: every form of every verb, and what is said of everything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.commands import Command, NotUnderstood, Unfinished, UnknownVerb, parse
from bot.chat.verbs import TYPED, Verb, described
from core.errors import TriageError

LONG_S = "\u017f"
"""Which is an s where case is ignored."""

FORMS: dict[str, Command] = {
    "": Command("help"),
    "  \n\t ": Command("help"),
    "help": Command("help"),
    "HELP": Command("help"),
    "help archive": Command("help", argument="archive"),
    "help reslove": Command("help", argument="reslove"),
    "list": Command("list"),
    "list is:unresolved": Command("list", argument="is:unresolved"),
    "list is:resolved": Command("list", argument="is:resolved"),
    "list is:archived": Command("list", argument="is:archived"),
    "show SHOP-1F": Command("show", ("SHOP-1F",)),
    "show #shop-1f": Command("show", ("SHOP-1F",)),
    "show SHOP-1 SHOP-2": Command("show", ("SHOP-1", "SHOP-2")),
    "resolve SHOP-1F": Command("resolve", ("SHOP-1F",)),
    "Resolve shop-1f": Command("resolve", ("SHOP-1F",)),
    "resolve 12": Command("resolve", ("12",)),
    "resolve SHOP-1, SHOP-2,SHOP-3  17": Command("resolve", ("SHOP-1", "SHOP-2", "SHOP-3", "17")),
    "resolve, SHOP-1": Command("resolve", ("SHOP-1",)),
    "resolve my-shop_2-1F": Command("resolve", ("MY-SHOP_2-1F",)),
    "resolve 999999999999999999": Command("resolve", ("999999999999999999",)),
    "resolve SHOP-1 in next release": Command("resolve", ("SHOP-1",), "next"),
    "resolve SHOP-1 SHOP-2 In The Next Release": Command("resolve", ("SHOP-1", "SHOP-2"), "next"),
    "resolve SHOP-1 in current release": Command("resolve", ("SHOP-1",), "current"),
    "resolve SHOP-1 in shop@1.2.3": Command("resolve", ("SHOP-1",), "version", "shop@1.2.3"),
    "resolve SHOP-1 in 42": Command("resolve", ("SHOP-1",), "version", "42"),
    "resolve SHOP-1 in shop-2": Command("resolve", ("SHOP-1",), "version", "shop-2"),
    "resolve SHOP-1 in next": Command("resolve", ("SHOP-1",), "version", "next"),
    'resolve SHOP-1 in "spring release"': Command("resolve", ("SHOP-1",), "version", "spring release"),
    "resolve SHOP-1 by 1f3a9c2": Command("resolve", ("SHOP-1",), "commit", "1f3a9c2"),
    "resolve SHOP-1 by 1234567 in acme/shop": Command("resolve", ("SHOP-1",), "commit", "1234567", "acme/shop"),
    "unresolve SHOP-1": Command("unresolve", ("SHOP-1",)),
    "archive SHOP-1": Command("archive", ("SHOP-1",), "forever"),
    "archive SHOP-1 forever": Command("archive", ("SHOP-1",), "forever"),
    "archive SHOP-1 FOREVER": Command("archive", ("SHOP-1",), "forever"),
    "archive SHOP-1 SHOP-2 for 2h": Command("archive", ("SHOP-1", "SHOP-2"), "for", "2h"),
    "archive SHOP-1 for 1d 12h": Command("archive", ("SHOP-1",), "for", "1d 12h"),
    "archive SHOP-1 for 2 hours": Command("archive", ("SHOP-1",), "for", "2 hours"),
    "archive SHOP-1 until monday 09:00": Command("archive", ("SHOP-1",), "until", "monday 09:00"),
    "archive SHOP-1 until 2026-12-01 09:00": Command("archive", ("SHOP-1",), "until", "2026-12-01 09:00"),
    "archive SHOP-1 until 50 events": Command("archive", ("SHOP-1",), "until", "50 events"),
    "archive SHOP-1 Until 10 Users": Command("archive", ("SHOP-1",), "until", "10 Users"),
    "snooze SHOP-1 for 2h": Command("archive", ("SHOP-1",), "for", "2h"),
    "archive for-1 until-2 for 2h": Command("archive", ("FOR-1", "UNTIL-2"), "for", "2h"),
    "unarchive SHOP-1": Command("unarchive", ("SHOP-1",)),
    "assign SHOP-1 to me": Command("assign", ("SHOP-1",), "to", "me"),
    "assign SHOP-1 SHOP-2 to @ada": Command("assign", ("SHOP-1", "SHOP-2"), "to", "@ada"),
    "assign SHOP-1 to #checkout": Command("assign", ("SHOP-1",), "to", "#checkout"),
    "assign SHOP-1 to #check-out-2": Command("assign", ("SHOP-1",), "to", "#check-out-2"),
    "assign SHOP-1 to ada@acme.example": Command("assign", ("SHOP-1",), "to", "ada@acme.example"),
    "assign SHOP-1 to Ada Lovelace": Command("assign", ("SHOP-1",), "to", "Ada Lovelace"),
    'assign SHOP-1 to "Ada Lovelace"': Command("assign", ("SHOP-1",), "to", "Ada Lovelace"),
    "assign SHOP-1 to “Ada Lovelace”": Command("assign", ("SHOP-1",), "to", "Ada Lovelace"),
    "assign SHOP-1 to Toby": Command("assign", ("SHOP-1",), "to", "Toby"),
    "assign SHOP-1 to to": Command("assign", ("SHOP-1",), "to", "to"),
    "unassign SHOP-1": Command("unassign", ("SHOP-1",)),
    "review SHOP-1 SHOP-2": Command("review", ("SHOP-1", "SHOP-2")),
    "delete SHOP-1": Command("delete", ("SHOP-1",)),
    "restore SHOP-1": Command("restore", ("SHOP-1",)),
    "delete SHOP-1 SHOP-2": Command("delete", ("SHOP-1", "SHOP-2")),
    "discard SHOP-1": Command("discard", ("SHOP-1",)),
    "priority SHOP-1 2 HIGH": Command("priority", ("SHOP-1", "2"), "to", "high"),
    "comment shop-1 it's cold,   in the cellar\nto be sure": Command("comment", ("SHOP-1",), "saying", "it's cold,   in the cellar\nto be sure"),
    'comment SHOP-1 "quite cold"': Command("comment", ("SHOP-1",), "saying", "quite cold"),
    'comment SHOP-1 "cold" and "dark"': Command("comment", ("SHOP-1",), "saying", '"cold" and "dark"'),
    "comment SHOP-1 “quite cold”": Command("comment", ("SHOP-1",), "saying", "quite cold"),
    "comment SHOP-1 SHOP-2 until in by to": Command("comment", ("SHOP-1",), "saying", "SHOP-2 until in by to"),
    "bookmark SHOP-1": Command("bookmark", ("SHOP-1",)),
    "unbookmark SHOP-1": Command("unbookmark", ("SHOP-1",)),
    "subscribe SHOP-1 SHOP-2": Command("subscribe", ("SHOP-1", "SHOP-2")),
    "unsubscribe SHOP-1": Command("unsubscribe", ("SHOP-1",)),
    "share SHOP-1": Command("share", ("SHOP-1",)),
    "merge SHOP-1 SHOP-2 3": Command("merge", ("SHOP-1", "SHOP-2", "3")),
    "undo": Command("undo"),
    "undo SHOP-1": Command("undo", ("SHOP-1",)),
    "mine": Command("mine"),
    "Inbox": Command("inbox"),
    "watch shop": Command("watch", place="shop"),
    'watch my-shop-1 level:error "out of memory"': Command("watch", argument='level:error "out of memory"', place="my-shop-1"),
    "unwatch shop": Command("unwatch", place="shop"),
    "watches": Command("watches"),
    "threads off": Command("threads", argument="off"),
    "threads Changes": Command("threads", argument="changes"),
    "threads all": Command("threads", argument="all"),
    "digest daily 9:00": Command("digest", argument="9:00"),
    "digest off": Command("digest", argument="off"),
    "comments on": Command("comments", argument="on"),
    "mentions dm": Command("mentions", argument="dm"),
    "mentions off": Command("mentions", argument="off"),
    "broadcasts off": Command("broadcasts", argument="off"),
    "link 3F7K-9QXM": Command("link", argument="3F7K-9QXM"),
    "link 3F7K 9QXM 12": Command("link", argument="3F7K 9QXM 12"),
    "unlink": Command("unlink"),
    "login": Command("login"),
    "role @ada admin": Command("role", how="admin", argument="@ada"),
    'role "Ada Lovelace" Viewer': Command("role", how="viewer", argument="Ada Lovelace"),
    "role ada lovelace member": Command("role", how="member", argument="ada lovelace"),
    "delivery shop-1": Command("delivery", ("SHOP-1",)),
    "whoami": Command("whoami"),
    "  WhoAmI  ": Command("whoami"),
}
"""Every form of every command, and what it means."""

REFUSED: dict[str, tuple[type[TriageError], str]] = {
    "reslove SHOP-1": (UnknownVerb, "reslove"),
    "helper": (UnknownVerb, "helper"),
    "lists": (UnknownVerb, "lists"),
    "showSHOP-1": (UnknownVerb, "showSHOP-1"),
    "snoozed SHOP-1": (UnknownVerb, "snoozed"),
    "SHOP-1 resolve": (UnknownVerb, "SHOP-1"),
    "resolve.": (UnknownVerb, "resolve."),
    "🙂": (UnknownVerb, "🙂"),
    ",": (UnknownVerb, ","),
    "{word} {0}": (UnknownVerb, "{word}"),
    "resolve": (Unfinished, "resolve"),
    "archive": (Unfinished, "archive"),
    "archive SHOP-1 for": (Unfinished, "archive SHOP-1 for"),
    "archive SHOP-1 until ,": (Unfinished, "archive SHOP-1 until ,"),
    "assign SHOP-1": (Unfinished, "assign SHOP-1"),
    "assign SHOP-1 to": (Unfinished, "assign SHOP-1 to"),
    "show": (Unfinished, "show"),
    "resolve SHOP": (NotUnderstood, "SHOP"),
    "resolve SHOP-": (NotUnderstood, "SHOP-"),
    "resolve SHOP-1 now": (NotUnderstood, "now"),
    "resolve SHOP-1.": (NotUnderstood, "SHOP-1."),
    "resolve SHOP-1 in": (Unfinished, "resolve SHOP-1 in"),
    "resolve SHOP-1 by": (Unfinished, "resolve SHOP-1 by"),
    "resolve SHOP-1 in 1.2 please": (NotUnderstood, "please"),
    "priority SHOP-1": (Unfinished, "priority SHOP-1"),
    "priority SHOP-1 urgent": (NotUnderstood, "urgent"),
    "comment SHOP-1": (Unfinished, "comment SHOP-1"),
    "comment hello": (NotUnderstood, "hello"),
    "merge SHOP-1": (Unfinished, "merge SHOP-1"),
    "undo SHOP-1 SHOP-2": (NotUnderstood, "SHOP-2"),
    "watch": (Unfinished, "watch"),
    "threads some": (NotUnderstood, "some"),
    "digest 09:00": (NotUnderstood, "09:00"),
    "digest daily": (Unfinished, "digest daily"),
    "comments maybe": (NotUnderstood, "maybe"),
    "mentions": (Unfinished, "mentions"),
    "link": (Unfinished, "link"),
    "inbox now": (NotUnderstood, "now"),
    "delivery": (Unfinished, "delivery"),
    "resolve ٣": (NotUnderstood, "٣"),
    "resolve 1234567890123456789": (NotUnderstood, "1234567890123456789"),
    "archive SHOP-1 form 2h": (NotUnderstood, "form"),
    "archive SHOP-1 until5 events": (NotUnderstood, "until5"),
    "archive SHOP-1 foreverx": (NotUnderstood, "foreverx"),
    "assign to me": (NotUnderstood, "to"),
    "assign SHOP-1 toby": (NotUnderstood, "toby"),
    "assign SHOP-1 @ada": (NotUnderstood, "@ada"),
    'assign SHOP-1 to "Ada': (NotUnderstood, '"Ada'),
    "whoami now": (NotUnderstood, "now"),
    "role @ada": (Unfinished, "role @ada"),
    "role admin": (Unfinished, "role admin"),
    "role @ada admin please": (NotUnderstood, "please"),
    "help me please": (NotUnderstood, "please"),
}
"""What is not understood: how it is refused, and the word that is named."""


@pytest.mark.parametrize("text", FORMS)
def test_every_form_of_every_command_is_read(text: str) -> None:
    assert parse(text) == FORMS[text]


def test_the_table_has_every_verb() -> None:
    assert {command.verb for command in FORMS.values()} == {spec.name for spec in TYPED}


@pytest.mark.parametrize("spec", TYPED, ids=lambda spec: spec.name)
def test_every_example_that_is_shown_works(spec: Verb) -> None:
    assert parse(spec.example).verb == spec.name
    assert spec.usage.startswith(spec.name)
    assert described(spec.name.upper()) is spec


def test_snooze_is_archive_in_all_but_name() -> None:
    assert described("snooze") is described("archive")
    assert described("nonsense") is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_understood_is_named(text: str) -> None:
    kind, word = REFUSED[text]
    with pytest.raises(TriageError) as refused:
        parse(text)
    assert type(refused.value) is kind
    assert f"“{word}”" in str(refused.value)


@pytest.mark.parametrize("text", [text for text, (kind, _) in REFUSED.items() if kind is not UnknownVerb])
def test_the_example_in_a_refusal_is_a_command_of_the_same_verb(text: str) -> None:
    with pytest.raises(TriageError) as refused:
        parse(text)
    _, _, example_given = str(refused.value).partition("Example: ")
    assert parse(example_given).verb == text.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("reslove", "resolve"), ("asign", "assign"), ("ARCHVE", "archive"), ("snoze", "snooze"), ("delet", "delete"), ("hlep", "help")],
)
def test_a_verb_that_is_nearly_one_is_suggested(typed: str, meant: str) -> None:
    with pytest.raises(UnknownVerb, match=rf"Did you mean {meant}\? Type help"):
        parse(f"{typed} SHOP-1")


def test_a_verb_like_none_gets_no_suggestion() -> None:
    with pytest.raises(UnknownVerb, match=re.escape("There is no command “xyzzy”. Type help to see them all.")):
        parse("xyzzy")


VERBS = [*(spec.name for spec in TYPED), "snooze"]
BITS = [
    *("SHOP-1", "#shop-1f", "12", "to", "me", "for", "until", "forever", "2h", "50", "events", "in", "@ada", "#team", "monday", "{word}", "-"),
    *("by", "next", "release", "high", "on", "off", "daily", "9:00", "shop"),
]
ODDITIES = ['"', "“", "”", ",", "\x00", "\ud800", "\u2028", LONG_S + "how", "li" + LONG_S + "t"]
WORDS = st.sampled_from([*VERBS, *BITS, *ODDITIES])


@given(st.one_of(st.text(), st.lists(WORDS, max_size=8).map(" ".join), st.lists(WORDS, max_size=4).map("".join)))
@example(f"re{LONG_S}olve SHOP-1")
@example("resolve " + "9" * 5000)
@example("resolve " + "SHOP-1 " * 2000)
def test_any_text_is_a_command_or_refused_in_a_sentence(text: str) -> None:
    try:
        command = parse(text)
    except (NotUnderstood, Unfinished, UnknownVerb) as error:
        assert str(error)  # noqa: PT017  either is right, and this is what the refusal must have
    else:
        assert described(command.verb)
        assert all(re.fullmatch(r"[A-Z0-9_-]+-[0-9A-Z]{1,13}|[0-9]{1,18}", each) for each in command.ids)
