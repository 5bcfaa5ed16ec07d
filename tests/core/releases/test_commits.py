"""Commits of releases: stored once, and what their messages say of issues they fix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.accounts.directory import Newcomer
from core.db.models import CommitLink
from core.issues.actions import Archive, InCommit, Resolve, Unresolve
from core.rules.commit_messages import NewCommit, fixed_by
from core.types import Role, Source, Status, Substatus
from tests.support.core import World
from tests.support.releases import FIX, SHA, announce, resolution

OTHER_SHA = "baa3367f5af7012d3be327e60bb5cc4e462127ae"


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
