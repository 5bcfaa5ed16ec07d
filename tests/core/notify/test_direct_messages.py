"""Direct messages: those whom a change concerns are told once, wherever the issue is shown."""

from __future__ import annotations

from core.accounts.directory import ChatAccount
from core.issues.actions import (
    Assign,
    Comment,
    MarkReviewed,
    Resolve,
    SetBookmarked,
    SetPriority,
    SetSubscribed,
    To,
    Unassign,
    Unresolve,
)
from core.types import Origin, Priority
from tests.support.core import World
from tests.support.notify.outbox import Mail
from tests.support.notify.threads import do_as, person, setting, told


def test_whoever_is_assigned_is_told_once_however_many_copies_there_are(world: World, mail: Mail) -> None:
    ben = person(world, "ben")
    world.core.outbox.show(world.organization_id, "SHOP-1", "slack", Origin("T1", "C3"))
    mail.run()
    world.do(Assign(To("user", ben.id)))
    carried = mail.run()
    assert sorted((one.channel, one.kind) for one in carried if one.kind != "redraw") == [("C1", "line"), ("C3", "line"), ("UBEN", "direct")]
    world.do(Assign(To("user", ben.id)))
    assert mail.run() == []


def test_they_are_told_even_where_nobody_is_shown_the_issue(world: World) -> None:
    ben = person(world, "ben")
    world.event()
    world.do(Assign(To("user", ben.id)))
    (claim,) = world.core.outbox.claim()
    assert (claim.channel, claim.tenant, claim.is_direct) == ("UBEN", "T1", True)


def test_a_mention_takes_the_place_of_a_direct_message(world: World, mail: Mail) -> None:
    ben = person(world, "ben")
    setting(world, mentions="mention")
    world.do(Assign(To("user", ben.id)))
    (line,) = mail.lines()
    assert line.said
    assert (line.channel, line.said.mentions) == ("C1", ("UBEN",))
    world.do(Unassign())
    mail.run()
    setting(world, threads="off")
    world.do(Assign(To("user", ben.id)))
    assert [line.channel for line in mail.lines()] == ["UBEN"], "where nothing is said there is nothing to mention them in"


def test_nobody_is_told_where_that_is_switched_off(world: World, mail: Mail) -> None:
    ben = person(world, "ben")
    setting(world, mentions="off")
    world.do(Assign(To("user", ben.id)))
    assert told(mail.lines()) == [("C1", ["assigned"])]


def test_who_takes_an_issue_is_not_told_of_it(world: World, mail: Mail) -> None:
    ben = person(world, "ben")
    for mentions in ("dm", "mention"):
        setting(world, mentions=mentions)
        do_as(world, ben, Assign(To("user", ben.id)))
        (line,) = mail.lines()
        assert line.said
        assert (line.channel, line.said.mentions) == ("C1", ())
        world.do(Unassign())
        mail.run()


def test_a_team_is_told_in_its_channel_only(world: World, mail: Mail) -> None:
    person(world, "ben")
    team = world.core.directory.create_team("payments", world.organization_id)
    world.do(Assign(To("team", team.id)))
    assert told(mail.lines()) == [("C1", ["assigned"])]


def test_subscribers_are_told_of_comments_and_of_the_status_and_of_nothing_else(world: World, mail: Mail) -> None:
    ben = person(world, "ben")
    do_as(world, ben, SetSubscribed(True))
    for action in (SetPriority(Priority.LOW), Assign(To("user", world.ada.id)), MarkReviewed(), SetBookmarked(True)):
        world.do(action)
    assert {line.channel for line in mail.lines()} == {"C1"}
    world.do(Comment("Cold cache."))
    world.do(Resolve())
    assert told([line for line in mail.lines() if line.kind == "direct"]) == [("UBEN", ["note"]), ("UBEN", ["set_resolved"])]
    do_as(world, ben, Comment("I know."))
    do_as(world, ben, Unresolve())
    assert {line.channel for line in mail.lines()} == {"C1"}, "what they did themselves they know"


def test_a_person_is_told_where_the_issue_is_shown(world: World, mail: Mail) -> None:
    ben = person(world, "ben", "msteams")
    world.core.link_codes.redeem(world.core.link_codes.make(ben), ChatAccount("slack", "T1", "UBEN2"), world.organization_id)
    world.do(Assign(To("user", ben.id)))
    assert [line.channel for line in mail.lines()] == ["C1", "UBEN2"]


def test_many_assignments_to_one_person_are_one_message(world: World) -> None:
    ben = person(world, "ben")
    world.core.occurrences.record(world.project.id, [world.occurrence(f"Bug {number}") for number in range(30)])
    world.do(Assign(To("user", ben.id)), ids=tuple(range(1, 31)))
    (line,) = Mail(world).run()
    assert line.said is not None
    assert (line.channel, line.said.kind, len(line.said.ids)) == ("UBEN", "bulk", 30)
