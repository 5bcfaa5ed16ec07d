"""``quell watch``: which channel is told of what, and what it would have been told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.cli import Shell
from tests.support.core import World


def test_a_watch_is_made_changed_listed_and_removed(peopled: World, quell: Shell) -> None:
    every = ["--query", "level:error", "--on", "new", "--on", "escalation", "--every", "100", "--min-interval", "30"]
    told = {"query": "level:error", "on": ["new", "escalation"], "every": 100, "min_interval": 30}
    where = {"project": "shop", "platform": "slack", "channel": "C1"}
    assert quell.json("watch", "shop", "--slack", "C1") == where | {
        "query": "",
        "on": [*EVERY_REASON],
        "every": None,
        "min_interval": None,
        "new": True,
    }
    assert quell.json("watch", "shop", "--slack", "C1", *every) == where | told | {"new": False}
    assert quell.json("watches") == {"watches": [where | told | {"trouble": None}]}
    assert quell("watches").out == "shop → slack C1: level:error; on new, escalation; every 100 events; at most once in 30 min\n"
    assert [quell.json("unwatch", "shop", "--slack", "C1") for _ in range(2)] == [where | {"removed": True}, where | {"removed": False}]
    assert quell.json("watches") == {"watches": []}
    assert "Example: quell watch shop --slack C0123456789" in quell("watches").out


EVERY_REASON = ("new", "regression", "escalation")


def test_a_watch_can_be_on_numbers_alone(peopled: World, quell: Shell) -> None:
    assert quell.json("watch", "shop", "--teams", "19:x", "--on", "none", "--every", "50")["on"] == []
    assert quell("watches").out == "shop → msteams 19:x: all issues; every 50 events\n"


def test_watches_are_those_of_the_organization_named(peopled: World, other_world: World, quell: Shell) -> None:
    quell.json("watch", "umbrella/shop", "--slack", "C1")
    assert quell.json("watches") == {"watches": []}
    assert [one["channel"] for one in quell.json("watches", "--org", "umbrella")["watches"]] == ["C1"]


def test_a_dry_run_tells_of_the_last_week_and_makes_nothing(peopled: World, quell: Shell) -> None:
    peopled.clock.now = datetime.now(UTC) - timedelta(hours=30)
    peopled.event("Crash")
    at = f"{peopled.clock.now:%Y-%m-%d %H:%M}"
    for channel in ((), ("--slack", "C1")):
        out = quell("watch", "shop", *channel, "--query", "Crash", "--dry-run").out
        first, second = out.splitlines()
        assert first.endswith("this watch would have told something once.")
        assert second == f"{at}  SHOP-2  Crash  new"
    run = quell.json("watch", "shop", "--slack", "C1", "--query", "Crash", "--dry-run")
    assert (run["project"], run["channel"], run["query"], run["total"], run["is_estimate"]) == ("shop", "C1", "Crash", 1, False)
    assert run["told"] == [{"at": peopled.clock.now.isoformat(), "issue": "SHOP-2", "title": "Crash", "why": "new", "times": 1}]
    assert "told something 0 times." in quell("watch", "shop", "--query", "Nothing", "--dry-run").out
    assert quell.json("watches") == {"watches": []}


def test_a_long_dry_run_says_how_much_it_leaves_out(peopled: World, quell: Shell) -> None:
    peopled.clock.now = datetime.now(UTC) - timedelta(hours=30)
    peopled.core.occurrences.record(peopled.project.id, [peopled.occurrence("Crash") for _ in range(400)])
    out = quell("watch", "shop", "--query", "Crash", "--every", "20", "--dry-run").out
    assert "told something about 21 times." in out
    assert "every 20 events (20 times)" in out
    peopled.core.occurrences.record(peopled.project.id, [peopled.occurrence(f"Crash {number}") for number in range(60)])
    assert quell("watch", "shop", "--query", "Crash", "--dry-run").out.splitlines()[-1] == "… and 11 before that."
