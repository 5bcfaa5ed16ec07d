"""The history of merged issues: the primary tells it, and says of each entry which issue it happened to."""

from __future__ import annotations

import uuid

import pytest

from core.activity_data import CommentData
from core.errors import NotUndoable
from core.issues.actions import Assign, Comment, InRelease, Merge, Resolve, SetPriority, To, Undo, Unresolve
from core.issues.unmerge import UnmergeRequest
from core.types import Actor, Priority, Source
from tests.support.core import World

Told = tuple[str, str | None]


def told(world: World, name: str | int = "SHOP-1") -> list[Told]:
    """What the history says and of which merged issue, oldest first."""
    activities = world.core.reads.activities(world.organization_id, name)
    return [(activity.type.name.lower(), activity.merged_from) for activity in reversed(activities)]


def two_issues(world: World) -> None:
    world.event("one")
    world.clock.pass_by(minutes=1)
    world.event("two")
    world.clock.pass_by(minutes=1)


def test_a_primary_tells_the_whole_history_of_what_was_merged_into_it(world: World) -> None:
    two_issues(world)
    world.do(Assign(To("user", world.ada.id)), ids=("SHOP-2",))
    world.do(SetPriority(Priority.LOW))
    world.do(Comment("seen on the stairs"), ids=("SHOP-2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    world.do(Comment("one and the same"))
    assert told(world) == [
        ("first_seen", None),
        ("first_seen", "SHOP-2"),
        ("assigned", "SHOP-2"),
        ("set_priority", None),
        ("note", "SHOP-2"),
        ("merge", None),
        ("note", None),
    ]
    assert told(world, "SHOP-2") == told(world, 2) == told(world)
    assert world.issue().comments == 2


def test_a_history_that_is_merged_twice_keeps_the_issue_that_it_happened_to(world: World) -> None:
    two_issues(world)
    world.event("three")
    world.do(Comment("third"), ids=("SHOP-3",))
    world.do(Merge(), ids=("SHOP-2", "SHOP-3"))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert told(world) == [
        ("first_seen", None),
        ("first_seen", "SHOP-2"),
        ("first_seen", "SHOP-3"),
        ("note", "SHOP-3"),
        ("merge", "SHOP-2"),
        ("merge", None),
    ]


def test_an_unmerge_leaves_the_history_with_the_primary(world: World) -> None:
    two_issues(world)
    world.do(Comment("seen on the stairs"), ids=("SHOP-2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    before = told(world)
    moved = (uuid.uuid5(uuid.NAMESPACE_OID, "two").hex,)
    request = UnmergeRequest(world.organization_id, "SHOP-1", moved, Source.API, Actor(world.ada.id, world.ada.role))
    new = world.core.unmerge.apply(request)
    assert told(world) == [*before, ("unmerge_source", None)]
    assert told(world, new) == [("first_seen", None), ("unmerge_destination", None)]


def test_what_happened_to_a_merged_issue_decides_nothing_about_its_primary(world: World) -> None:
    two_issues(world)
    for action in (Resolve(), Unresolve(), Resolve(), Unresolve(), Resolve()):
        world.do(action, ids=("SHOP-2",))
    theirs = world.core.reads.activities(world.organization_id, "SHOP-2")[0]
    world.do(SetPriority(Priority.LOW))
    version = world.issue().version
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    issue = world.issue()
    assert issue.last_move
    assert (issue.status.name, issue.last_move.type.name, issue.version) == ("UNRESOLVED", "MERGE", version + 1)
    with pytest.raises(NotUndoable):
        world.do(Undo(theirs.id))
    assert world.core.reads.issue_of_activity(world.organization_id, theirs.id)[0] == issue.id
    world.do(Resolve(), expected_version=version + 1)
    assert world.issue().status.name == "RESOLVED"


def test_a_history_longer_than_is_asked_for_begins_with_the_newest_of_all(world: World) -> None:
    two_issues(world)
    for number in range(6):
        world.do(Comment(f"{number}"), ids=(f"SHOP-{number % 2 + 1}",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    newest = world.core.reads.activities(world.organization_id, "SHOP-1", 4)
    assert [view.data.text for view in newest if isinstance(view.data, CommentData)] == ["5", "4", "3"]


def test_a_merge_takes_no_resolution_along(world: World) -> None:
    two_issues(world)
    with world.core.database.write() as work:
        release, _ = work.releases.add(world.organization_id, "1.0.0", world.clock())
        work.releases.link(release, [world.project.id], world.clock())
    world.do(Resolve(InRelease("1.0.0")), ids=("SHOP-2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert (world.issue().status.name, world.issue().resolution) == ("UNRESOLVED", None)
    assert ("set_resolved_in_release", "SHOP-2") in told(world)
