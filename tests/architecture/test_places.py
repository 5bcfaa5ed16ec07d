"""What is added in several places is added in all of them: each test names the places that a new one lacks (docs/architecture.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.cards.states import MACHINES, source_words
from bot.cli.watching import CHANNEL_OPTIONS
from bot.delivery.rate_limits import LIMITS
from bot.ingest.hooks.endpoint import HOOKS, Webhook
from bot.monitoring.rejections import CAUSES
from bot.platforms import PLATFORMS, PlatformEntry
from core.types import Cause, Source
from tests.support.core import NOON

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("entry", PLATFORMS, ids=lambda entry: entry.name)
def test_a_platform_is_known_wherever_platforms_differ(entry: PlatformEntry) -> None:
    places = {
        "Source": entry.name in set(Source),
        "LIMITS": entry.name in LIMITS,
        "CAUSES": entry.name in CAUSES,
        "CHANNEL_OPTIONS": entry.name in CHANNEL_OPTIONS,
        "the words of cards": bool(source_words(entry.name)),
    }
    assert [place for place, is_there in places.items() if not is_there] == []
    assert Cause(NOON, Source(entry.name)).is_asked_for


def test_no_template_has_names_of_platforms_of_its_own() -> None:
    templates = sorted((HOUSE / "bot").rglob("templates/*.html"))
    assert templates
    named = [(path.name, entry.name) for path in templates for entry in PLATFORMS if f'"{entry.name}"' in path.read_text()]
    assert named == []


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_source_of_alerts_is_known_wherever_sources_differ(hook: Webhook) -> None:
    assert hook.source in MACHINES
    assert not Cause(NOON, hook.source).is_asked_for
