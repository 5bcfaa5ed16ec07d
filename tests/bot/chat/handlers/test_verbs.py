"""The further verbs: releases, priority, comments, what people keep for themselves, merging, discarding, and taking back."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.elements import Button, Card, LookupField, Menu, Notice, Option, plain
from bot.chat.interactions import FormSubmitted, Interaction, Place, Press
from bot.chat.targets import OneIssue, SeveralIssues
from core.activity_data import CommentData
from core.issues.actions import Resolve
from core.releases.views import Announced
from core.rules.commit_messages import NewCommit
from core.types import Priority, Role, Status
from core.views import IssueDetails
from tests.support.chat import Scene, carded, formed, pressed, refused, said
from tests.support.core import World
from tests.support.people import ADA, BEN, VIC

SHA = "1f3a9c2" + "0" * 33


def kept(scene: Scene, user: str = "ada@acme.example") -> IssueDetails:
    core, issue = scene.world.core, scene.world.issue()
    return core.reads.details([issue.id], core.directory.user_of_email(user).id)[issue.id]


def released(scene: Scene, *versions: str, commit: str = "") -> None:
    """These releases come out one after the other, the last one with that commit."""
    said_of = Announced(project_ids=(scene.world.project.id,))
    for version in versions:
        scene.world.clock.pass_by(minutes=1)
        scene.world.core.releases.announce(scene.world.organization_id, version, said_of)
    if commit:
        commits = Announced(project_ids=(scene.world.project.id,), commits=(NewCommit(commit, "acme/shop"),))
        scene.world.core.releases.update(scene.world.organization_id, versions[-1], commits)


def about(notice: Notice) -> OneIssue:
    assert notice.issue is not None
    return notice.issue


# Releases -------------------------------------------------------------------------------------------------------------


async def test_resolve_is_a_menu_once_the_project_has_a_release(scene: Scene) -> None:
    reply = await scene.presses("review")
    assert isinstance(reply, Card)
    assert Button("resolve", "Resolve", style="primary") in reply.controls
    released(scene, "1.0")
    reply = await scene.presses("review")
    assert isinstance(reply, Card)
    assert [control.label for control in reply.controls if isinstance(control, Menu)] == ["Resolve…", "More…"]


async def test_an_issue_is_resolved_in_each_way_by_press_form_and_words(scene: Scene) -> None:
    released(scene, "1.0", "1.1", commit=SHA)
    for reply, sentence in (
        (await scene.presses("resolve_next"), "Resolved in the next release after 1.1 by @Ada"),
        (await scene.presses("resolve_current"), "Resolved in release 1.1 by @Ada"),
        (await scene.sends("resolve_in", {"release": "1.0"}), "Resolved in release 1.0 by @Ada"),
        (await scene.submits("resolve_commit", commit=SHA, repository="acme/shop"), "Resolved by a commit in 1.1 by @Ada"),
        (await scene.presses("resolve"), "Resolved by @Ada"),
        (await scene.submits("resolve_commit", commit="1f3a9c2", repository=""), "Resolved by a commit in 1.1 by @Ada"),
    ):
        assert carded(reply).startswith(sentence)
    for words, sentence in (
        ("in next release", "Resolved in the next release after 1.1 by @Ada"),
        ("in the current release", "Resolved in release 1.1 by @Ada"),
        ("in 1.0", "Resolved in release 1.0 by @Ada"),
        ("by 1f3a9c2", "Resolved by a commit in 1.1 by @Ada"),
        (f"by {SHA} in acme/shop", "Nothing to do: Resolved by a commit in 1.1 by @Ada"),
    ):
        assert sentence in said(await scene.types(f"resolve SHOP-1 {words}"))


async def test_what_is_wrong_with_a_version_or_commit_stands_in_the_form(scene: Scene) -> None:
    released(scene, "1.0")
    form = formed(await scene.sends("resolve_in", {"release": "9.9"}))
    assert form.errors == {"release": "This project has no release '9.9'."}
    assert form.fields == (LookupField("release", "Fixed in", "release", Option("9.9", "9.9")),)
    assert formed(await scene.submits("resolve_in")).errors == {"release": "Choose a version."}
    form = formed(await scene.submits("resolve_commit", commit="abcdefg", repository="acme/shop"))
    assert form.errors == {"repository": "There is no repository 'acme/shop'."}
    assert [getattr(field, "initial", "") for field in form.fields] == ["abcdefg", "acme/shop"]
    assert formed(await scene.submits("resolve_commit", commit="abcdefg")).errors == {"commit": "No repository here has the commit 'abcdefg'."}
    assert scene.world.issue().status is Status.UNRESOLVED


async def test_a_shortened_commit_that_could_be_two_is_refused(scene: Scene) -> None:
    released(scene, "1.0", commit=SHA)
    released(scene, "1.1", commit="1f3a9c2" + "1" * 33)
    form = formed(await scene.submits("resolve_commit", commit="1f3a9c2"))
    assert form.errors == {"commit": "'1f3a9c2' could be several commits. Give more of it, or its repository."}


# Priority and comments ------------------------------------------------------------------------------------------------


async def test_a_priority_is_one_press_away_and_the_one_it_has_is_not_offered(scene: Scene) -> None:
    reply = await scene.presses("priority", choice="low")
    assert isinstance(reply, Card)
    (more,) = (control for control in reply.controls if isinstance(control, Menu))
    assert [button.label for button in more.buttons if button.verb == "priority"] == ["Priority: High", "Priority: Medium"]
    assert scene.world.issue().priority is Priority.LOW
    await scene.types("priority SHOP-1 high")
    assert scene.world.issue().priority is Priority.HIGH
    assert refused(await scene.presses("priority", choice="urgent")) == "A priority is high, medium or low."
    assert refused(await scene.presses("priority")) == "A priority is high, medium or low."


async def test_a_comment_is_kept_word_for_word(scene: Scene) -> None:
    form = formed(await scene.presses("comment"))
    assert formed(await scene.submits("comment", text="  ")).errors == {"text": "A comment needs a text."}
    assert formed(await scene.submits("comment", text="x" * 10_001)).errors["text"].startswith("A comment has at most 10,000")
    assert form.title == "Comment SHOP-1"
    assert "Your comment is there." in said(await scene.submits("comment", text="The cache was cold.\n\nAgain."))
    assert "Your comment is there." in said(await scene.types("comment shop-1 ask @UBEN, he knows", people={"UBEN": BEN}))
    texts = [one.data.text for one in scene.world.core.reads.activities(scene.world.organization_id, "SHOP-1") if isinstance(one.data, CommentData)]
    assert texts == ["ask @ben, he knows", "The cache was cold.\n\nAgain."]


# What people keep for themselves --------------------------------------------------------------------------------------


async def test_subscribe_and_bookmark_act_for_whoever_presses_and_say_how_to_take_it_back(scene: Scene) -> None:
    scene.user("Ben")
    reply = await scene.presses("subscribe", BEN)
    assert said(reply) == "SHOP-1 Boom: You will be told of what happens to it. To take it back, type: unsubscribe SHOP-1"
    assert "You are told of what happens to it already. To take it back" in said(await scene.presses("subscribe", BEN))
    assert isinstance(reply, Notice)
    assert (reply.issue and reply.issue.issue_id, [button.verb for button in reply.buttons]) == (scene.world.issue().id, ["unsubscribe"])
    await scene.types("bookmark SHOP-1", BEN)
    assert "among your bookmarks already" in said(await scene.types("bookmark SHOP-1", BEN))
    assert kept(scene, "ben@acme.example").is_bookmarked
    assert not kept(scene).is_bookmarked
    assert "It is no bookmark of yours any more." in said(await scene.presses("unbookmark", BEN))
    assert "You will be told of it no more." in said(await scene.types("unsubscribe SHOP-1", BEN))
    assert "You were not told of it anyway." in said(await scene.types("unsubscribe SHOP-1", BEN))
    subscription = kept(scene, "ben@acme.example").subscription
    assert subscription is not None
    assert not subscription.is_active
    assert scene.is_as_before()


async def test_share_answers_with_the_link_and_says_if_it_was_there(scene: Scene) -> None:
    first = said(await scene.presses("share"))
    link = f"https://quell.example.com/issues/{scene.world.issue().id}/?share={kept(scene).share_id}"
    assert first == f"SHOP-1 Boom: Anybody with this link can see it: {link}"
    assert said(await scene.types("share SHOP-1")) == f"SHOP-1 Boom: Anybody with this link can see it already: {link}"


async def test_several_at_once_get_a_line_each(scene: Scene) -> None:
    scene.world.event("Bang")
    lines = said(await scene.types("subscribe SHOP-1 SHOP-2")).splitlines()
    assert [line.split(":")[0] for line in lines[1:3]] == ["SHOP-1 Boom", "SHOP-2 Bang"]
    assert refused(await scene.types("bookmark SHOP-1 SHOP-9")) == "There is no issue SHOP-9 here."
    assert not kept(scene).is_bookmarked


# Merge, discard and delete --------------------------------------------------------------------------------------------


async def test_an_issue_goes_into_the_one_that_was_chosen_and_its_card_leads_there(scene: Scene) -> None:
    scene.world.clock.pass_by(minutes=1)
    younger = scene.world.event("Bang", person="ana").issue_id
    form = formed(await scene.presses("merge"))
    assert "SHOP-1 with 1 event that hit 0 users goes into the issue that you choose" in plain(form.intro)
    assert isinstance(form.fields[0], LookupField)
    reply = await scene.submits("merge", target=str(younger))
    assert carded(reply).startswith("Merged into SHOP-2 by @Ada")
    assert isinstance(reply, Card)
    assert reply.controls == ()
    assert scene.world.issue("SHOP-1").id == younger
    assert scene.world.issue("SHOP-2").times_seen == 2


async def test_merge_by_words_asks_first_and_puts_the_others_into_the_first(scene: Scene) -> None:
    for title in ("Bang", "Crash"):
        scene.world.clock.pass_by(minutes=1)
        scene.world.event(title, person="ana")
    form = formed(await scene.types("merge SHOP-3 SHOP-1 SHOP-2"))
    assert "SHOP-1, SHOP-2 with 2 events that hit 1 user goes into SHOP-3" in plain(form.intro)
    assert isinstance(form.targets, SeveralIssues)
    sent = FormSubmitted("merge", form.targets)
    assert scene.dispatch.faults(Interaction(ADA, Place("CALERTS"), sent, "slack:1")) == {}
    assert said(await scene.does(sent)).startswith("merge: 3 changed")
    assert {scene.world.issue(name).id for name in ("SHOP-1", "SHOP-2", "SHOP-3")} == {form.targets.ids[0]}


async def test_a_wrong_target_is_said_beside_its_field(scene: Scene, other_world: World) -> None:
    theirs = other_world.event("Theirs").issue_id
    for target, sentence in (("", "Choose the issue that it goes into."), ("x", "Choose the issue that it goes into.")):
        assert formed(await scene.submits("merge", target=target)).errors == {"target": sentence}
    assert refused(await scene.submits("merge", target=str(theirs))) == f"There is no issue {theirs} here."
    assert scene.is_as_before()


async def test_discard_says_how_much_it_concerns_and_restore_takes_it_back(scene: Scene) -> None:
    for person in ("ana", "ben", "cy"):
        scene.world.event(person=person)
    form = formed(await scene.presses("discard"))
    assert "This discards SHOP-1 with 4 events that hit 3 users." in plain(form.intro)
    assert form.is_dangerous
    assert carded(await scene.submits("discard")).startswith("Discarded by @Ada, from Slack. It can be restored until 13:00 UTC")
    assert scene.world.event().effect == "discarded"
    assert carded(await scene.presses("restore")).startswith("Unresolved, new, restored by @Ada")


async def test_several_are_deleted_with_one_question_about_all(scene: Scene) -> None:
    scene.world.event("Bang", person="ana")
    form = formed(await scene.types("delete SHOP-1 SHOP-2"))
    assert "This deletes SHOP-1, SHOP-2 with 2 events that hit 1 user." in plain(form.intro)
    assert form.targets == SeveralIssues((scene.world.issue("SHOP-1").id, scene.world.issue("SHOP-2").id))
    assert said(await scene.does(FormSubmitted("delete", form.targets))).startswith("delete: 2 changed")
    assert scene.world.issue("SHOP-2").status is Status.PENDING_DELETION


async def test_one_question_is_about_a_hundred_issues_at_most(scene: Scene) -> None:
    words = " ".join(["SHOP-1"] * 101)
    assert refused(await scene.types(f"delete {words}")).startswith("101 issues are too many for one question; name at most 100.")


async def test_a_member_may_neither_merge_nor_discard(scene: Scene) -> None:
    scene.world.event("Bang")
    for verb in ("merge", "discard", "delete"):
        assert "needs the role admin" in refused(await scene.presses(verb, BEN))
        assert "needs the role admin" in refused(await scene.submits(verb, BEN, target="2"))
        assert "needs the role admin" in refused(await scene.types(f"{verb} SHOP-1 SHOP-2", BEN))
        assert "needs the role admin" in refused(await scene.does(FormSubmitted(verb, SeveralIssues((1, 2))), BEN))
    assert scene.is_as_before()


# Undo -----------------------------------------------------------------------------------------------------------------


async def test_a_typed_change_can_be_taken_back_by_the_button_below_its_answer(scene: Scene) -> None:
    for words in ("resolve SHOP-1", "archive SHOP-1 for 2h", "assign SHOP-1 to me", "priority SHOP-1 low", "review SHOP-1"):
        before = scene.world.issue()
        reply = await scene.types(words)
        assert isinstance(reply, Notice)
        undo = pressed(reply.buttons, "undo")
        await scene.does(Press("undo", about(reply), undo.choice))
        after = scene.world.issue()
        assert (after.status, after.substatus, after.assignee, after.priority, after.inbox) == (
            *(before.status, before.substatus, before.assignee, before.priority, before.inbox),
        )


async def test_what_did_nothing_has_nothing_to_take_back(scene: Scene) -> None:
    reply = await scene.types("unresolve SHOP-1")
    assert isinstance(reply, Notice)
    assert reply.buttons == ()


async def test_undo_without_an_id_takes_back_what_i_changed_last(scene: Scene) -> None:
    scene.world.event("Bang")
    await scene.types("resolve SHOP-1", BEN)
    await scene.types("resolve SHOP-2", ADA)
    assert "SHOP-1 Boom: Unresolved" in said(await scene.types("undo", BEN))
    assert scene.world.issue("SHOP-2").status is Status.RESOLVED


async def test_undo_on_the_card_takes_back_the_last_change_of_the_issue(scene: Scene) -> None:
    reply = await scene.presses("resolve")
    assert isinstance(reply, Card)
    more = next(control for control in reply.controls if isinstance(control, Menu) and control.label == "More…")
    assert carded(await scene.presses("undo", choice=pressed(more.buttons, "undo").choice)).startswith("Unresolved, new")
    assert carded(await scene.presses("undo")).startswith("Resolved"), "an undo can be undone"


async def test_an_undo_that_would_overwrite_something_newer_is_refused_with_who_did_it(scene: Scene) -> None:
    reply = await scene.types("archive SHOP-1", BEN)
    assert isinstance(reply, Notice)
    scene.world.do(Resolve())
    sentence = refused(await scene.does(Press("undo", about(reply), pressed(reply.buttons, "undo").choice), BEN))
    assert sentence == "SHOP-1 was changed meanwhile: resolved by Ada at 12:00 UTC. Nothing was changed; look again and decide."


async def test_what_an_admin_deleted_a_member_does_not_undo(scene: Scene) -> None:
    await scene.submits("delete")
    assert "needs the role admin" in refused(await scene.types("undo SHOP-1", BEN))
    assert "Unresolved, new, restored by @Ada" in said(await scene.types("undo", ADA))


async def test_a_forged_undo_is_refused(scene: Scene) -> None:
    for choice in ("0", "999", "x", "-1", "9" * 50):
        assert "Something went wrong" not in refused(await scene.presses("undo", choice=choice))
    assert scene.is_as_before()


async def test_a_viewer_keeps_to_looking(scene: Scene) -> None:
    scene.user("Vic", Role.VIEWER)
    for words in ("resolve SHOP-1 in next release", "comment SHOP-1 hello", "share SHOP-1", "undo SHOP-1", "undo", "priority SHOP-1 low"):
        assert "needs the role member" in refused(await scene.types(words, VIC))
    assert scene.is_as_before()


# Accounts -------------------------------------------------------------------------------------------------------------


async def test_a_code_makes_a_chat_account_somebodys_own_and_unlink_lets_go_of_it(scene: Scene) -> None:
    dora = scene.user("Dora")
    code = scene.world.core.link_codes.make(dora)
    scene.house = replace(scene.house, is_automatic=False)
    assert "Quell does not know you yet" in refused(await scene.types("whoami", BEN))
    assert said(await scene.types(f"link {code}", BEN)) == "This chat account is yours now: you are @Dora, member."
    assert "You are @Dora" in said(await scene.types("whoami", BEN))
    assert said(await scene.types("unlink", BEN)) == "This chat account is no longer that of @Dora."
    assert "Quell does not know you yet" in refused(await scene.types("whoami", BEN))
    assert "This code is wrong" in refused(await scene.types(f"link {code}", BEN))


async def test_login_answers_with_a_link_that_opens_the_pages_once(scene: Scene) -> None:
    link = said(await scene.types("login")).rpartition(" ")[2]
    assert link.startswith("https://quell.example.com/login/")
    session = scene.world.core.logins.redeem(link.rpartition("/")[2])
    assert session is not None
    user = scene.world.core.logins.user(session)
    assert user is not None
    assert user.id == scene.world.ada.id


async def test_delivery_says_where_each_message_is(scene: Scene) -> None:
    assert said(await scene.types("delivery SHOP-1")) == "SHOP-1 is shown nowhere. To see it here, type: show SHOP-1"
    await scene.types("show SHOP-1")
    assert "Slack CALERTS: behind, version 0 of 1" in said(await scene.types("delivery shop-1"))
