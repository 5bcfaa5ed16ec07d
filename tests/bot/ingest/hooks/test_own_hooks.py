"""Hooks of one's own: mappings are read, refused by the word that is wrong, kept for one organization, and used by its projects alone."""

from __future__ import annotations

import json

import pytest

from bot.ingest.hooks.mappings import MAX_ALTERNATIVES, MAX_TABLE_ROWS, MAX_TAGS, MAX_TEXT_CHARS, parse_mapping
from core.accounts.hooks import MAX_HOOKS
from core.errors import AlreadyThere, Invalid, TriageError, UnknownName
from core.types import JSON
from tests.support.cli import Shell
from tests.support.core import World
from tests.support.growth import AT_MOST, growth
from tests.support.ingest.webhooks import Hooks

NAGIOS = (
    "title={host.name}: {service.name} is {service.state}",
    "message=service.output",
    "status=service.state:ok=resolved,warning=firing,critical=firing,unknown=ignored",
    "level=service.state:critical=fatal",
    "fingerprint={host.name} {service.name}",
    "tags.host=host.name",
)
BODY: JSON = {"host": {"name": "db1"}, "service": {"name": "disk", "state": "CRITICAL", "output": "2 % free"}}


# What a mapping says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "body", "title"),
    [
        ("title=name", {"name": "Disk"}, "Disk"),
        ("title=a.b.c", {"a": {"b": {"c": 5}}}, "5"),
        ("title=alerts.1.name", {"alerts": [{}, {"name": "second"}]}, "second"),
        ("title=alerts.1.name", {"alerts": [{}]}, ""),
        ("title=a.b", {"a": "b"}, ""),
        ("title=a", {"a": {"b": 1}}, ""),
        ("title=a", {"a": None}, ""),
        ("title=a|b", {"b": "second"}, "second"),
        ("title={a} is {b}|{a}", {"a": "Disk"}, "Disk"),
        ("title={a} is {b}", {"a": "Disk", "b": "{a}"}, "Disk is {a}"),
        ("title={a}", {"a": True}, "true"),
        ("title=$type", {"$type": "x"}, "x"),
        ("title={ a }!", {"a": "x"}, "x!"),
    ],
)
def test_a_path_or_a_text_with_paths_is_filled(text: str, body: JSON, title: str) -> None:
    assert parse_mapping((text,)).text("title", body) == title


@pytest.mark.parametrize(
    ("table", "value", "meaning"),
    [
        ("", "UP", "resolved"),
        ("", "Alerting", "firing"),
        ("", "purple", None),
        ("", "", ""),
        (":purple=firing", "Purple", "firing"),
        (":0=firing,1=resolved", 1, "resolved"),
        (":true=firing", True, "firing"),
        (":*=ignored", "purple", "ignored"),
        (":*=ignored", "up", "resolved"),
        (":=ignored", None, "ignored"),
    ],
)
def test_words_mean_what_the_table_says_and_else_what_they_commonly_do(table: str, value: object, meaning: str | None) -> None:
    assert parse_mapping(("title=a", f"status=s{table}")).meaning("status", {"s": value}) == meaning


WRONG = {
    "titel=name": '"titel"',
    "title": '"title" says nothing',
    "title=": '"title" says nothing',
    "title=a..b": '"a..b"',
    "title=a b": '"a b"',
    "title={a": "{a",
    "title={a}}": "braces",
    "title={}": '""',
    "title={__import__('os')}": "__import__",
    "status=a:up=fixed": '"up=fixed"',
    "status=a:up": '"up"',
    "level=a:x=terrible": '"x=terrible"',
    "tags.=a": '"tags."',
    "tags.a b=c": '"tags.a b"',
    "message=" + "x" * (MAX_TEXT_CHARS + 1): f"{MAX_TEXT_CHARS} characters",
    "message=" + "|".join(["a"] * (MAX_ALTERNATIVES + 1)): f"{MAX_ALTERNATIVES} alternatives",
    "message=" + "{a}" * 9: "8 paths",
    "message=" + ".".join("a" * 11): "is no path",
    "message=" + "a" * 65: "is no path",
    "status=a:" + ",".join(["a=firing"] * (MAX_TABLE_ROWS + 1)): f"{MAX_TABLE_ROWS} words",
}


@pytest.mark.parametrize(("text", "word"), WRONG.items(), ids=[text[:20] for text in WRONG])
def test_a_mapping_that_cannot_be_read_is_refused_by_the_word_that_is_wrong(text: str, word: str) -> None:
    given = (text,) if text.startswith("title") else ("title=a", text)
    with pytest.raises(Invalid) as refused:
        parse_mapping(given)
    assert word in str(refused.value)
    assert "Nothing was changed." in str(refused.value)


def test_a_title_there_must_be_and_each_field_once() -> None:
    for texts, word in [(("message=a",), '"title"'), (("title=a", "title=b"), '"title" stands there twice'), ((), '"title"')]:
        with pytest.raises(Invalid, match=word):
            parse_mapping(texts)
    with pytest.raises(Invalid, match="tags"):
        parse_mapping(("title=a", *(f"tags.t{number}=a" for number in range(MAX_TAGS + 1))))


@pytest.mark.parametrize("text", ["{a}" * 8, "|".join(["{a}"] * 8)])
def test_long_values_are_read_in_proportion_and_up_to_a_size(text: str) -> None:
    mapping = parse_mapping((f"title={text}",))
    assert growth(lambda size: mapping.text("title", {"a": "x" * size}), 500_000, 1_000_000) < AT_MOST
    assert len(mapping.text("title", {"a": "x" * 1_000_000})) <= 16_384


# Kept, listed, removed ----------------------------------------------------------------------------------------------------


def test_hooks_are_added_listed_and_removed(quell: Shell) -> None:
    quell.json("org", "create", "acme")
    maps = [word for text in NAGIOS for word in ("--map", text)]
    made = quell.json("hook", "add", "nagios", *maps)
    assert made == {"name": "nagios", "map": list(NAGIOS), "url": "http://127.0.0.1:8080/hooks/nagios/PROJECT_ID/?key=KEY"}
    listed = quell.json("hook", "list")["hooks"]
    assert {"name": "nagios", "map": list(NAGIOS), "built_in": False} in listed
    assert {entry["name"] for entry in listed if entry["built_in"]} == {"uptime-kuma", "healthchecks", "gatus", "github", "datadog"}
    assert quell("hook", "add", "nagios", *maps).refusal == "quell: The hook nagios is there already."
    assert quell.json("hook", "remove", "nagios") == {"name": "nagios", "removed": True}
    assert quell("hook", "remove", "nagios").refusal == "quell: There is no hook nagios."
    assert quell("hook", "remove", "gatus").refusal == 'quell: "gatus" is built in and cannot be removed. Nothing was changed.'


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "nagios", "--map", "titel=a"), '"titel"'),
        (("add", "github", "--map", "title=a"), '"github"'),
        (("add", "json", "--map", "title=a"), '"json"'),
        (("add", "slack", "--map", "title=a"), '"slack"'),
        (("add", "Nagios!", "--map", "title=a"), "'Nagios!'"),
        (("add", "x" * 17, "--map", "title=a"), "x" * 17),
        (("add", "\x1b[2J", "--map", "title=a"), "is no name"),
        (("add", "nagios", "--map", "title=\x1b[2J"), "is no path"),
    ],
)
def test_what_cannot_be_added_is_refused_in_one_line(quell: Shell, words: tuple[str, ...], said: str) -> None:
    quell.json("org", "create", "acme")
    refusal = quell("hook", *words).refusal
    assert said in refusal
    assert "\x1b" not in refusal
    assert refusal.count("\n") == 0
    assert all(entry["built_in"] for entry in quell.json("hook", "list")["hooks"])


def test_an_organization_has_a_bounded_number_of_them(world: World) -> None:
    for number in range(MAX_HOOKS):
        world.core.hooks.add(world.organization_id, f"h{number}", ["title=a"])
    with pytest.raises(Invalid, match=f"at most {MAX_HOOKS} hooks"):
        world.core.hooks.add(world.organization_id, "more", ["title=a"])


# Used --------------------------------------------------------------------------------------------------------------------


def test_a_program_is_read_as_its_mapping_says(hooks: Hooks) -> None:
    assert hooks.post("nagios", BODY).status == 404
    hooks.world.core.hooks.add(hooks.world.organization_id, "nagios", NAGIOS)
    assert hooks.post("nagios", BODY).json == {"accepted": 1, "resolved": 0}
    assert (hooks.issue().title, hooks.issue().message, hooks.level().name) == ("db1: disk is CRITICAL", "2 % free", "FATAL")
    assert hooks.event().payload["tags"]["host"] == "db1"
    hooks.world.clock.pass_by(minutes=1)
    for state, answer in (("UNKNOWN", {"accepted": 0, "resolved": 0, "ignored": 1}), ("OK", {"accepted": 1, "resolved": 1})):
        assert hooks.post("nagios", BODY | {"service": BODY["service"] | {"state": state}}).json == answer
    assert hooks.state()[0] == "resolved"


def test_removed_or_added_it_counts_at_once(hooks: Hooks) -> None:
    hooks.world.core.hooks.add(hooks.world.organization_id, "nagios", NAGIOS)
    assert hooks.post("nagios", BODY).status == 200
    hooks.world.core.hooks.remove(hooks.world.organization_id, "nagios")
    assert hooks.post("nagios", BODY).status == 404


def test_hooks_of_other_organizations_are_not_there(hooks: Hooks, other_world: World) -> None:
    other_world.core.hooks.add(other_world.organization_id, "nagios", NAGIOS)
    assert hooks.post("nagios", BODY).status == 404
    hooks.world.core.hooks.add(hooks.world.organization_id, "nagios", ["title=host.name"])
    hooks.post("nagios", BODY)
    assert hooks.issue().title == "db1"
    with pytest.raises(AlreadyThere):
        hooks.world.core.hooks.add(hooks.world.organization_id, "nagios", ["title=a"])
    other_world.core.hooks.remove(other_world.organization_id, "nagios")
    with pytest.raises(UnknownName):
        other_world.core.hooks.remove(other_world.organization_id, "nagios")
    assert [view.name for view in hooks.world.core.hooks.of_organization(hooks.world.organization_id)] == ["nagios"]


def test_an_unknown_hook_is_named_and_a_strange_name_is_not_repeated(hooks: Hooks) -> None:
    assert hooks.post("nagois", BODY).json["detail"].startswith('There is no hook "nagois".')
    for name in ("x", "A_B", "%1b%5b2J", "a" * 100, "%0d%0aX: y", "é"):
        answer = hooks.post(name, BODY)
        assert (answer.status, answer.json["detail"][:34]) == (404, "There is no hook of this name. Add")
    assert hooks.post("nagois", BODY, "").status == 401


def test_a_list_is_taken_whole_or_not_at_all(hooks: Hooks) -> None:
    hooks.world.core.hooks.add(hooks.world.organization_id, "nagios", NAGIOS)
    purple = BODY | {"service": BODY["service"] | {"state": "purple"}}
    assert hooks.refused("nagios", [BODY, purple]).startswith('[1]: what stands where "status" is read means neither firing nor resolved')
    assert hooks.refused("nagios", [BODY, {"service": {"state": "warning"}}]) == '[1]: nothing stands where "title" is read.'
    assert hooks.refused("nagios", [BODY] * 1_001).startswith("The list must have at most 1,000 alerts.")
    assert hooks.issues() == []
    assert hooks.post("nagios", [BODY, BODY]).json["accepted"] == 2


def test_a_mapping_that_this_quell_cannot_read_is_said_to_be_so(hooks: Hooks) -> None:
    hooks.world.core.hooks.add(hooks.world.organization_id, "old", ["titel=a"])
    assert "quell hook remove old" in hooks.post("old", BODY).json["detail"]


def test_without_fingerprint_titles_that_differ_in_numbers_are_one_issue_of_that_hook(hooks: Hooks) -> None:
    hooks.world.core.hooks.add(hooks.world.organization_id, "shop", ["title=t"])
    hooks.post("shop", {"t": "Order 41 is lost"})
    hooks.post("shop", {"t": "Order 42 is lost"})
    hooks.report({"title": "Order 43 is lost"})
    assert [issue.times_seen for issue in hooks.issues()] == [2, 1]


def test_no_refusal_tells_what_was_sent() -> None:
    with pytest.raises(TriageError):
        parse_mapping(("title=a", "status=b:c"))
    assert json.dumps(WRONG)
