"""Stories of releases and of issues that are merged and part again: the engine and the reference model do the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.rules import versions
from tests.model.comparison import Twins
from tests.model.house import House
from tests.model.values import Until

pytestmark = pytest.mark.slow


def the_next_release_fails(twins: Twins) -> None:
    for version in ("one", "two", "three"):
        twins.events(("a" if version == "one" else "b", "ann", 0), release=version)
    twins.pass_by(seconds=1)
    twins.do("resolve_in", "next")
    twins.pass_by(seconds=1)
    effects = [twins.events(("a", "ann", 0), release=version)[0] for version in ("one", "two")]
    assert effects == ["seen", "regressed"]


def an_old_build_reports_late(twins: Twins) -> None:
    for version in ("app@1.9+190", "app@2+200"):
        twins.events(("a", "ann", 0), release=version)
    twins.do("resolve_in", "app@1.9+190")
    twins.pass_by(seconds=1)
    effects = [twins.events(("a", "ann", 0), release=version)[0] for version in ("app@1.8+180", "app@1.9+99", "app@2+200")]
    assert effects == ["seen", "seen", "regressed"]


def merged_issues_part_again_while_archived(twins: Twins) -> None:
    twins.events(("a", "ann", 60), ("b", "bob", 0))
    twins.do("merge", None, 1, 2)
    twins.pass_by(seconds=1)
    twins.do("archive", Until(events=3, users=3))
    twins.pass_by(seconds=1)
    twins.events(("a", "cem", 0), ("b", "dan", 0))
    twins.unmerge(1, "b")
    twins.pass_by(seconds=1)
    assert [twins.events((title, "ann", 0))[0] for title in "abab"] == ["seen", "seen", "unarchived", "unarchived"]


STORIES = (the_next_release_fails, an_old_build_reports_late, merged_issues_part_again_while_archived)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_story_of_releases_and_merges_goes_as_the_model_says(twins: Twins, story: Callable[[Twins], None]) -> None:
    story(twins)


def test_the_events_of_merged_issues_are_no_further_events_of_an_archived_one(twins: Twins) -> None:
    twins.events(("a", "ann", 60), ("b", "bob", 0), ("b", "cem", 0))
    twins.do("archive", Until(events=3, users=9))
    twins.do("merge", None, 1, 2)
    assert twins.events(("a", "ann", 0), ("b", "bob", 0), ("b", "dan", 0)) == ["seen", "seen", "unarchived"]


def test_the_names_of_merged_issues_go_with_their_primary(twins: Twins) -> None:
    twins.events(("a", "ann", 60), ("b", "bob", 0))
    twins.do("merge", None, 1, 2)
    twins.do("delete", None, "SHOP-2")
    twins.pass_by(hours=1)
    twins.run("begin_purges")
    twins.draw_copies()
    twins.run("purge")
    assert [twins.do("resolve", None, name) for name in (1, 2, "shop-1", "shop-2", "shop-3")] == ["TooLate"] * 4 + ["UnknownIssue"]


def leaves_snoozes_as_they_were(planted: pytest.MonkeyPatch, house: House) -> None:
    planted.setattr("core.issues.unmerge._correct_snoozes", lambda *_: None)


def wants_three_numbers(planted: pytest.MonkeyPatch, house: House) -> None:
    parse = versions.parse
    for place in ("core.rules.versions.parse", "core.db.release_order.parse"):
        planted.setattr(place, lambda version: parse(version) if version.count(".") > 1 else None)


def swallows_regressions(planted: pytest.MonkeyPatch, house: House) -> None:
    is_up_to = versions._is_up_to
    planted.setattr(versions, "_is_up_to", lambda last, event, resolved_at: is_up_to(last, event, resolved_at or house.clock.now))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("plant", "story"),
    [
        (swallows_regressions, the_next_release_fails),
        (wants_three_numbers, an_old_build_reports_late),
        (leaves_snoozes_as_they_were, merged_issues_part_again_while_archived),
    ],
    ids=lambda value: value.__name__,
)
def test_a_fault_planted_in_a_story_is_found(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch, House], None],
    story: Callable[[Twins], None],
) -> None:
    plant(monkeypatch, house)
    with pytest.raises(AssertionError, match=r"should be|should have had the effects"):
        story(Twins(house))
