"""What a typed command comes to: carried out and answered, or refused in a sentence with an example."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.elements import Notice, plain
from bot.chat.interactions import Place, TypedCommand
from bot.chat.verbs import TYPED
from core.accounts.directory import Newcomer
from core.issues.actions import Archive
from core.types import Role
from tests.support.chat import Scene, refused, said
from tests.support.core import World
from tests.support.people import BEN, GUEST, VIC

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
