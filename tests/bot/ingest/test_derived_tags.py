"""Tags that are made of what SDKs tell of an event."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ingest.events import occurrence
from core.search import Searcher, parse
from core.search.keys import DERIVED
from tests.support.core import NOON, World

EVENT: dict[str, Any] = {
    "contexts": {
        "browser": {"name": "Chrome", "version": "120.0"},
        "os": {"name": "Android", "version": "14"},
        "runtime": {"name": "CPython"},
        "device": {"family": "Pixel", "model": "Pixel 8"},
    },
    "exception": {"values": [{"type": "A"}, {"type": "B", "mechanism": {"type": "django", "handled": False}}]},
    "request": {"url": "https://shop.example/cart?step=2#top"},
    "server_name": "web-1",
    "logger": "shop",
    "dist": "42",
}


def tags(**event: Any) -> dict[str, str]:
    return dict(occurrence(event, NOON).tags)


def test_what_an_sdk_tells_becomes_tags() -> None:
    made = tags(**EVENT)
    assert made == {
        "browser": "Chrome 120.0",
        "browser.name": "Chrome",
        "os": "Android 14",
        "os.name": "Android",
        "runtime": "CPython",
        "runtime.name": "CPython",
        "device": "Pixel 8",
        "mechanism": "django",
        "handled": "no",
        "url": "https://shop.example/cart",
        "server_name": "web-1",
        "logger": "shop",
        "dist": "42",
    }
    assert made.keys() == DERIVED


def test_what_the_event_calls_so_itself_counts() -> None:
    assert tags(server_name="web-1", tags={"server_name": "mine"}) == {"server_name": "mine"}


def test_long_names_stay_apart_and_short_ones_stay_as_they_are() -> None:
    long = ["x" * 32 + "one", "x" * 32 + "two", "x" * 32, "y" * 199 + "1" * 50, "y" * 199 + "2" * 50]
    made = tags(tags={name: f"value {number}" for number, name in enumerate(long)})
    assert (len(made), set(made.values())) == (5, {f"value {number}" for number in range(5)})
    assert all(len(name) <= 32 for name in made)
    assert made["x" * 32] == "value 2"


def test_an_issue_is_found_by_a_long_name(world: World) -> None:
    names = ["kubernetes.pod.labels.app.kubernetes.io.name", "kubernetes.pod.labels.app.kubernetes.io.part"]
    for name in names:
        world.core.occurrences.record(world.project.id, [occurrence({"message": name, "tags": {name: "shop"}}, NOON)])
    for number, name in enumerate(names, start=1):
        query, asker = parse(f"{name}:shop"), Searcher(world.organization_id, world.clock())
        assert world.core.reads.ids_of(world.organization_id, [f"SHOP-{number}"]) == world.core.reads.search_ids(query, asker, 10)


@pytest.mark.parametrize("odd", [None, 1, [], {}, "x", True, [[]], {"values": [1]}, {"values": []}, {"browser": [], "os": {"name": {}}, "device": 1}])
def test_odd_parts_make_no_tags(odd: object) -> None:
    assert tags(contexts=odd, exception=odd, request=odd) == {}
    assert occurrence({"contexts": {"os": {"name": "a" * 10_000}}}, NOON).all_tags["os"] == "a" * 199 + "…"
