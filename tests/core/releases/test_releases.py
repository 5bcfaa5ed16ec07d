"""Releases: announced, made by events, deployed; and what they do to issues."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from core.activity_data import ResolvedInReleaseData
from core.bootstrap import Core, CoreSettings, open_core
from core.db.event_batches import ReleaseBatchStore
from core.db.models import IssueRelease
from core.db.releases import is_version
from core.errors import Invalid, UnknownName
from core.issues.actions import InNextRelease, Resolve
from core.releases.releases import Announced, AnnouncedRelease, NewDeploy
from core.rules import versions
from tests.support.core import NOON, World
from tests.support.releases import FIX, announce, resolution


def note(world: World, version: str, at: datetime, issue_id: int = 1) -> versions.DatedVersion | None:
    with world.core.database.write() as work:
        arrivals = ReleaseBatchStore(work.session, work.events.lock_project(world.project.id), at)
        arrivals.add_missing({version})
        arrivals.resolve_pending(version)
        work.session.flush()
        arrivals.record_seen([(issue_id, version)])
        known = arrivals.of(version)
        return known if known and known.added_at else None


def listed(world: World, wanted: AnnouncedRelease | None = None) -> list[str]:
    return [view.version for view in world.core.releases.page(world.organization_id, wanted or AnnouncedRelease(), 100, 0)]


# Announcing ------------------------------------------------------------------------------------------------------------


def test_a_release_announced_twice_is_there_once(world: World) -> None:
    said = Announced(project_ids=(world.project.id,))
    first, how = world.core.releases.announce(world.organization_id, "shop@1.0", said)
    again, how_again = world.core.releases.announce(world.organization_id, "shop@1.0", said)
    assert (how, how_again) == ("new", "known")
    assert first == again
    assert [project.slug for project in first.projects] == ["shop"]


def test_a_release_new_to_a_project_is_answered_as_new(world: World) -> None:
    announce(world, "1.0")
    backend = world.core.directory.create_project("backend", "acme", None)
    view, how = world.core.releases.announce(world.organization_id, "1.0", Announced(project_ids=(backend.id,)))
    assert (how, [project.slug for project in view.projects]) == ("new", ["backend", "shop"])


def test_what_is_not_said_stays_as_it_is(world: World) -> None:
    announce(world, "1.0", ref="main", url="https://ci.example/1", released_at=NOON)
    view = world.core.releases.update(world.organization_id, "1.0", Announced(is_open=False))
    assert (view.ref, view.url, view.released_at, view.is_open) == ("main", "https://ci.example/1", NOON, False)
    assert (listed(world), listed(world, AnnouncedRelease(is_open=False)), listed(world, AnnouncedRelease(is_open=None))) == ([], ["1.0"], ["1.0"])


def test_the_date_of_release_orders_releases_else_the_date_they_were_added(world: World) -> None:
    for version in ("a1", "a2", "b3"):
        announce(world, version)
    assert listed(world) == ["b3", "a2", "a1"]
    world.core.releases.update(world.organization_id, "a1", Announced(released_at=NOON + timedelta(days=1)))
    assert listed(world) == ["a1", "b3", "a2"]
    assert listed(world, AnnouncedRelease(begins_with="A")) == ["a1", "a2"]
    assert listed(world, AnnouncedRelease(begins_with="%")) == []


def test_releases_of_other_organizations_do_not_exist(world: World, other_world: World) -> None:
    announce(world, "1.0")
    announce(other_world, "1.0", url="https://umbrella.example")
    assert world.core.releases.one(world.organization_id, "1.0").url is None
    world.core.releases.delete(world.organization_id, "1.0")
    assert listed(other_world) == ["1.0"]
    with pytest.raises(UnknownName, match=r"There is no release 1\.0\."):
        world.core.releases.one(world.organization_id, "1.0")


@pytest.mark.parametrize("version", ["", "latest", "Latest", ".", "..", "a/b", "a\\b", "a\nb", " a", "a\t", "a\0", "x" * 251])
def test_what_is_no_version_is_refused(world: World, version: str) -> None:
    with pytest.raises(Invalid):
        announce(world, version)
    world.event()
    assert note(world, version, NOON) is None
    assert listed(world) == []


@pytest.mark.parametrize("version", ["1.0", "shop@1.2.3+4", "släpp 7", "latest@1", "...", "x" * 250, "'; --"])
def test_everything_else_is_a_version(version: str) -> None:
    assert is_version(version)


def test_many_processes_announcing_the_same_make_one(world: World) -> None:
    said = Announced(project_ids=(world.project.id,), commits=(FIX,))
    results: list[str] = []

    def run() -> None:
        core = open_core(CoreSettings(world.core.settings.database_url), world.clock)
        results.append(core.releases.announce(world.organization_id, "1.0", said)[1])
        core.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["known", "known", "known", "new"]
    assert world.core.releases.one(world.organization_id, "1.0").commits == 1


# Events ----------------------------------------------------------------------------------------------------------------


def test_the_first_event_of_a_version_makes_the_release(world: World) -> None:
    world.event()
    assert note(world, "1.0", NOON) == versions.DatedVersion("1.0", NOON)
    assert note(world, "1.0", NOON + timedelta(hours=1)) == versions.DatedVersion("1.0", NOON)
    assert note(world, "1.0", NOON - timedelta(hours=1)) == versions.DatedVersion("1.0", NOON)
    view = world.core.releases.one(world.organization_id, "1.0")
    assert (view.first_event_at, view.last_event_at, view.new_issues) == (NOON - timedelta(hours=1), NOON + timedelta(hours=1), 1)
    assert [project.slug for project in view.projects] == ["shop"]


def test_an_issue_is_new_in_the_first_release_it_was_seen_in(world: World) -> None:
    for title in ("a", "b"):
        world.event(title)
    note(world, "1.0", NOON, 1)
    note(world, "2.0", NOON + timedelta(hours=1), 1)
    note(world, "2.0", NOON + timedelta(hours=1), 2)
    assert [view.new_issues for view in world.core.releases.page(world.organization_id, AnnouncedRelease(), 9, 0)] == [1, 1]


def test_an_event_brings_a_deleted_release_back_and_the_issue_remembers_it(world: World) -> None:
    world.event()
    note(world, "1.0", NOON)
    world.core.releases.delete(world.organization_id, "1.0")
    with world.core.database.read() as work:
        assert work.session.get(IssueRelease, (1, "1.0")) is not None
    note(world, "1.0", NOON + timedelta(hours=1))
    view = world.core.releases.one(world.organization_id, "1.0")
    assert (view.first_event_at, view.added_at) == (NOON, NOON + timedelta(hours=1))


def test_events_and_announcements_of_the_same_versions_do_not_block_each_other(world: World) -> None:
    wrong: list[BaseException] = []

    def run(work: Callable[[Core, int], object]) -> None:
        core = open_core(CoreSettings(world.core.settings.database_url), world.clock)
        try:
            for number in range(12):
                work(core, number)
        except Exception as error:  # noqa: BLE001  whatever it is, the test fails
            wrong.append(error)
        core.close()

    def tell(core: Core, number: int) -> None:
        core.releases.announce(world.organization_id, f"1.{number}", Announced(project_ids=(world.project.id,), commits=(FIX,)))

    def crash(core: Core, number: int) -> None:
        core.occurrences.record(world.project.id, [world.occurrence("Boom", release=f"1.{number}")])

    threads = [threading.Thread(target=run, args=(work,)) for work in (tell, crash, tell, crash)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(listed(world)) == 12


# The next release ------------------------------------------------------------------------------------------------------


def resolved_in_next_release(world: World, first: str = "cherry") -> None:
    announce(world, first)
    world.event()
    world.clock.pass_by(seconds=1)
    world.do(Resolve(InNextRelease()))


@pytest.mark.parametrize("how", ["announced", "seen"])
def test_the_next_release_ends_the_wait_for_it(world: World, how: str) -> None:
    resolved_in_next_release(world)
    world.event("another")
    world.clock.pass_by(seconds=1)
    before = world.issue().version
    if how == "announced":
        announce(world, "damson")
    else:
        note(world, "damson", world.clock(), 2)
    row = resolution(world)
    assert row is not None
    assert (row.kind, row.is_pending, row.version) == ("in_release", False, "damson")
    # The log is only ever added to: the activity says what was asked for, the resolution what came of it.
    assert world.core.reads.activities(world.organization_id, "SHOP-1")[0].data == ResolvedInReleaseData(version="")
    assert world.issue().version == before


@pytest.mark.parametrize("case", ["old", "other project", "archived", "older version", "without project"])
def test_no_other_release_ends_the_wait(world: World, case: str) -> None:
    resolved_in_next_release(world, "shop@2026.10" if case != "older version" else "2.0.0-alpha")
    if case == "old":
        note(world, "damson", NOON - timedelta(days=1))
    elif case == "other project":
        announce(world, "damson", project_ids=(world.core.directory.create_project("backend", "acme", None).id,))
    elif case == "archived":
        announce(world, "damson", is_open=False)
    elif case == "older version":
        announce(world, "1.9.9")
    else:
        announce(world, "damson", project_ids=())
    row = resolution(world)
    assert row is not None
    assert row.version != "damson"
    assert row.version != "1.9.9"


def test_a_deleted_release_leaves_its_version_in_resolutions(world: World) -> None:
    resolved_in_next_release(world)
    announce(world, "damson")
    world.core.releases.delete(world.organization_id, "damson")
    row = resolution(world)
    assert row is not None
    assert row.version == "damson"


# Deploys ---------------------------------------------------------------------------------------------------------------


def test_a_deploy_told_twice_happened_once(world: World) -> None:
    announce(world, "1.0")
    deploy = NewDeploy("production", finished_at=NOON)
    told = [world.core.releases.deploy(world.organization_id, "1.0", deploy) for _ in range(2)]
    assert [how for _, how in told] == ["new", "known"]
    world.clock.pass_by(hours=1)
    world.core.releases.deploy(world.organization_id, "1.0", NewDeploy("staging"))
    assert [view.environment for view in world.core.releases.deploys(world.organization_id, "1.0", 9, 0)] == ["staging", "production"]
    view = world.core.releases.one(world.organization_id, "1.0")
    assert view.last_deploy is not None
    assert (view.deploys, view.last_deploy.environment) == (2, "staging")


def test_a_deploy_of_an_unknown_release_is_refused(world: World) -> None:
    with pytest.raises(UnknownName):
        world.core.releases.deploy(world.organization_id, "1.0", NewDeploy("production"))
