"""What a press on a button comes to, with a real core on both databases: done, refused, or asked about first."""

from __future__ import annotations

import asyncio

from bot.chat.elements import Card, plain
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.targets import OneIssue
from core.issues.actions import Archive, Assign, Resolve, To
from core.types import ActivityType, Source, Status
from tests.support.chat import Scene, carded, formed, refused, said


async def test_a_press_does_it_and_answers_with_the_issue_as_it_is_now(scene: Scene) -> None:
    reply = await scene.presses("resolve")
    assert carded(reply) == "Resolved by @Ada, from Slack, 12:00 UTC"
    assert isinstance(reply, Card)
    assert reply.version == scene.world.issue().version == 2
    activity = scene.world.core.reads.activities(scene.world.organization_id, "SHOP-1")[0]
    assert (activity.type, activity.source) == (ActivityType.SET_RESOLVED, Source.SLACK)
    assert activity.user is not None
    assert activity.user.id == scene.world.ada.id


async def test_each_verb_has_its_inverse_one_press_away(scene: Scene) -> None:
    assert carded(await scene.presses("resolve")).startswith("Resolved")
    assert carded(await scene.presses("unresolve")).startswith("Unresolved, regressed, opened again by @Ada")
    assert carded(await scene.presses("review")).startswith("Unresolved, ongoing")
    assert carded(await scene.submits("archive", how="forever")) == "Archived forever by @Ada, from Slack"
    assert carded(await scene.presses("unarchive")).startswith("Unresolved")
    assert carded(await scene.submits("delete")) == "Deleted by @Ada, from Slack. It can be restored until 13:00 UTC"
    assert carded(await scene.presses("restore")).startswith("Unresolved")


async def test_a_choice_is_made_in_one_press(scene: Scene) -> None:
    ben = scene.user("Ben")
    reply = await scene.presses("assign", choice=f"user:{ben.id}")
    assert isinstance(reply, Card)
    assert plain(reply.people) == "Assigned to @Ben"
    reply = await scene.presses("assign", choice="nobody")
    assert isinstance(reply, Card)
    assert plain(reply.people) == "Not assigned"


async def test_a_forged_choice_is_refused(scene: Scene) -> None:
    for choice in ("user:999", "team:999", "user:x", "ada", "user:" + "9" * 5000, "user:-1", "\x00"):
        assert "Something went wrong" not in refused(await scene.presses("assign", choice=choice))
    assert scene.is_as_before()


async def test_a_verb_that_asks_opens_its_form_and_changes_nothing(scene: Scene) -> None:
    for verb in ("archive", "rearchive", "assign", "delete"):
        form = formed(await scene.presses(verb))
        assert form.targets == OneIssue(scene.world.issue().id, 1)
        assert len(form.title) <= 24
    assert scene.is_as_before()


async def test_asks_says_beforehand_which_verbs_open_a_form_at_a_press(scene: Scene) -> None:
    asking = {verb for verb in ("resolve", "archive", "rearchive", "assign", "review", "delete", "restore", "x") if scene.dispatch.asks(verb)}
    # Assign is a choice by itself where the platform has one.
    assert asking == {"archive", "rearchive", "delete"}


async def test_the_confirmation_of_a_deletion_says_what_it_concerns(scene: Scene) -> None:
    scene.world.event(person="ana")
    scene.world.event(person="ben")
    form = formed(await scene.presses("delete"))
    assert "3 events that hit 2 users" in plain(form.intro)
    assert form.is_dangerous
    assert form.fields == ()


async def test_a_verb_that_nobody_knows_is_refused(scene: Scene) -> None:
    for verb in ("", "explode", "__class__", "Resolve", "x" * 1000):
        assert "another version of Quell" in refused(await scene.presses(verb))
        assert "another version of Quell" in refused(await scene.submits(verb))
    assert scene.is_as_before()


async def test_a_press_on_an_issue_that_is_not_there_is_refused(scene: Scene) -> None:
    for issue_id in (0, 999, 2**62, 2**63 - 1):
        for deed in (
            Press("resolve", OneIssue(issue_id, 1)),
            Press("archive", OneIssue(issue_id, 1)),
            FormSubmitted("archive", OneIssue(issue_id, 1), {"how": "forever"}),
        ):
            assert refused(await scene.does(deed)) == f"There is no issue {issue_id} here."


async def test_the_same_deed_again_changes_nothing_and_is_answered_with_what_stands(scene: Scene) -> None:
    issue = scene.world.issue()
    for _ in range(3):
        reply = await scene.does(Press("resolve", OneIssue(issue.id, 1)), request_id="slack:once")
        assert carded(reply).startswith("Resolved by @Ada")
    assert scene.world.history() == ["first_seen", "set_resolved"]
    # Even when it was undone meanwhile: the first press has had its effect.
    await scene.presses("unresolve")
    reply = await scene.does(Press("resolve", OneIssue(issue.id, 1)), request_id="slack:once")
    assert carded(reply).startswith("Unresolved")


async def test_double_clicks_at_the_same_moment_act_once(scene: Scene) -> None:
    issue = scene.world.issue()
    replies = await asyncio.gather(*(scene.does(Press("resolve", OneIssue(issue.id, 1)), request_id="slack:once") for _ in range(8)))
    assert {carded(reply) for reply in replies} == {"Resolved by @Ada, from Slack, 12:00 UTC"}
    assert scene.world.history() == ["first_seen", "set_resolved"]


async def test_a_repeated_command_is_answered_as_the_first_time(scene: Scene) -> None:
    first = said(await scene.types("resolve SHOP-1", request_id="slack:once"))
    assert said(await scene.types("resolve SHOP-1", request_id="slack:once")) == first
    assert scene.world.history() == ["first_seen", "set_resolved"]


async def test_a_stale_press_is_refused_with_who_changed_what_and_when(scene: Scene) -> None:
    scene.world.do(Archive())
    sentence = "SHOP-1 was changed meanwhile: archived by Ada at 12:00 UTC. Nothing was changed; look again and decide."
    assert refused(await scene.presses("resolve", version=1)) == sentence
    assert refused(await scene.submits("archive", version=1, how="1h")) == sentence
    assert scene.world.issue().status is Status.ARCHIVED


async def test_a_change_that_does_not_concern_it_does_not_make_a_press_stale(scene: Scene) -> None:
    scene.world.do(Assign(To("user", scene.world.ada.id)))
    scene.world.event()
    assert carded(await scene.presses("resolve", version=1)).startswith("Resolved")


async def test_pressing_what_is_done_already_is_no_conflict(scene: Scene) -> None:
    scene.world.do(Resolve())
    assert carded(await scene.presses("resolve", version=1)).startswith("Resolved")


async def test_a_deleted_issue_wants_to_be_restored_first(scene: Scene) -> None:
    await scene.submits("delete")
    assert refused(await scene.types("resolve SHOP-1")) == "SHOP-1 is deleted; restore it first."
    scene.world.clock.pass_by(hours=2)
    scene.world.core.timers.begin_purges()
    assert refused(await scene.types("restore SHOP-1")) == "SHOP-1 has been deleted for good and cannot be restored."
