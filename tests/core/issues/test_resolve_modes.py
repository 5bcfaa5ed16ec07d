"""Resolving in releases and by commits, and which events bring such an issue back."""

from __future__ import annotations

import pytest

from core.activity_data import OngoingData, ResolvedInReleaseData
from core.errors import Invalid, SeveralProjects
from core.issues.actions import Archive, InCommit, InNextRelease, InRelease, Now, Resolve, Unresolve
from core.types import Status, Substatus
from core.views import ActivityView
from tests.support.core import World


def release(world: World, version: str) -> None:
    """A release of the shop, a minute after everything before it."""
    world.clock.pass_by(minutes=1)
    with world.core.database.write() as work:
        made, _ = work.releases.add(world.organization_id, version, world.clock())
        work.releases.link(made, [world.project.id], world.clock())
    world.clock.pass_by(minutes=1)


def newest_activity(world: World, name: str = "SHOP-1") -> ActivityView:
    return world.core.reads.activities(world.organization_id, name)[0]


def comes_back(world: World, version: str | None, title: str = "Boom") -> bool:
    world.clock.pass_by(minutes=1)
    return world.event(title, release=version).effect == "regressed"


def test_in_the_next_release_needs_a_release_that_there_is(world: World) -> None:
    world.event()
    with pytest.raises(Invalid) as refused:
        world.do(Resolve(InNextRelease()))
    assert refused.value.field == "next_release"
    world.do(Resolve(InNextRelease(needs_release=False)))
    assert (newest_activity(world).type.name, newest_activity(world).data) == ("SET_RESOLVED_IN_RELEASE", ResolvedInReleaseData(version=""))


def test_in_the_next_release_by_semver_means_later_than_the_greatest(world: World) -> None:
    for version in ("shop@1.0.0", "shop@1.2.0", "shop@1.1.9"):
        release(world, version)
    world.event(release="shop@1.1.9")
    world.do(Resolve(InNextRelease()))
    assert newest_activity(world).data == ResolvedInReleaseData(version="", current_version="shop@1.2.0")
    assert not comes_back(world, "shop@1.2.0")
    assert not comes_back(world, "shop@1.1.9")
    assert comes_back(world, "shop@1.2.1")


def test_in_the_next_release_by_date_waits_for_the_release_after_the_newest(world: World) -> None:
    release(world, "autumn")
    world.event(release="autumn")
    world.do(Resolve(InNextRelease()))
    assert not comes_back(world, "autumn")
    release(world, "winter")
    assert comes_back(world, "winter")


def test_in_the_next_release_by_date_is_the_one_after_the_newest_seen_where_it_is_out_already(world: World) -> None:
    for version in ("one", "two", "three"):
        release(world, version)
    world.event(release="one")
    world.do(Resolve(InNextRelease()))
    assert newest_activity(world).data == ResolvedInReleaseData(version="two", current_version="one")
    assert not comes_back(world, "one")
    assert not comes_back(world, None)
    assert comes_back(world, "two")


def test_a_release_after_the_next_one_brings_the_issue_back_too(world: World) -> None:
    for version in ("nought", "one", "two", "three"):
        release(world, version)
    world.event(release="one")
    world.do(Resolve(InNextRelease()))
    assert not comes_back(world, "nought")
    assert comes_back(world, "three")


def test_the_next_release_by_date_is_none_whose_version_is_older(world: World) -> None:
    for version in ("2.0.0", "1.9.5", "a86d127c", "b0041aa2", "c1152bb3"):
        release(world, version)
    world.event(release="2.0.0")
    world.do(Resolve(InNextRelease()))
    assert newest_activity(world).data == ResolvedInReleaseData(version="a86d127c", current_version="2.0.0")
    assert not comes_back(world, "1.9.5")
    assert comes_back(world, "a86d127c")


def test_a_hotfix_of_an_older_version_is_not_the_next_release_that_is_waited_for(world: World) -> None:
    for version in (*(f"{letter}86d127c" for letter in "abcdefgh"), "c1152bb3", "2.0.0"):
        release(world, version)
    with world.core.database.write() as work:
        newest = work.releases.locked(world.organization_id, "c1152bb3")
        assert newest
        newest.released_at = world.clock()
    world.event(release="2.0.0")
    world.do(Resolve(InNextRelease()))
    release(world, "1.9.5")
    assert not comes_back(world, "1.9.5")
    resolution = world.issue().resolution
    assert resolution
    assert (resolution.version, resolution.is_pending) == ("c1152bb3", True)
    release(world, "d2263cc4")
    assert comes_back(world, "d2263cc4")


def test_in_the_next_release_by_semver_waits_for_a_version_greater_than_the_greatest(world: World) -> None:
    for version in ("com.app@1.8+180", "com.app@1.9+190", "com.app@1.7"):
        release(world, version)
    world.event(release="com.app@1.8+180")
    world.do(Resolve(InNextRelease()))
    assert newest_activity(world).data == ResolvedInReleaseData(version="", current_version="com.app@1.9+190")
    assert not any(comes_back(world, version) for version in ("com.app@1.9+190", "com.app@1.8+181", "com.app@1.9+189", "com.app@1.7.9"))
    assert comes_back(world, "com.app@1.9+191")


def test_a_late_event_of_an_old_build_does_not_reopen_what_is_fixed_in_a_later_one(world: World) -> None:
    for version in ("com.app@1.9+190", "com.app@2+200"):
        release(world, version)
    world.event(release="com.app@1.9+190")
    world.do(Resolve(InRelease("com.app@1.9+190")))
    assert not comes_back(world, "com.app@1.8+180")
    assert not comes_back(world, "com.app@1.9+99")
    assert comes_back(world, "com.app@2+200")


def test_in_a_release_covers_what_is_older_and_not_that_release_itself(world: World) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        release(world, version)
    world.event(release="1.0.0")
    world.do(Resolve(InRelease("1.1.0")))
    assert not comes_back(world, "1.0.0")
    assert not comes_back(world, None)
    assert comes_back(world, "1.1.0")


def test_the_latest_release_is_the_newest_by_date(world: World) -> None:
    for version in ("1.2.0", "1.1.0"):
        release(world, version)
    world.event()
    world.do(Resolve(InRelease("latest")))
    assert newest_activity(world).data == ResolvedInReleaseData("1.1.0")


@pytest.mark.parametrize("mode", [InRelease("9.9.9"), InRelease("latest"), InCommit("shop", "abc")], ids=repr)
def test_what_does_not_exist_is_refused_under_its_field(world: World, mode: InRelease | InCommit) -> None:
    world.event()
    with pytest.raises(Invalid, match=r"no release|no repository"):
        world.do(Resolve(mode))
    assert world.history() == ["first_seen"]


def test_releases_need_issues_of_one_project(world: World) -> None:
    other = world.core.directory.create_project("cart", "acme", None)
    world.event()
    world.core.occurrences.record(other.id, [world.occurrence("Elsewhere")])
    with pytest.raises(SeveralProjects):
        world.do(Resolve(InNextRelease()), ids=("SHOP-1", "CART-1"))


def test_another_resolution_replaces_the_old_one_and_the_same_writes_nothing(world: World) -> None:
    for version in ("1.0.0", "1.1.0"):
        release(world, version)
    world.event()
    assert world.do(Resolve(Now())).changed
    assert world.do(Resolve(InRelease("1.1.0"))).changed
    assert not world.do(Resolve(InRelease("1.1.0"))).changed
    assert world.do(Resolve(InRelease("1.0.0"))).changed
    assert world.do(Resolve(Now())).changed
    assert not world.do(Resolve(Now())).changed
    assert comes_back(world, None)


@pytest.mark.parametrize("leave", [Unresolve(), Archive()], ids=repr)
def test_an_issue_that_is_open_or_archived_is_resolved_in_no_release(world: World, leave: Unresolve) -> None:
    release(world, "1.0.0")
    world.event()
    world.do(Resolve(InRelease("1.0.0")))
    world.do(leave)
    with world.core.database.read() as work:
        assert work.resolutions.of(work.issues.relock([1])) == {}


def test_a_deleted_release_does_not_bring_its_issues_back(world: World) -> None:
    for version in ("1.0.0", "1.1.0"):
        release(world, version)
    world.event(release="1.0.0")
    world.do(Resolve(InRelease("1.1.0")))
    with world.core.database.write() as work:
        gone, _ = work.releases.add(world.organization_id, "1.1.0", world.clock())
        work.releases.delete(gone)
    assert not comes_back(world, "1.0.0")


def test_unresolve_to_ongoing_changes_an_open_issue_and_is_the_persons(world: World) -> None:
    world.event()
    world.do(Unresolve(Substatus.ONGOING))
    activity = newest_activity(world)
    assert (activity.type.name, activity.data, activity.user and activity.user.name) == ("AUTO_SET_ONGOING", OngoingData(after_days=None), "Ada")
    assert world.issue().substatus is Substatus.ONGOING
    with pytest.raises(Invalid):
        world.do(Unresolve(Substatus.FOREVER))
    assert world.issue().status is Status.UNRESOLVED
