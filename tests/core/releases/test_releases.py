"""Releases: announced, filled with commits, deployed; and what they do to issues."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.accounts.directory import Newcomer
from core.activity_data import ResolvedInReleaseData
from core.bootstrap import Core, CoreSettings, open_core
from core.db.event_batches import ReleaseBatchStore
from core.db.models import CommitLink, IssueRelease, Resolution
from core.db.releases import is_version
from core.errors import Invalid, UnknownName
from core.issues.actions import Archive, InCommit, InNextRelease, Resolve, Unresolve
from core.releases.releases import Announced, AnnouncedRelease, NewDeploy, ReleaseView
from core.rules import versions
from core.rules.commit_messages import NewCommit, fixed_by
from core.types import Role, Source, Status, Substatus
from tests.support.core import NOON, World

SHA = "ed218003b6f7c9dbb485328c403654111fa9ebfe"
OTHER_SHA = "baa3367f5af7012d3be327e60bb5cc4e462127ae"
FIX = NewCommit(SHA, "acme/shop", "Fix the cellar (fixes SHOP-1)\n", "Grace", "GRACE@acme.example", NOON)


def announce(world: World, version: str, **said: object) -> ReleaseView:
    world.clock.pass_by(seconds=1)
    said = {"project_ids": (world.project.id,), **said}
    return world.core.releases.announce(world.organization_id, version, Announced(**said))[0]  # type: ignore[arg-type]


def note(world: World, version: str, at: datetime, issue_id: int = 1) -> versions.DatedVersion | None:
    with world.core.database.write() as work:
        arrivals = ReleaseBatchStore(work.session, work.events.lock_project(world.project.id), at)
        arrivals.make({version})
        arrivals.come(version)
        work.session.flush()
        arrivals.note([(issue_id, version)])
        known = arrivals.of(version)
        return known if known and known.added_at else None


def resolution(world: World, issue_id: int = 1) -> Resolution | None:
    with world.core.database.read() as work:
        return work.session.get(Resolution, issue_id)


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


# Commits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("fixes SHOP-1F", ["SHOP-1F"]),
        ("Fix ZeroDivisionError (Fixes shop-1)\n", ["SHOP-1"]),
        ("FIXED: SHOP-1, SHOP-2 and SHOP-3 & SHOP-4 SHOP-5", ["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5"]),
        ("close SHOP-1. closes #SHOP-2\n\nClosed SHOP-3", ["SHOP-1", "SHOP-2", "SHOP-3"]),
        ("resolve SHOP-1; resolves my-shop-2; resolved SHOP_3-4", ["SHOP-1", "MY-SHOP-2", "SHOP_3-4"]),
        ("fixes SHOP-1 and refactors SHOP-2", ["SHOP-1"]),
        ("fixes SHOP-1, fixes SHOP-1", ["SHOP-1"]),
        ("prefixes SHOP-1, fixing SHOP-2, see SHOP-3, fixes\nSHOP-4", []),
        ("fixes e-mail", []),
        ("fixes A-1" + " ," * 4000 + "!", ["A-1"]),
    ],
)
def test_a_message_names_the_issues_it_fixes(message: str, found: list[str]) -> None:
    assert fixed_by(message) == found


def test_a_commit_that_says_so_resolves_the_issue_in_its_release(world: World) -> None:
    world.event()
    grace = world.core.directory.create_user(world.organization_id, Newcomer("Grace", "grace@acme.example", None), Role.VIEWER)
    view = announce(world, "1.0", commits=(FIX,))
    assert view.last_commit is not None
    assert (view.commits, view.last_commit.sha, view.authors) == (1, SHA, (("Grace", "GRACE@acme.example"),))
    issue = world.issue()
    assert (issue.status, issue.assignee) == (Status.RESOLVED, None)
    activity = world.core.reads.activities(world.organization_id, "SHOP-1")[0]
    assert (activity.type.name, activity.source, activity.user, activity.tags["author"]) == ("SET_RESOLVED_IN_COMMIT", Source.API, None, "Grace")
    row = resolution(world)
    assert row is not None
    assert (row.kind, row.is_pending, row.version) == ("in_release", False, "1.0")
    with world.core.database.read() as work:
        assert work.session.query(CommitLink).count() == 1
        assert work.subscriptions.users_of(1) == {grace.id}


def test_an_archived_issue_is_resolved_too(world: World) -> None:
    world.event()
    world.do(Archive())
    announce(world, "1.0", commits=(FIX,))
    assert world.issue().status is Status.RESOLVED


def test_the_same_commits_again_change_nothing(world: World) -> None:
    world.event()
    announce(world, "1.0", commits=(FIX,))
    history = world.history()
    assert announce(world, "1.0", commits=(FIX,)).commits == 1
    assert world.history() == history


def test_an_issue_that_was_opened_again_is_not_resolved_by_the_commits_of_yesterday(world: World) -> None:
    world.event()
    older = replace(FIX, sha=OTHER_SHA)
    announce(world, "1.0", commits=(FIX, older))
    world.do(Unresolve())
    announce(world, "1.0", commits=(FIX, older))
    announce(world, "1.1", commits=(FIX, older))
    assert world.issue().status is Status.UNRESOLVED
    announce(world, "1.2", commits=(replace(FIX, sha="c" * 40), FIX, older))
    assert world.issue().status is Status.RESOLVED
    assert world.history().count("set_resolved_in_commit") == 2


def test_a_commit_stored_by_a_process_that_died_resolves_at_the_next_attempt(world: World) -> None:
    announce(world, "1.0", commits=(FIX,))
    world.event()
    announce(world, "1.0", commits=(FIX,))
    assert world.issue().status is Status.RESOLVED


def test_commits_fix_issues_of_several_projects_but_of_no_other_organization(world: World, other_world: World) -> None:
    backend = world.core.directory.create_project("backend", "acme", None)
    world.event()
    world.core.occurrences.record(backend.id, [world.occurrence("Bang")])
    other_world.event()
    announce(world, "1.0", project_ids=(), commits=(replace(FIX, message="fixes SHOP-1, BACKEND-1, SHOP-99 and NOWHERE-1"),))
    assert [world.issue(name).status for name in ("SHOP-1", "BACKEND-1")] == [Status.RESOLVED] * 2
    assert other_world.issue().status is Status.UNRESOLVED


def test_a_message_told_anew_without_the_fix_opens_the_issue(world: World) -> None:
    world.event()
    announce(world, "1.0", commits=(FIX,))
    announce(world, "1.0", commits=(replace(FIX, message="Fix the cellar"),))
    issue = world.issue()
    assert (issue.status, issue.substatus) == (Status.UNRESOLVED, Substatus.ONGOING)


def test_a_commit_that_is_released_at_last_resolves_in_that_release(world: World) -> None:
    world.event()
    announce(world, "0.9", commits=(FIX,))
    world.core.releases.delete(world.organization_id, "0.9")
    world.do(Unresolve())
    world.do(Resolve(InCommit("acme/shop", SHA)))
    assert resolution(world) is None
    announce(world, "1.0", commits=(replace(FIX, message=None),))
    row = resolution(world)
    assert row is not None
    assert (row.version, row.is_pending) == ("1.0", False)


def test_the_commits_told_are_all_that_a_release_has(world: World) -> None:
    older = NewCommit(OTHER_SHA, "acme/shop", "first")
    announce(world, "1.0", commits=(FIX, older))
    announce(world, "1.0", commits=(older,))
    assert [view.sha for view in world.core.releases.commits(world.organization_id, "1.0", 9, 0)] == [OTHER_SHA]
    announce(world, "1.0", commits=())
    assert world.core.releases.one(world.organization_id, "1.0").commits == 0


def test_a_head_is_added_before_the_commits_that_are_known(world: World) -> None:
    announce(world, "1.0", commits=(NewCommit(OTHER_SHA, "acme/shop", "first"),))
    for _ in range(2):
        announce(world, "1.0", heads=(NewCommit(SHA, "acme/shop"),))
    assert [view.sha for view in world.core.releases.commits(world.organization_id, "1.0", 9, 0)] == [SHA, OTHER_SHA]


def test_commits_make_their_repositories(world: World, other_world: World) -> None:
    announce(world, "1.0", commits=(FIX, NewCommit(OTHER_SHA, "acme/lib")))
    assert [view.name for view in world.core.releases.repositories(world.organization_id)] == ["acme/lib", "acme/shop"]
    assert world.core.releases.repositories(other_world.organization_id) == []


def test_thousands_of_commits_are_stored_at_once(world: World) -> None:
    world.event()
    commits = tuple(NewCommit(f"{number:040x}", "acme/shop", f"fixes SHOP-{number}, OTHER-{number}, SLUG{number}-1") for number in range(2500))
    assert announce(world, "1.0", commits=commits).commits == 2500
    assert world.issue().status is Status.RESOLVED


def test_the_previous_release_with_commits_is_of_the_same_project(world: World) -> None:
    backend = world.core.directory.create_project("backend", "acme", None)
    announce(world, "1.0", commits=(FIX,))
    announce(world, "b1", project_ids=(backend.id,), commits=(FIX,))
    announce(world, "1.1")
    announce(world, "1.2")
    announce(world, "1.3", commits=(FIX,))
    previous = world.core.releases.previous_with_commits(world.organization_id, "1.2")
    assert previous is not None
    assert previous.version == "1.0"
    assert world.core.releases.previous_with_commits(world.organization_id, "1.0") is None


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
