"""One request, one transaction: what each action does, what it leaves alone, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.accounts.directory import Newcomer
from core.errors import Conflict, Invalid, LeavingIssue, NotDeleted, TooLate, TriageError, UnknownIssue
from core.issues.actions import Action, Archive, Assign, Delete, MarkReviewed, Resolve, Restore, To, Unassign, Unresolve
from core.issues.actions.outcomes import InboxChange, InboxOutcome, ResolveOutcome
from core.issues.requests import UpdateRequest
from core.rules.snooze import Condition
from core.types import ByIds, ByQuery, Origin, Role, Selection, Source, Status, Substatus
from tests.support.core import NOON, World
from tests.support.db.databases import counted


def test_a_new_issue_is_open_and_waits_for_review(world: World) -> None:
    world.event()
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.version) == (Status.UNRESOLVED, Substatus.NEW, 1)
    assert issue.inbox is not None
    assert issue.short_id == "SHOP-1"


def test_resolve_closes_the_issue_and_takes_it_out_of_the_inbox(world: World) -> None:
    world.event()
    result = world.do(Resolve())
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.inbox, issue.version) == (Status.RESOLVED, None, None, 2)
    assert result.changed == (issue.id,)
    assert result.outcomes == (ResolveOutcome(), InboxOutcome(InboxChange.CLEARED))


def test_every_activity_says_who_did_it_from_where(world: World) -> None:
    world.event()
    request = UpdateRequest(
        world.organization_id,
        ByIds(("SHOP-1",)),
        (Resolve(),),
        Source.MSTEAMS,
        None,
        Origin("tenant", "channel", "message"),
        tags={"integration": "msteams"},
    )
    world.core.engine.apply(request)
    activity = world.core.reads.activities(world.organization_id, "SHOP-1")[0]
    assert (activity.source, activity.user, activity.tags) == ("msteams", None, {"integration": "msteams"})


@pytest.mark.parametrize(
    "action",
    [Resolve(), Archive(), Archive(Condition(events=3)), Archive(Condition(until_at=NOON + timedelta(hours=1))), MarkReviewed(), Delete()],
    ids=lambda action: repr(action)[:40],
)
def test_the_same_again_writes_nothing(world: World, action: Resolve) -> None:
    world.event()
    world.do(action)
    before, history = world.issue("1"), world.history("1")
    if isinstance(action, Delete):
        with pytest.raises(LeavingIssue):
            world.do(action)
    else:
        assert world.do(action).changed == ()
    assert world.issue("1") == before
    assert world.history("1") == history


@pytest.mark.parametrize("action", [Unresolve(), Unassign()], ids=repr)
def test_what_holds_already_is_a_success_that_writes_nothing(world: World, action: Unresolve) -> None:
    world.event()
    assert world.do(action).changed == ()
    assert world.history() == ["first_seen"]


def test_archive_with_another_condition_replaces_the_old_one(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=5)))
    world.do(Archive(Condition(users=2)))
    snooze = world.issue().snooze
    assert snooze is not None
    assert (snooze.events, snooze.users) == (None, 2)
    world.do(Archive())
    issue = world.issue()
    assert (issue.snooze, issue.substatus) == (None, Substatus.FOREVER)
    assert world.history() == ["first_seen", "set_ignored", "set_ignored", "set_ignored"]


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (Condition(events=0), "events"),
        (Condition(users=-1), "users"),
        (Condition(until_at=NOON), "until"),
        (Condition(until_at=NOON - timedelta(days=1)), "until"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_by_its_field(world: World, condition: Condition, field: str) -> None:
    world.event()
    with pytest.raises(Invalid) as refused:
        world.do(Resolve(), Archive(condition))
    assert refused.value.field == field
    assert world.history() == ["first_seen"]


@pytest.mark.parametrize("leave", [Resolve(), Unresolve(), Archive()], ids=repr)
def test_leaving_the_archive_by_any_way_deletes_the_snooze(world: World, leave: Resolve) -> None:
    world.event()
    world.do(Archive(Condition(until_at=NOON + timedelta(hours=1))))
    world.do(leave)
    assert world.issue().snooze is None
    world.clock.pass_by(hours=2)
    assert world.core.timers.lift_snoozes() == 0


def test_unresolve_tells_what_the_issue_is_from_where_it_was(world: World) -> None:
    world.event()
    world.do(Archive())
    world.do(Unresolve())
    assert world.issue().substatus is Substatus.NEW
    world.do(Resolve())
    world.do(Unresolve())
    assert world.issue().substatus is Substatus.REGRESSED
    world.do(Archive())
    world.clock.pass_by(days=8)
    world.do(Unresolve())
    assert world.issue().substatus is Substatus.ONGOING


@pytest.mark.parametrize("selection", [ByIds((1, 2, 3)), ByQuery("!is:unresolved")], ids=["by ids", "by a query"])
def test_what_several_opened_issues_are_is_decided_for_each(world: World, selection: Selection) -> None:
    world.event("an old one")
    world.clock.now += timedelta(days=7)
    for title in ("a resolved one", "a young one", "an open one"):
        world.event(title)
    world.do(Resolve(), ids=(2,))
    world.do(Archive(), ids=(1, 3))
    request = UpdateRequest(world.organization_id, selection, (Unresolve(),), Source.API)
    assert world.core.engine.apply(request).changed == (1, 2, 3)
    assert [world.issue(name).substatus for name in (1, 2, 3, 4)] == [Substatus.ONGOING, Substatus.REGRESSED, Substatus.NEW, Substatus.NEW]


def test_assign_replaces_the_assignee_and_says_so_once(world: World) -> None:
    world.event()
    team = world.core.directory.create_team("checkout", world.organization_id, [world.project.id])
    world.do(Assign(To("user", world.ada.id)))
    assert world.do(Assign(To("user", world.ada.id))).changed == ()
    world.do(Assign(To("team", team.id)))
    assignee = world.issue().assignee
    assert assignee is not None
    assert (assignee.kind, assignee.name) == ("team", "checkout")
    world.do(Unassign())
    assert world.issue().assignee is None
    assert world.history() == ["first_seen", "assigned", "assigned", "unassigned"]


def test_nobody_of_another_organization_can_be_assigned(world: World, other_world: World) -> None:
    world.event()
    for to in (To("user", other_world.ada.id), To("team", 999), To("user", 999)):
        with pytest.raises(Invalid):
            world.do(Assign(to))
    assert world.issue().assignee is None


def test_mark_reviewed_makes_a_new_issue_ongoing(world: World) -> None:
    world.event()
    world.do(MarkReviewed())
    issue = world.issue()
    assert (issue.inbox, issue.substatus) == (None, Substatus.ONGOING)
    assert world.history() == ["first_seen", "mark_reviewed", "auto_set_ongoing"]


def test_a_deleted_issue_leaves_the_lists_and_a_new_event_opens_another(world: World) -> None:
    world.event()
    world.do(Delete())
    assert world.issue().purge_at == NOON + timedelta(hours=1)
    assert world.event().issue_id == world.issue("SHOP-2").id
    with pytest.raises(LeavingIssue):
        world.do(Resolve())


def test_restore_brings_it_back_as_it_was_with_the_fingerprints_that_are_free(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=3)))
    world.do(Delete())
    world.do(Restore())
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.purge_at) == (Status.ARCHIVED, Substatus.UNTIL_CONDITION_MET, None)
    assert issue.snooze is not None
    assert world.event().issue_id == issue.id


def test_restore_leaves_a_fingerprint_with_the_newer_issue_that_has_it(world: World) -> None:
    world.event()
    world.do(Delete())
    newer = world.event().issue_id
    world.do(Restore())
    assert world.event().issue_id == newer


def test_only_what_is_deleted_can_be_restored_and_only_until_the_purge(world: World) -> None:
    world.event()
    with pytest.raises(NotDeleted):
        world.do(Restore())
    world.do(Delete())
    world.clock.pass_by(hours=1)
    world.core.timers.begin_purges()
    with pytest.raises(TooLate):
        world.do(Restore())


def test_one_bad_id_among_several_changes_nothing_and_is_named(world: World, other_world: World) -> None:
    world.event()
    other_world.event()
    for bad in ("SHOP-9", "nonsense", other_world.issue().id, 10**15):
        with pytest.raises(UnknownIssue, match=str(bad)):
            world.do(Resolve(), ids=("shop-1", bad))
    assert world.history() == ["first_seen"]


def test_ids_that_match_nothing_are_left_out_where_nobody_is_strict(world: World) -> None:
    world.event()
    request = UpdateRequest(world.organization_id, ByIds(("shop-1", 77, "SHOP-ZZ")), (Resolve(),), Source.API)
    assert world.core.engine.apply(request).matched == (world.issue().id,)


def test_a_stale_request_is_refused_with_who_changed_what(world: World) -> None:
    world.event()
    world.do(Archive(), expected_version=1)
    with pytest.raises(Conflict, match=r"SHOP-1 was changed meanwhile: archived by Ada at 12:00 UTC") as refused:
        world.do(Resolve(), expected_version=1)
    assert (refused.value.facet, refused.value.version) == ("status", 2)
    assert world.issue().status is Status.ARCHIVED


def test_a_change_of_another_facet_does_not_get_in_the_way(world: World) -> None:
    world.event()
    world.do(Assign(To("user", world.ada.id)), expected_version=1)
    world.do(Resolve(), expected_version=1)
    assert world.issue().status is Status.RESOLVED


def test_a_stale_request_that_would_change_nothing_is_no_conflict(world: World) -> None:
    world.event()
    world.do(Resolve(), expected_version=1)
    assert world.do(Resolve(), expected_version=1).changed == ()


def test_the_same_request_again_is_answered_as_the_first_time(world: World) -> None:
    world.event()
    first = world.do(Resolve(), request_id="slack:1")
    world.do(Unresolve())
    again = world.do(Resolve(), request_id="slack:1")
    assert again.is_repeat
    assert (again.matched, again.changed, again.outcomes) == (first.matched, first.changed, first.outcomes)
    assert world.issue().status is Status.UNRESOLVED


def test_a_refused_request_is_not_remembered(world: World) -> None:
    with pytest.raises(UnknownIssue):
        world.do(Resolve(), request_id="slack:1")
    world.event()
    assert world.do(Resolve(), request_id="slack:1").changed


def test_a_request_is_applied_whole_or_not_at_all(world: World) -> None:
    world.event()
    with pytest.raises(TriageError):
        world.do(Resolve(), Assign(To("user", 999)))
    assert world.issue().status is Status.UNRESOLVED
    assert world.history() == ["first_seen"]


def test_versions_count_changes_and_events_that_only_count_do_not(world: World) -> None:
    world.event()
    world.event()
    assert world.issue().version == 1
    world.do(Resolve(), Assign(To("user", world.ada.id)))
    assert world.issue().version == 2
    versions = [activity.version for activity in world.core.reads.activities(world.organization_id, "SHOP-1")]
    assert versions == [2, 2, 1]


def test_nobody_sees_or_changes_the_issues_of_another_organization(world: World, other_world: World) -> None:
    world.event()
    theirs = world.issue().id
    with pytest.raises(UnknownIssue):
        other_world.issue(theirs)
    with pytest.raises(UnknownIssue):
        other_world.do(Resolve(), ids=(theirs,))
    request = UpdateRequest(other_world.organization_id, ByIds((theirs, "SHOP-1")), (Resolve(),), Source.API)
    assert world.core.engine.apply(request).matched == ()


def test_everything_works_without_an_acting_user(world: World) -> None:
    world.event()
    for action in (Archive(Condition(events=1)), Resolve(), Unresolve(), MarkReviewed(), Assign(To("user", world.ada.id)), Unassign(), Delete()):
        world.core.engine.apply(UpdateRequest(world.organization_id, ByIds(("SHOP-1",)), (action,), Source.API))
    assert world.issue().purge_at is not None


def test_whoever_is_assigned_is_told_until_somebody_else_is(world: World) -> None:
    world.event()
    ben = world.core.directory.create_user(world.organization_id, Newcomer("Ben", "ben@acme.example", None), Role.MEMBER)
    world.do(Assign(To("user", ben.id)))
    world.do(Assign(To("user", world.ada.id)))
    with world.core.database.read() as work:
        assert work.subscriptions.users_of(world.issue().id) == {world.ada.id}


@pytest.mark.parametrize(
    "action",
    [Assign(To("user", 1)), Archive(Condition(events=3)), Archive(), MarkReviewed(), Resolve(), Delete()],
    ids=lambda action: repr(action)[:30],
)
def test_the_number_of_statements_does_not_grow_with_the_issues(world: World, action: Action) -> None:
    world.core.occurrences.record(world.project.id, [world.occurrence(f"issue {number}") for number in range(44)])
    with counted(world.core) as few:
        world.do(action, ids=(1, 2))
    with counted(world.core) as many:
        world.do(action, ids=tuple(range(3, 43)))
    assert len(many) == len(few)
