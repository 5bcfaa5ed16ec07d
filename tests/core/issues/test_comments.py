"""Comments: said once, heard by those who subscribe, and no triage state."""

from __future__ import annotations

import pytest

from core.errors import Invalid, LeavingIssue
from core.issues.actions import Comment, Delete
from core.issues.actions.comment import MAX_COMMENT_CHARS
from tests.support.core import World


def test_a_comment_is_counted_and_told_but_changes_no_version(world: World) -> None:
    world.event()
    result = world.do(Comment("Again?"))
    issue = world.issue()
    assert (issue.comments, issue.version, result.changed) == (1, 1, ())
    assert world.history() == ["first_seen", "note"]
    details = world.core.reads.details([issue.id], world.ada.id)[issue.id]
    assert details.subscription is not None
    assert details.subscription.reason.name == "COMMENT"


def test_the_same_comment_again_is_another_comment(world: World) -> None:
    world.event()
    for _ in range(2):
        world.do(Comment("Again?"))
    assert world.issue().comments == 2


@pytest.mark.parametrize("text", ["", " \n", "a\0", "x" * (MAX_COMMENT_CHARS + 1)])
def test_a_comment_that_cannot_be_read_is_refused(world: World, text: str) -> None:
    world.event()
    with pytest.raises(Invalid):
        world.do(Comment(text))
    assert world.history() == ["first_seen"]


def test_a_deleted_issue_is_not_commented(world: World) -> None:
    world.event()
    world.do(Delete())
    with pytest.raises(LeavingIssue):
        world.do(Comment("too late"))
