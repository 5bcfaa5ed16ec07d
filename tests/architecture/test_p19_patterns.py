"""Foreign text costs time in proportion to its length, whichever of the product's regular expressions reads it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.architecture.patterns import Recipe, hidden_expressions, hostile_texts, product_patterns
from tests.support.growth import AT_MOST, NOTICED, Endless, growth, once

_FIRST_LOOK = 4_000
"""Characters. What is quadratic shows itself here already; only then is it worth to look closer."""
_SUSPICIOUS = 0.001
"""Seconds for a first look."""
_LENGTHS = (8_000, 32_000)


def growth_on(pattern: re.Pattern[Any], recipe: Recipe) -> float:
    """How the time grows when such a text becomes twice as long; 0 where it takes no time worth speaking of."""

    is_of_text = isinstance(pattern.pattern, str)
    nothing = "" if is_of_text else b""

    def text(length: int) -> Any:
        return recipe.text(length) if is_of_text else recipe.text(length).encode()

    def work(text: Any) -> object:
        return pattern.sub(nothing, text)

    try:
        if once(work, text(_FIRST_LOOK)) < _SUSPICIOUS:
            return 0.0
        telling = next((length for length in _LENGTHS if once(work, text(length)) > NOTICED), None)
        return growth(work, text(telling // 2), text(telling)) if telling else 0.0
    except Endless:
        return float("inf")


def too_much_for(pattern: re.Pattern[Any]) -> Recipe | None:
    """The first text whose cost grows faster than its length."""
    return next((recipe for recipe in hostile_texts(pattern) if growth_on(pattern, recipe) > AT_MOST), None)


AREAS = ("core", "bot.ingest", "bot.slack", "bot.msteams", "bot")
"""The parts of the product that have any."""


@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_every_regular_expression_of_the_product_takes_time_in_proportion_to_a_hostile_text(area: str) -> None:
    patterns = {place: pattern for place, pattern in product_patterns().items() if area_of(place) == area}
    assert patterns
    assert {place: recipe for place, pattern in patterns.items() if (recipe := too_much_for(pattern))} == {}


def area_of(place: str) -> str:
    """The part of the product that is tested together."""
    top, folder, *_ = place.split(".")
    return f"{top}.{folder}" if folder in {"ingest", "slack", "msteams"} else top


def test_every_regular_expression_is_found() -> None:
    found = product_patterns()
    assert {area_of(place) for place in found} == set(AREAS)
    assert {
        "core.rules.grouping.version1._CHANGING",
        "core.rules.commit_messages._SHORT_IDS",
        "bot.msteams.text._LIST",
        "bot.ingest.json_text._STRING",
    } <= found.keys()
    assert any(place.startswith("bot.security.scrub._RULES.") for place in found), "those in containers are found too"


def test_every_regular_expression_stands_where_that_test_finds_it() -> None:
    assert hidden_expressions() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (r"\beyJ[\w-]{6,}\.[\w-]{4,}", 0),
        (r"(?<=[-.])(?=[\w-]*[0-9A-Z])[\w-]{8,10}(?=\.(?:m?js|css)$)", 0),
        (r"(?<=[$@])[0-9a-f]*[0-9][0-9a-f]*\b", 0),
        (r"[A-Za-z0-9_][A-Za-z0-9_-]*-[A-Za-z0-9]+", 0),
        (r"^(\s*)(?:([-+])|(\d+)\.)", re.MULTILINE),
        (r"</?at\b[^>]*>", re.IGNORECASE),
        (r"(?:a+)+b", 0),
        (r'"(?:[^"\\]|\\.)*"', 0),
    ],
)
def test_an_expression_that_is_not_linear_would_be_noticed(pattern: str, flags: int) -> None:
    assert too_much_for(re.compile(pattern, flags))
