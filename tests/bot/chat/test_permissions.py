"""Who may do what: members, viewers, admins, guests, and people of other organizations."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.chat.interactions import FormSubmitted, InteractionPayload, Lookup, Press, TypedCommand
from bot.chat.targets import OneIssue
from core.notify.watches import ChannelName
from core.types import Role, Status
from tests.support.chat import Scene, carded, refused, said
from tests.support.core import World
from tests.support.people import ADA, ADA_IN_TEAMS, BEN, GUEST, NOBODY, VIC


async def test_a_member_comes_in_at_their_first_deed_and_is_asked_for_only_once(scene: Scene) -> None:
    assert "Resolved by @Ben" in said(await scene.types("resolve SHOP-1", BEN))
    await scene.types("unresolve SHOP-1", BEN)
    assert scene.chat.asked == ["UBEN"]
    assert scene.world.core.directory.user_of_email("ben@acme.example").role is Role.MEMBER


async def test_an_e_mail_that_the_platform_vouches_for_joins_accounts(scene: Scene) -> None:
    await scene.types("assign SHOP-1 to me", ADA)
    assert "Nothing to do" in said(await scene.types("assign SHOP-1 to me", ADA_IN_TEAMS))
    assert "from Teams" in said(await scene.types("resolve SHOP-1", ADA_IN_TEAMS))


async def test_many_first_deeds_at_a_time_make_one_user(scene: Scene) -> None:
    replies = await asyncio.gather(*(scene.types("whoami", BEN) for _ in range(6)))
    assert {said(reply) for reply in replies} == {"You are @Ben (ben@acme.example), member, and your time zone is Asia/Tokyo."}
    assert len(scene.world.core.directory.assignees_like(scene.world.organization_id, "ben", 20)) == 1


async def test_a_guest_may_do_nothing_and_see_nothing(scene: Scene) -> None:
    sentence = "Guests, bots and people of other workspaces cannot use Quell here. Nothing was changed."
    pressed: list[InteractionPayload] = [
        Press("resolve", OneIssue(1, 1)),
        Press("archive", OneIssue(1, 1)),
        FormSubmitted("delete", OneIssue(1, 1)),
        FormSubmitted("archive", OneIssue(1, 1)),
    ]
    for deed in (*pressed, TypedCommand("resolve SHOP-1"), TypedCommand("list"), TypedCommand("show SHOP-1"), Lookup("assignee", 1, "")):
        assert refused(await scene.does(deed, GUEST)) == sentence
    assert scene.is_as_before()


async def test_somebody_whom_the_platform_does_not_know_is_refused_with_the_reason(scene: Scene) -> None:
    sentence = refused(await scene.types("resolve SHOP-1", NOBODY))
    assert "user_not_found" in sentence
    assert "Nothing was changed" in sentence
    scene.chat.is_away = True
    assert "no answer in 3 s" in refused(await scene.types("resolve SHOP-1", BEN))
    scene.chat.is_away = False
    assert "Resolved by @Ben" in said(await scene.types("resolve SHOP-1", BEN))


async def test_whoever_was_let_in_once_can_act_while_the_platform_is_away(scene: Scene) -> None:
    await scene.types("whoami", BEN)
    scene.chat.is_away = True
    assert "Resolved by @Ben" in said(await scene.types("resolve SHOP-1", BEN))


async def test_with_link_nobody_is_let_in_by_themselves(scene: Scene) -> None:
    scene.house = replace(scene.house, is_automatic=False)
    assert "Quell does not know you yet" in refused(await scene.types("resolve SHOP-1", BEN))
    assert scene.chat.asked == []
    assert scene.is_as_before()


async def test_a_viewer_may_look_but_not_touch(scene: Scene) -> None:
    scene.user("Vic", Role.VIEWER)
    assert "SHOP-1 Boom" in said(await scene.types("list", VIC))
    sentence = "This needs the role member; yours is viewer. Ask an admin of Quell. Nothing was changed."
    assert refused(await scene.types("resolve SHOP-1", VIC)) == sentence
    assert refused(await scene.presses("resolve", VIC)) == sentence
    assert refused(await scene.presses("archive", VIC)) == sentence
    assert refused(await scene.presses("assign", VIC, choice="user:1")) == sentence
    assert refused(await scene.submits("archive", VIC, how="forever")) == sentence
    assert scene.is_as_before()


async def test_the_role_is_looked_at_before_what_was_typed(scene: Scene) -> None:
    scene.user("Vic", Role.VIEWER)
    assert "needs the role member" in refused(await scene.submits("archive", VIC, how="events", amount="many"))
    assert "needs the role member" in refused(await scene.types("archive SHOP-1 until someday", VIC))


async def test_a_member_may_not_delete_or_restore(scene: Scene) -> None:
    for reply in (await scene.presses("delete", BEN), await scene.submits("delete", BEN), await scene.types("delete SHOP-1", BEN)):
        assert "This needs the role admin; yours is member." in refused(reply)
    assert scene.is_as_before()
    await scene.submits("delete", ADA)
    assert "needs the role admin" in refused(await scene.presses("restore", BEN))
    assert scene.world.issue().status is Status.PENDING_DELETION


async def test_quell_admins_makes_an_admin_of_whoever_has_that_e_mail(scene: Scene) -> None:
    scene.house = replace(scene.house, admins=frozenset({"ben@acme.example"}))
    assert "admin" in said(await scene.types("whoami", BEN))
    assert carded(await scene.submits("delete", BEN)).startswith("Deleted by @Ben")
    # It is the setting that says so: without it the role is gone.
    scene.house = replace(scene.house, admins=frozenset())
    assert "member" in said(await scene.types("whoami", BEN))


async def test_another_organizations_issue_does_not_exist(scene: Scene, other_world: World) -> None:
    theirs = other_world.event("Theirs").issue_id
    other_world.core.watches.set(other_world.project, ChannelName("slack", "CTHEIRS"))
    for reply in (
        await scene.does(Press("resolve", OneIssue(theirs, 1))),
        await scene.does(Press("archive", OneIssue(theirs, 1))),
        await scene.does(FormSubmitted("archive", OneIssue(theirs, 1), {"how": "forever"})),
        await scene.does(FormSubmitted("archive", OneIssue(theirs, 1), {"how": "events", "amount": "x"})),
        await scene.types(f"resolve {theirs}"),
        await scene.types(f"show {theirs}"),
        await scene.types(f"delete {theirs}"),
    ):
        assert refused(reply) == f"There is no issue {theirs} here."
    assert "Theirs" not in said(await scene.types("list"))
    assert other_world.issue(theirs).version == 1


async def test_a_press_on_another_organizations_issue_does_not_even_redraw_it(scene: Scene, other_world: World) -> None:
    messages = other_world.core.outbox
    other_world.core.watches.set(other_world.project, ChannelName("slack", "CTHEIRS"))
    theirs = other_world.event("Theirs").issue_id
    (claim,) = messages.claim()
    found = messages.next(claim)
    assert found
    messages.mark_shown(claim, found, "1.1", 1)
    messages.release(claim)
    refused(await scene.does(Press("resolve", OneIssue(theirs, 1))))
    assert messages.claim() == []


async def test_nobody_of_another_organization_can_be_assigned(scene: Scene, other_world: World) -> None:
    assert "Nobody here" in refused(await scene.types("assign SHOP-1 to ada@umbrella.example"))
    refused(await scene.presses("assign", choice=f"user:{other_world.ada.id}"))
    assert scene.is_as_before()
