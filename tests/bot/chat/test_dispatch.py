"""What each deed in a chat comes to, through dispatch, with a real core on both databases: done, refused, or asked about first."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.dispatch import Dispatch
from bot.chat.elements import Card, ChoiceField, MomentField, Notice, Options, TextField, plain
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, InteractionPayload, Lookup, Place, Press, TypedCommand
from bot.chat.targets import OneIssue
from bot.chat.verbs import TYPED
from bot.msteams.forms import form_card
from bot.slack.modals import modal
from bot.workers import workers_for
from core.accounts.directory import Newcomer
from core.bootstrap import CoreSettings, open_core
from core.issues.actions import Archive, Assign, Resolve, To
from core.notify.watches import ChannelName
from core.types import ActivityType, Role, Source, Status
from core.views import UserView
from tests.support.chat import Scene, carded, formed, refused, said
from tests.support.core import NOON, Clock, World
from tests.support.fake_chat import FakeChat
from tests.support.people import ADA, ADA_IN_TEAMS, BEN, GUEST, NOBODY, VIC

# Presses --------------------------------------------------------------------------------------------------------------


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


# Forms ----------------------------------------------------------------------------------------------------------------


FILLED = [
    ({"how": "30m"}, "Archived until 2026-11-23 12:30 UTC by @Ada, from Slack"),
    # Ada lives in Lisbon.
    ({"how": "tomorrow"}, "Archived until 2026-11-24 09:00 UTC by @Ada, from Slack"),
    ({"how": "duration", "amount": "90m"}, "Archived until 2026-11-23 13:30 UTC by @Ada, from Slack"),
    ({"how": "date", "date": "2026-12-01T09:00:00+01:00"}, "Archived until 2026-12-01 08:00 UTC by @Ada, from Slack"),
    ({"how": "date", "date": "1796115600"}, "Archived until 2026-12-01 09:00 UTC by @Ada, from Slack"),
    ({"how": "events", "amount": "10"}, "Archived until 10 more events (0 so far) by @Ada, from Slack"),
    ({"how": "events", "amount": " 1,000 "}, "Archived until 1,000 more events (0 so far) by @Ada, from Slack"),
    ({"how": "users", "amount": "3"}, "Archived until 3 more users (0 so far) by @Ada, from Slack"),
    ({"how": "escalating"}, "Archived until it escalates by @Ada, from Slack"),
    ({"how": "forever"}, "Archived forever by @Ada, from Slack"),
]


async def test_a_filled_form_is_carried_out(scene: Scene) -> None:
    for values, sentence in FILLED:
        assert carded(await scene.sends("archive", values)) == sentence


WRONG = [
    ({"how": "events", "amount": "many", "date": ""}, "amount", "'many' is not a number of events. Example: 50, or 50 in 1h."),
    ({"how": "events", "amount": ""}, "amount", "'Nothing' is not a number of events. Example: 50, or 50 in 1h."),
    ({"how": "events", "amount": "0"}, "amount", "0 events cannot be waited for; give a whole number from 1 to 1,000,000,000."),
    ({"how": "users", "amount": "-3"}, "amount", "'-3' is not a number of users. Example: 50, or 50 in 1h."),
    ({"how": "users", "amount": "9" * 5000}, "amount", "is not a number of users. Example: 50, or 50 in 1h."),
    ({"how": "users", "amount": "٣"}, "amount", "'٣' is not a number of users. Example: 50, or 50 in 1h."),
    ({"how": "duration", "amount": "soon"}, "amount", "'soon' is not a duration. Example: 90m, 2h or 3d."),
    ({"how": "duration", "amount": ""}, "amount", "Say how long. Example: 90m, 2h or 3d."),
    ({"how": "date", "date": ""}, "date", "Choose a date and time."),
    ({"how": "date", "date": "2026-11-23T11:00:00+00:00"}, "date", "2026-11-23 11:00 UTC is not in the future."),
    ({"how": "date", "date": "2026-02-30 09:00"}, "date", "'2026-02-30 09:00' is not a time. Example: 2026-12-01 09:00"),
    ({"how": "date", "date": "9999-12-31T23:59:00-05:00"}, "date", "is not a time. Example: 2026-12-01 09:00"),
    ({"how": "", "amount": "5"}, "how", "Choose one of these."),
    ({"how": "explode"}, "how", "Choose one of these."),
    ({}, "how", "Choose one of these."),
]


async def test_a_wrong_value_is_said_beside_its_field_and_what_was_typed_stays(scene: Scene) -> None:
    for values, name, sentence in WRONG:
        form = formed(await scene.sends("archive", values))
        assert list(form.errors) == [name]
        assert sentence in form.errors[name]
        typed = {one.name: one.initial for one in form.fields if isinstance(one, ChoiceField | TextField)}
        assert typed == {"how": values.get("how", ""), "amount": values.get("amount", "")}
        assert name in {one.name for one in form.fields}
    assert scene.is_as_before()


async def test_what_is_wrong_is_known_without_the_database_too(scene: Scene) -> None:
    for values, name, sentence in WRONG:
        faults = scene.dispatch.faults(Interaction(ADA, Place("CALERTS"), FormSubmitted("archive", OneIssue(1, 1), values), "slack:1"))
        assert list(faults) == [name]
        assert sentence in faults[name]


async def test_nothing_is_wrong_with_what_is_right_or_with_what_is_no_form(scene: Scene) -> None:
    for deed in (
        FormSubmitted("archive", OneIssue(1, 1), {"how": "1h"}),
        FormSubmitted("x", OneIssue(1, 1)),
        Press("archive", OneIssue(1, 1)),
        TypedCommand("archive"),
        Lookup("x", 1, ""),
    ):
        assert scene.dispatch.faults(Interaction(ADA, Place("CALERTS"), deed, "slack:1")) == {}


async def test_a_date_that_is_wrong_stays_in_the_form_as_well(scene: Scene) -> None:
    # As Teams sends it, and as Slack does.
    for typed in ("2026-11-20T09:30:00+01:00", "1795163400"):
        form = formed(await scene.submits("archive", how="date", date=typed))
        (date,) = (one for one in form.fields if isinstance(one, MomentField))
        assert date.initial == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


async def test_a_form_with_a_date_that_no_calendar_has_can_still_be_drawn(scene: Scene) -> None:
    form = formed(await scene.submits("archive", how="date", date="9999-12-31T23:59:00-05:00"))
    assert form_card(form, "America/New_York")["body"]
    assert modal(form, "")["blocks"]


async def test_a_wrong_assignee_is_said_beside_the_field(scene: Scene) -> None:
    for who in ("", "somebody", "user:" + "9" * 5000, "user:999", "team:999"):
        form = formed(await scene.submits("assign", assignee=who))
        assert list(form.errors) == ["assignee"]
    assert scene.is_as_before()


async def test_a_form_that_was_wrong_keeps_the_version_it_was_opened_for(scene: Scene) -> None:
    scene.world.do(Resolve())
    form = formed(await scene.submits("archive", version=1, how="events", amount="x"))
    assert form.targets == OneIssue(scene.world.issue().id, 1)


# Typed commands -------------------------------------------------------------------------------------------------------


ANSWERED = [
    ("unresolve SHOP-1", "Nothing to do: Unresolved, new."),
    ("unassign 1", "Nothing to do: Unresolved, new."),
    ("review SHOP-1", "Unresolved, ongoing."),
    ("assign SHOP-1 to me", "Unresolved, ongoing. Assigned to @Ada."),
    ("unassign SHOP-1", "Unresolved, ongoing."),
    ("archive SHOP-1 until escalating", "Archived until it escalates by @Ada, from Slack."),
    ("archive SHOP-1 until 50 events in 1h", "Archived until 50 events within 60 min by @Ada, from Slack."),
    ("archive SHOP-1 until 3 more users in 1d", "Archived until 3 users within 1,440 min by @Ada, from Slack."),
    ("archive SHOP-1", "Archived forever by @Ada, from Slack."),
    ("archive SHOP-1 forever", "Nothing to do: Archived forever by @Ada, from Slack."),
    ("archive SHOP-1 for 2h", "Archived until 2026-11-23 14:00 UTC by @Ada, from Slack."),
    ("snooze SHOP-1 until tomorrow", "Archived until 2026-11-24 09:00 UTC by @Ada, from Slack."),
    ("archive SHOP-1 until 2026-12-01 9:00", "Archived until 2026-12-01 09:00 UTC by @Ada, from Slack."),
    ("archive SHOP-1 until 50 events", "Archived until 50 more events (0 so far) by @Ada, from Slack."),
    ("archive SHOP-1 until 1 user", "Archived until 1 more user (0 so far) by @Ada, from Slack."),
    ("unarchive SHOP-1", "Unresolved, new, opened again by @Ada, from Slack, 12:00 UTC."),
    ("resolve shop-1", "Resolved by @Ada, from Slack, 12:00 UTC."),
]


async def test_a_command_is_answered_with_what_came_of_it(scene: Scene) -> None:
    for text, answer in ANSWERED:
        assert said(await scene.types(text)) == f"SHOP-1 Boom: {answer}"


async def test_several_ids_get_a_line_each(scene: Scene) -> None:
    scene.world.event("Bang")
    await scene.types("resolve SHOP-2")
    assert said(await scene.types("resolve SHOP-1, shop-2")).splitlines()[:3] == [
        "resolve: 1 changed",
        "SHOP-1 Boom: Resolved by @Ada, from Slack, 12:00 UTC.",
        "SHOP-2 Bang: Nothing to do: Resolved by @Ada, from Slack, 12:00 UTC.",
    ]


async def test_one_bad_id_among_several_changes_nothing_and_is_named(scene: Scene) -> None:
    assert refused(await scene.types("resolve SHOP-1 SHOP-99")) == "There is no issue SHOP-99 here."
    assert refused(await scene.types("resolve SHOP-1 NOSHOP-1")) == "There is no issue NOSHOP-1 here."
    assert scene.is_as_before()


async def test_an_id_that_no_issue_could_have_is_just_not_there(scene: Scene) -> None:
    for name in ("999999999999999999", "SHOP-ZZZZZZZZZZZZZ", "SHOP-UUU", "0"):
        for text in (f"resolve {name}", f"show {name}", f"delete {name}"):
            assert refused(await scene.types(text)) == f"There is no issue {name} here."


MISTAKEN = [
    ("reslove SHOP-1", "There is no command “reslove”. Did you mean resolve? Type help to see them all."),
    ("resolve", "Something is missing at the end of “resolve”. Example: resolve SHOP-1F"),
    ("resolve SHOP-1 now", "I do not understand “now” there. Example: resolve SHOP-1F"),
    ("archive SHOP-1 until someday", "'someday' is not a time. Example: 2026-12-01 09:00, tomorrow 09:00 or monday."),
    ("archive SHOP-1 until 2026-11-01", "2026-11-01 09:00 UTC is not in the future."),
    ("archive SHOP-1 for ages", "'ages' is not a duration. Example: 90m, 2h or 3d."),
    ("archive SHOP-1 until 0 events", "0 events cannot be waited for; give a whole number from 1 to 1,000,000,000."),
    ("assign SHOP-1 to @zoe", "Nobody here is called @zoe. Try an e-mail address, @name, #team or me."),
    ("assign SHOP-1 to #nobody", "There is no team #nobody."),
    ("list is:lost", "I cannot search by “is:lost”. Example: is:unresolved assigned:me"),
    ("restore SHOP-1", "SHOP-1 is not deleted, so there is nothing to restore."),
    ("delete SHOP-1 SHOP-2", "There is no issue SHOP-2 here."),
    ("merge SHOP-1 SHOP-2", "There is no issue SHOP-2 here."),
    ("priority SHOP-1 urgent", "I do not understand “urgent” there. Example: priority SHOP-1F high"),
    ("resolve SHOP-1 in next release", "This project has no release yet, so there is no next one."),
    ("resolve SHOP-1 in 1.2.3", "This project has no release '1.2.3'."),
    ("resolve SHOP-1 by 1f3a9c2", "No repository here has the commit '1f3a9c2'."),
    ("resolve SHOP-1 by abc", "'abc' is no commit; give at least 7 letters of its SHA. Example: 1f3a9c2"),
    ("resolve SHOP-1 by 1f3a9c2 in acme/shop", "There is no repository 'acme/shop'."),
    ("undo SHOP-1", "That cannot be undone: nobody changed SHOP-1 in a way that can be taken back."),
    ("undo", "That cannot be undone: you have changed nothing yet."),
    ("delivery SHOP-99", "There is no issue SHOP-99 here."),
    ("list " + ("x" * 190 + " ") * 10, "This query is too long for a list that is turned page by page. Example: is:unresolved assigned:me"),
]


async def test_what_cannot_be_done_is_said_with_the_word_and_an_example(scene: Scene) -> None:
    for text, sentence in MISTAKEN:
        assert refused(await scene.types(text)) == sentence
    assert scene.is_as_before()


async def test_a_count_that_no_machine_holds_is_refused_in_a_sentence(scene: Scene) -> None:
    assert "Something went wrong" not in refused(await scene.types(f"archive SHOP-1 until {'9' * 5000} events"))
    assert scene.is_as_before()


async def test_names_of_people_and_teams_are_found_in_every_way_of_saying_them(scene: Scene) -> None:
    ben = scene.user("Ben")
    scene.user("Benedict")
    scene.world.core.directory.create_team("checkout", scene.world.organization_id)
    for name in ("ben@acme.example", "@ben@acme.example", "@Ben", "ben", '"Ben"'):
        assert "Assigned to @Ben." in said(await scene.types(f"assign SHOP-1 to {name}"))
        await scene.types("unassign SHOP-1")
    assert "Assigned to #checkout." in said(await scene.types("assign SHOP-1 to #Checkout"))
    assert "Assigned to @Ben." in said(await scene.types("assign SHOP-1 to @UBEN", people={"UBEN": BEN}))
    assert scene.world.core.directory.user_of_email("ben@acme.example").id == ben.id


async def test_a_name_that_could_be_two_people_is_refused_with_both(scene: Scene) -> None:
    scene.user("Benedict")
    scene.user("Benjamin")
    sentence = refused(await scene.types("assign SHOP-1 to ben"))
    assert sentence == "ben could be benedict@acme.example, benjamin@acme.example. Say which."


async def test_somebody_named_in_a_command_is_let_in_on_the_way(scene: Scene) -> None:
    assert "Assigned to @Ben." in said(await scene.types("assign SHOP-1 to @UBEN", people={"UBEN": BEN}))
    assert sorted(scene.chat.asked) == ["UADA", "UBEN"]


async def test_a_guest_cannot_be_assigned(scene: Scene) -> None:
    assert "Guests" in refused(await scene.types("assign SHOP-1 to @UGUEST", people={"UGUEST": GUEST}))
    assert scene.is_as_before()


async def test_lists_are_of_one_status_seen_last_first(scene: Scene) -> None:
    scene.world.clock.pass_by(minutes=1)
    scene.world.event("Bang")
    scene.world.event("Bang")
    assert said(await scene.types("list")).splitlines()[:3] == [
        "Issues found by is:unresolved",
        "SHOP-2 Bang · 2 events · 0 users · Unresolved, new",
        "SHOP-1 Boom · 1 event · 0 users · Unresolved, new",
    ]
    assert said(await scene.types("list is:resolved")) == "Nothing found by is:resolved."
    scene.world.do(Archive())
    assert "SHOP-1 Boom" in said(await scene.types("list IS:archived"))
    assert "SHOP-1 " not in said(await scene.types("list is:unresolved"))


async def test_show_promises_a_copy_here(scene: Scene) -> None:
    assert "SHOP-1 will stand here in a moment" in said(await scene.does(TypedCommand("show shop-1"), place=Place("CELSE")))
    (receipt,) = scene.world.core.outbox.receipts(scene.world.organization_id, "SHOP-1")
    assert (receipt.platform, receipt.channel, receipt.state) == ("slack", "CELSE", "behind")


async def test_one_bad_id_among_those_to_show_shows_none(scene: Scene) -> None:
    assert refused(await scene.types("show SHOP-1 SHOP-99")) == "There is no issue SHOP-99 here."
    assert scene.world.core.outbox.receipts(scene.world.organization_id, "SHOP-1") == []


async def test_help_tells_of_every_command(scene: Scene) -> None:
    for text in ("", "help", "help xyzzy"):
        answer = said(await scene.types(text))
        assert all(f"\n{spec.usage} {spec.help}" in answer for spec in TYPED)
        assert ("There is no command “xyzzy”" in answer) == ("xyzzy" in text)


async def test_every_command_that_help_tells_of_does_something(scene: Scene) -> None:
    """Each example, with an id that is there: whatever it comes to, it is no riddle."""
    for spec in TYPED:
        reply = await scene.types(spec.example.replace("SHOP-1F", "SHOP-1"))
        if isinstance(reply, Notice):
            assert "another version" not in plain(reply.text)
            assert "Something went wrong" not in plain(reply.text)


async def test_help_with_a_verb_tells_of_that_one(scene: Scene) -> None:
    assert "Example: archive SHOP-1F until monday 09:00" in said(await scene.types("help snooze"))


async def test_an_admin_changes_what_somebody_else_may_do(scene: Scene) -> None:
    await scene.types("whoami", BEN)
    people = {BEN.subject: BEN, VIC.subject: VIC}
    assert said(await scene.types("role @ben viewer")) == "The role of @Ben is viewer from now on."
    assert refused(await scene.types("resolve SHOP-1", BEN)).startswith("This needs the role member")
    # Somebody who was never here is met by being named.
    assert said(await scene.types(f"role @{VIC.subject} admin", people=people)) == "The role of @Vic is admin from now on."
    assert said(await scene.types("role ben member", VIC)) == "The role of @Ben is member from now on."
    assert refused(await scene.types("role @vic viewer", BEN)).startswith("This needs the role admin")
    assert refused(await scene.types("role @ada member")) == "Nobody changes their own role: ask another admin. Nothing was changed."


async def test_only_people_of_this_organization_have_roles(scene: Scene, other_world: World) -> None:
    scene.world.core.directory.create_team("cellar", scene.world.organization_id)
    eve = other_world.core.directory.create_user(other_world.organization_id, Newcomer("Eve", "eve@umbrella.example", None), Role.MEMBER)
    assert refused(await scene.types("role #cellar admin")) == "“#cellar” is no person, and only people have roles. Example: role @ada admin"
    for name in ("eve", "eve@umbrella.example"):
        assert "eve" in refused(await scene.types(f"role {name} admin"))
    assert other_world.core.directory.user_of_email("eve@umbrella.example") == eve


async def test_whoami_says_name_role_and_time_zone(scene: Scene) -> None:
    assert said(await scene.types("whoami")) == "You are @Ada (ada@acme.example), admin, and your time zone is Europe/Lisbon."
    assert said(await scene.types("whoami", BEN)) == "You are @Ben (ben@acme.example), member, and your time zone is Asia/Tokyo."


async def test_times_are_read_in_the_persons_own_zone(scene: Scene) -> None:
    await scene.types("archive SHOP-1 until tomorrow", BEN)
    snooze = scene.world.issue().snooze
    assert snooze is not None
    assert snooze.until_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


# Look-ups -------------------------------------------------------------------------------------------------------------


async def looked_up(scene: Scene, text: str, who: ChatPerson = ADA) -> list[str]:
    reply = await scene.does(Lookup("assignee", 1, text), who, request_id="slack:lookup")
    assert isinstance(reply, Options)
    return [option.label for option in reply.options]


async def test_the_first_offer_is_me_then_teams_then_people_and_last_unassign(scene: Scene) -> None:
    for name in ("zebra", "apes"):
        scene.world.core.directory.create_team(name, scene.world.organization_id)
    scene.user("Zoe")
    scene.user("Ben")
    assert await looked_up(scene, "") == ["Me (@Ada)", "#apes", "#zebra", "@Ben", "@Zoe", "Unassign"]
    assert await looked_up(scene, "  ") == await looked_up(scene, "")
    assert await looked_up(scene, "Z") == ["#zebra", "@Zoe", "Unassign"]
    assert await looked_up(scene, "@zo") == ["@Zoe", "Unassign"]
    assert await looked_up(scene, "#zeb") == ["#zebra", "Unassign"]
    assert await looked_up(scene, "ada") == ["@Ada", "Unassign"]


async def test_letters_that_mean_something_to_a_database_find_nobody(scene: Scene) -> None:
    for text in ("%", "_", "\\", "x" * 5000, "'; DROP TABLE users; --", "<!channel>"):
        assert await looked_up(scene, text) == ["Unassign"]


async def test_a_look_up_finds_nobody_of_another_organization(scene: Scene, other_world: World) -> None:
    other_world.core.directory.create_team("secret", other_world.organization_id)
    assert await looked_up(scene, "") == ["Me (@Ada)", "Unassign"]
    assert await looked_up(scene, "secret") == ["Unassign"]
    assert await looked_up(scene, "umbrella") == ["Unassign"]


async def test_what_a_look_up_offers_can_be_chosen(scene: Scene) -> None:
    scene.world.core.directory.create_team("checkout", scene.world.organization_id)
    reply = await scene.does(Lookup("assignee", 1, ""))
    assert isinstance(reply, Options)
    assert [option.label for option in reply.options] == ["Me (@Ada)", "#checkout", "Unassign"]
    for option in reply.options:
        assert isinstance(await scene.presses("assign", choice=option.value), Card)


# Who may do what ------------------------------------------------------------------------------------------------------


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
    scene.house = replace(scene.house, is_open=False)
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
    messages.shown(claim, found, "1.1", 1)
    messages.release(claim)
    refused(await scene.does(Press("resolve", OneIssue(theirs, 1))))
    assert messages.claim() == []


async def test_nobody_of_another_organization_can_be_assigned(scene: Scene, other_world: World) -> None:
    assert "Nobody here" in refused(await scene.types("assign SHOP-1 to ada@umbrella.example"))
    refused(await scene.presses("assign", choice=f"user:{other_world.ada.id}"))
    assert scene.is_as_before()


# Twice, too late, and when things break -------------------------------------------------------------------------------


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


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/quell.db", "postgresql+psycopg://quell:hunter2@127.0.0.1:1/quell"])
async def test_when_the_database_is_away_everything_is_refused_in_a_sentence(url: str, clock: Clock) -> None:
    core = open_core(CoreSettings(url), clock)
    workers = workers_for(url)
    dispatch = Dispatch(
        core, workers, IdentityResolver(core, JoinPolicy("", is_open=True, admins=frozenset()), {"slack": FakeChat()}), "https://quell.example.com"
    )
    for deed in (
        Press("resolve", OneIssue(1, 1)),
        FormSubmitted("archive", OneIssue(1, 1), {"how": "1h"}),
        TypedCommand("list"),
        Lookup("assignee", 1, ""),
    ):
        sentence = refused(await dispatch.answer(Interaction(ADA, Place("CALERTS"), deed, "slack:1")))
        assert sentence == "Quell's database does not answer. If the message does not change, nothing was done: try again in a moment."
    workers.close()
    core.close()


class Broken(IdentityResolver):
    """Has a bug."""

    def user(self, person: ChatPerson) -> UserView:
        raise ZeroDivisionError("the secret is hunter2")


async def test_what_nobody_expected_gets_a_number_and_no_trace(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    dispatch = replace(scene.dispatch, identity=Broken(scene.world.core, scene.house, {}))
    with caplog.at_level(logging.ERROR):
        sentence = refused(await dispatch.answer(Interaction(ADA, Place("CALERTS"), TypedCommand("resolve SHOP-1"), "slack:1")))
    number = sentence.removesuffix(".").rpartition(" ")[2]
    assert sentence.startswith("Something went wrong here. Nothing was changed.")
    assert len(number) == 8
    assert number in caplog.text
    for inner in ("hunter2", "ZeroDivisionError", "Traceback", "bot/"):
        assert inner not in sentence
    assert scene.is_as_before()


async def test_a_snooze_that_a_form_set_ends_by_itself(scene: Scene) -> None:
    await scene.submits("archive", how="30m")
    scene.world.clock.pass_by(minutes=30)
    assert scene.world.core.timers.lift_snoozes() == 1
    assert scene.world.clock() == NOON + timedelta(minutes=30)
    assert scene.world.history()[-1] == "set_unresolved"
