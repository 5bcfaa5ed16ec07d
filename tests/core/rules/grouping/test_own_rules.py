"""Grouping rules of a project's own: what a text of rules says, and what they make of an event."""

from __future__ import annotations

import copy

import pytest

from core.errors import Invalid
from core.rules.grouping.fingerprints import fingerprints
from core.rules.grouping.own_globs import compiled_glob
from core.rules.grouping.own_rules import parse
from core.rules.grouping.own_syntax import MAX_MATCHERS, MAX_RULES, MAX_TEXT_CHARS
from core.types import JSON


def frame(function: str, *, in_app: bool = True, **more: object) -> JSON:
    return {"function": function, "module": f"shop.{function}", "in_app": in_app, **more}


def crash(*stack: JSON, kind: str = "Timeout", value: str = "no answer in 30 s", **more: object) -> JSON:
    return {"exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": list(stack)}}]}, **more}


def marks(rules: str, event: JSON) -> str:
    """The functions that are grouped by, the oldest first; those of the program's own code in capitals."""
    (exception,) = parse(rules).applied(event)["exception"]["values"]
    return " ".join(one["function"].upper() if one["in_app"] else one["function"] for one in exception["stacktrace"]["frames"])


STACK = crash(frame("main"), frame("serve", in_app=False), frame("pay"), frame("send", in_app=False))


@pytest.mark.parametrize(
    ("rules", "grouped"),
    [
        ("", "MAIN serve PAY send"),
        ("# stack.function:main -app", "MAIN serve PAY send"),
        ("stack.function:main -app", "main serve PAY send"),
        ("function:s* +app", "MAIN SERVE PAY SEND"),
        ("stack.module:shop.p?y -app # ours is the caller", "MAIN serve pay send"),
        ("!stack.function:pay -app", "main serve PAY send"),
        ("stack.function:pay ^-app", "main serve PAY send"),
        ("stack.function:serve v+app", "MAIN serve PAY SEND"),
        ("app:no -group", "MAIN PAY"),
        ("app:yes -app\napp:no +app", "MAIN SERVE PAY SEND"),
        ("stack.function:pay v-group", "MAIN serve PAY"),
        ("app:no -group\nstack.function:send +group", "MAIN PAY send"),
        ("stack.function:* -app v+app", "main serve pay send"),
        ("stack.function:* max-frames=1", "PAY"),
        ("stack.function:* -app max-frames=2", "pay send"),
        ("stack.function:* min-frames=3", ""),
        ("stack.function:* min-frames=2", "MAIN serve PAY send"),
        ("error.type:Timeout stack.function:main -app", "main serve PAY send"),
        ("error.type:Other stack.function:main -app", "MAIN serve PAY send"),
        ('error.value:"NO ANSWER in *" function:main -app', "main serve PAY send"),
        ("family:native function:main -app", "MAIN serve PAY send"),
        ("family:native,other function:main -app", "main serve PAY send"),
    ],
)
def test_rules_for_frames_say_which_count(rules: str, grouped: str) -> None:
    assert marks(rules, STACK) == grouped


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("**/vendor/**", "/srv/vendor/a/b.py", True),
        ("**/vendor/**", "vendor/a.py", True),
        ("**/vendor/*", "/srv/vendor/a/b.py", False),
        ("/srv/*/b.py", "/srv/a/b.py", True),
        ("/srv/*/b.py", "/srv/a/c/b.py", False),
        (r"**\node_modules\**", r"C:\app\node_modules\x.js", True),
        ("**/a*b", "/ab/axb", True),
        ("**/a*b/c", "/axb/d/ayb/c", True),
        ("**.min.js", "https://cdn.example.com/app.min.js", True),
    ],
)
def test_two_stars_in_a_path_stand_for_directories_too(glob: str, path: str, matches: bool) -> None:  # noqa: FBT001  a parameter of the test
    event = crash(frame("run", abs_path=path))
    assert (marks(f"stack.abs_path:{glob} -app", event) == "run") is matches


@pytest.mark.parametrize(
    ("rule", "event", "fingerprint"),
    [
        ("error.type:Timeout -> timeout", STACK, ["timeout"]),
        ("type:Time* value:*30* -> a, b", STACK, ["a", "b"]),
        ("error.type:Timeout -> timeout, {{ default }}", STACK, ["timeout", "{{ default }}"]),
        ("error.type:Timeout -> {{ error.type }} {{stack.function}}", STACK, ["Timeout", "pay"]),
        ("tags.region:eu* -> {{ tags.region }}, {{ tags.none }}", {"tags": [["region", "eu-1"]]}, ["eu-1", "<no-value-for-tag-none>"]),
        ('message:"can\'t reach *" -> "no \\"shop\\", sorry"', {"message": "Can't reach db1"}, ['no "shop", sorry']),
        ("message:*reach* -> {{ message }}", {"logentry": {"formatted": "reach 4711"}}, ["reach <*>"]),
        ("logger:db.* level:WARNING release:shop@1.* -> db", {"logger": "db.pool", "level": "warning", "release": "shop@1.2"}, ["db"]),
        ("sdk:python -> sdk", {"sdk": {"name": "sentry.python"}}, ["sdk"]),
        ("stack.function:pay app:yes -> pay", STACK, ["pay"]),
        ("stack.function:pay app:no -> pay", STACK, None),
        ("error.type:Other -> other\nerror.type:Timeout -> first\nerror.type:* -> second", STACK, ["first"]),
        ("stack.function:pay -app\nstack.function:pay app:no -> pay", STACK, ["pay"]),
        ("!tags.region:eu -> elsewhere", {}, ["elsewhere"]),
    ],
)
def test_the_first_rule_for_fingerprints_that_matches_decides(rule: str, event: JSON, fingerprint: list[str] | None) -> None:
    assert parse(rule).applied(event).get("fingerprint") == fingerprint


def test_a_rule_wins_over_the_fingerprint_of_the_sdk_and_gives_a_title() -> None:
    applied = parse('error.type:Timeout -> timeout title="{{ error.type }} of {{ tags.shop }}"').applied_with_title(
        STACK | {"fingerprint": ["sdk"], "tags": {"shop": "one"}}
    )
    assert (applied.event["fingerprint"], applied.title) == (["timeout"], "Timeout of one")


def test_the_event_itself_stays_as_it_is() -> None:
    before = copy.deepcopy(STACK)
    parse("stack.function:* -app -group\nerror.type:* -> x").applied(STACK)
    assert before == STACK
    assert parse("").applied(STACK) is STACK


def test_frames_that_do_not_count_do_not_tell_issues_apart() -> None:
    rules = parse("stack.function:retry* -group")
    one, other = (crash(frame("main"), frame(name)) for name in ("retry1", "retry_twice"))
    assert fingerprints(one) != fingerprints(other)
    assert fingerprints(rules.applied(one)) == fingerprints(rules.applied(other))


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("\n# fine\nstack.functon:main -app", 3, "stack.functon"),
        ("category:telemetry -app", 1, "category"),
        ("stack.function:main", 1, "stack.function:main"),
        ("stack.function:main app", 1, "app"),
        ("stack.function:main +prefix", 1, "+prefix"),
        ("stack.function:main category=ui", 1, "category=ui"),
        ("[ stack.function:a ] | stack.function:b -app", 1, "["),
        ("stack.function:main max-frames=0", 1, "max-frames=0"),
        ("-app", 1, "-app"),
        ("-> x", 1, "->"),
        ("error.type:X ->", 1, "->"),
        ("error.type:X -app -> x", 1, "->"),
        ("error.type: -> x", 1, "error.type:"),
        ('error.type:"X -> x', 1, 'error.type:"X -> x'),
        ('error.type:X -> "x', 1, '"x'),
        ("error.type:X -> {{ nothing }}", 1, "nothing"),
        ('error.type:X -> x level="error"', 1, "level="),
        ("app:perhaps -app", 1, "app:perhaps"),
        ("family:cobol -app", 1, "family:cobol"),
        ("tags.:x -> y", 1, "tags."),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line_and_word(text: str, line: int, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert str(refused.value).startswith(f"Line {line}: “{word}” ")


@pytest.mark.parametrize(
    "text",
    [
        "#" * (MAX_TEXT_CHARS + 1),
        "type:X -> y\n" * (MAX_RULES + 1),
        f"{'type:X ' * 100}-app\n" * (MAX_MATCHERS // 100 + 1),
        f"type:{'x' * 1_000} -app",
    ],
)
def test_the_number_and_length_of_rules_are_bounded(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


def test_a_glob_is_matched_without_trying_anything_twice() -> None:
    assert not compiled_glob("*a" * 100 + "b").match("a" * 512)
    assert not compiled_glob("*a" * 100 + "b", is_path=True).match("a" * 512)
    assert not compiled_glob("**/*a" * 50 + "b", is_path=True).match("/a" * 256)
    assert compiled_glob("*a" * 100).match("a" * 512)


@pytest.mark.parametrize("glob", ["(a+)+$", "[ab]", "a.c", "a|b", "\\d"])
def test_other_characters_stand_for_themselves(glob: str) -> None:
    assert compiled_glob(glob).match(glob)
    assert not compiled_glob(glob).match("a" if glob != "\\d" else "5")


EVERY_KEY = """
function:x -> y
module:x -> y
path:x -> y
package:x -> y
app:yes type:x -> y
family:native -> y
value:x message:x logger:x level:x release:x sdk:x tags.x:x -> y
"""


@pytest.mark.parametrize("odd", [None, 1, "x", [], [None], [[]], {}, {"values": None}, {"values": [1, {"stacktrace": 1}]}, {"frames": "x"}])
def test_anything_odd_in_an_event_is_passed_over(odd: object) -> None:
    names = ("exception", "stacktrace", "threads", "logentry", "message", "tags", "sdk", "platform", "logger", "level", "release", "fingerprint")
    rules = parse(f"{EVERY_KEY}\nfunction:* -app -group max-frames=1\n!tags.none:z -> {{{{ type }}}} {{{{ function }}}} {{{{ tags.x }}}}")
    for name in names:
        assert rules.applied({name: odd})["fingerprint"]
    stack = {"stacktrace": {"frames": [{"function": odd, "abs_path": odd, "in_app": odd}]}}
    assert rules.applied({"exception": [stack, odd], **stack})["fingerprint"]


@pytest.mark.parametrize(("matchers", "tested"), [(1, 500), (40, 500), (100, 200), (MAX_MATCHERS, 50)])
def test_the_more_matchers_of_frames_there_are_the_fewer_frames_are_tested(matchers: int, tested: int) -> None:
    others = "".join(f"function:none{number} function:nor{number} -app\n" for number in range(matchers // 2 - 1))
    rules = parse(f"{others}function:pay {'app:yes ' if matchers > 1 else ''}-group")
    stack = [frame("pay") for _ in range(tested + 5)]
    (exception,) = rules.applied(crash(*stack))["exception"]["values"]
    assert len(exception["stacktrace"]["frames"]) == 5


def test_a_value_that_is_no_text_is_matched_as_its_json() -> None:
    rules = parse('error.value:*card_declined* -> declined\nmessage:*expired* -> "{{ error.type }}"')
    for code, fingerprint in (("card_declined", "declined"), ("expired", "Timeout")):
        event = crash()
        event["exception"]["values"][0]["value"] = {"code": code}
        assert rules.applied(event)["fingerprint"] == [fingerprint]
