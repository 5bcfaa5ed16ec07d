"""The contract of all platforms: whatever the menu offers is drawn, pressed, filled and read back as the same deed, in every state.

What is pressed is the JSON that was drawn, wrapped as the platform wraps it, so a verb that a platform cannot carry there and back fails here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chat import forms, issue_lists, menu
from bot.chat.elements import Board, Card, Changed, Form, Notice, Option, Options, Reply
from bot.chat.forms import UNASSIGN
from bot.chat.forms.base import Asker
from bot.chat.handlers import Answers
from bot.chat.identity import FixedUser
from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, Place, Press, TypedCommand
from bot.chat.targets import OneIssue, SeveralIssues
from bot.chat.verbs import OF_ISSUES, IssueVerb
from core.issues.actions import (
    Action,
    Archive,
    Assign,
    Comment,
    Delete,
    Discard,
    InCommit,
    InNextRelease,
    InRelease,
    MarkReviewed,
    Merge,
    Resolve,
    Restore,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSubscribed,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.releases.views import Announced
from core.rules.commit_messages import NewCommit
from core.rules.snooze import Condition
from core.types import ActivityType, Priority, Status
from core.views import IssueView
from tests.support.controls import HANDS, LISBON, Hands
from tests.support.core import NOON, World
from tests.support.issues import NEW, STATES

SHA = "1f3a9c2" + "0" * 33
ASKER = Asker(NOON, ZoneInfo(LISBON))
TOMORROW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

Filled = tuple[Mapping[str, str | datetime], Action]


@dataclass(frozen=True)
class Case:
    """What a verb is to come to: at once, by what is chosen on the card, or by what is filled into its form."""

    at_once: Action | None = None
    chosen: Mapping[str, Action] = field(default_factory=dict)
    filled: Sequence[Filled] = ()
    is_not_on_a_card: bool = False
    effect: ActivityType | None = None
    """What the log says then; nothing where only the person keeps it."""


def in_(**time: float) -> datetime:
    return NOON + timedelta(**time)


ARCHIVES: Sequence[Filled] = (
    ({"how": "30m"}, Archive(Condition(until_at=in_(minutes=30)))),
    ({"how": "1h"}, Archive(Condition(until_at=in_(hours=1)))),
    ({"how": "4h"}, Archive(Condition(until_at=in_(hours=4)))),
    ({"how": "8h"}, Archive(Condition(until_at=in_(hours=8)))),
    ({"how": "tomorrow"}, Archive(Condition(until_at=TOMORROW))),
    ({"how": "monday"}, Archive(Condition(until_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC)))),
    ({"how": "duration", "amount": "90m"}, Archive(Condition(until_at=in_(minutes=90)))),
    ({"how": "date", "date": TOMORROW}, Archive(Condition(until_at=TOMORROW))),
    ({"how": "events", "amount": "50"}, Archive(Condition(events=50))),
    ({"how": "events", "amount": "50 in 1h"}, Archive(Condition(events=50, events_window=60))),
    ({"how": "users", "amount": "10"}, Archive(Condition(users=10))),
    ({"how": "users", "amount": "10 users in 1d"}, Archive(Condition(users=10, users_window=1440))),
    ({"how": "escalating"}, Archive(is_until_escalating=True)),
    ({"how": "forever"}, Archive()),
)
ASSIGNS: Mapping[str, Action] = {"user:7": Assign(To("user", 7)), "team:3": Assign(To("team", 3)), UNASSIGN: Unassign()}
PRIORITIES: Mapping[str, Action] = {priority.name.lower(): SetPriority(priority) for priority in Priority}
COMMITS: Sequence[Filled] = (
    ({"commit": SHA, "repository": "acme/shop"}, Resolve(InCommit("acme/shop", SHA))),
    ({"commit": SHA[:7]}, Resolve(InCommit("", SHA[:7]))),
)
CASES: dict[str, Case] = {
    "resolve": Case(Resolve(), effect=ActivityType.SET_RESOLVED),
    "resolve_next": Case(Resolve(InNextRelease()), effect=ActivityType.SET_RESOLVED_IN_RELEASE),
    "resolve_current": Case(Resolve(InRelease("latest")), effect=ActivityType.SET_RESOLVED_IN_RELEASE),
    "resolve_in": Case(filled=(({"release": "1.0"}, Resolve(InRelease("1.0"))),), effect=ActivityType.SET_RESOLVED_IN_RELEASE),
    "resolve_commit": Case(filled=COMMITS, effect=ActivityType.SET_RESOLVED_IN_COMMIT),
    "unresolve": Case(Unresolve(), effect=ActivityType.SET_UNRESOLVED),
    "unarchive": Case(Unresolve(), effect=ActivityType.SET_UNRESOLVED),
    "archive": Case(filled=ARCHIVES, effect=ActivityType.SET_IGNORED),
    "rearchive": Case(filled=ARCHIVES, effect=ActivityType.SET_IGNORED),
    "assign": Case(chosen=ASSIGNS, filled=[({"assignee": who}, action) for who, action in ASSIGNS.items()], effect=ActivityType.ASSIGNED),
    "unassign": Case(Unassign(), is_not_on_a_card=True),
    "review": Case(MarkReviewed(), effect=ActivityType.MARK_REVIEWED),
    "priority": Case(chosen=PRIORITIES, effect=ActivityType.SET_PRIORITY),
    "comment": Case(filled=(({"text": "The cache was cold.\nAgain."}, Comment("The cache was cold.\nAgain.")),), effect=ActivityType.NOTE),
    "subscribe": Case(SetSubscribed(is_subscribed=True)),
    "unsubscribe": Case(SetSubscribed(is_subscribed=False), is_not_on_a_card=True),
    "bookmark": Case(SetBookmarked(is_bookmarked=True)),
    "unbookmark": Case(SetBookmarked(is_bookmarked=False), is_not_on_a_card=True),
    "share": Case(SetPublic(is_public=True), effect=ActivityType.SET_PUBLIC),
    "merge": Case(filled=(({"target": "1"}, Merge(into=1)),), effect=ActivityType.MERGE),
    "discard": Case(filled=(({}, Discard()),), effect=ActivityType.DISCARD),
    "delete": Case(filled=(({}, Delete()),), effect=ActivityType.DELETE),
    "undo": Case(chosen={"99": Undo(99)}, effect=ActivityType.UNDO),
    "restore": Case(Restore(), effect=ActivityType.RESTORE),
}
"""Every verb of the menu. A new one has to be added here, with what it comes to, or the suite fails."""


@pytest.fixture(params=HANDS, ids=lambda hands: str(hands.name))
def hands(request: pytest.FixtureRequest) -> Hands:
    found: Hands = request.param
    return found


def builds(did: Interaction) -> Action:
    """The action that a press or a submission asks for."""
    deed = did.payload
    assert isinstance(deed, Press | FormSubmitted)
    item = OF_ISSUES[deed.verb]
    if isinstance(deed, FormSubmitted):
        return item.build(deed.values, ASKER)
    return item.build({item.choice: deed.choice} if item.choice and deed.choice else {}, ASKER)


def asks(did: Interaction) -> bool:
    """Whether this press has to be followed by a form."""
    return isinstance(did.payload, Press) and did.payload.choice is None and OF_ISSUES[did.payload.verb].form is not None


def labels(item: IssueVerb, issue: IssueView) -> set[str]:
    return {option.label for option in item.choices(issue)} if item.choices else {item.label, item.short or item.label}


def test_every_verb_is_covered_and_offered_in_some_state() -> None:
    assert set(CASES) == set(OF_ISSUES)
    for item in menu.MENU:
        case = CASES[item.name]
        assert bool(case.filled) == (item.form is not None), item.name
        assert bool(case.chosen) == bool(item.choice), item.name
        assert (case.at_once is None) == bool(case.filled or case.chosen), item.name
        assert any(item.fits(issue) for issue in STATES.values()) != case.is_not_on_a_card, item.name


def test_every_way_to_archive_is_covered() -> None:
    (how,) = (field for field in forms.archive(NEW).fields if field.name == "how")
    assert {option.value for option in getattr(how, "options", ())} == {values["how"] for values, _ in ARCHIVES}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", CASES)
def test_a_verb_that_fits_is_drawn_pressed_and_read_as_itself(hands: Hands, verb: str, state: str) -> None:
    item, issue, case = OF_ISSUES[verb], STATES[state], CASES[verb]
    pressed = [one for one in hands.press_all(issue) if isinstance(one.did.payload, Press) and one.did.payload.verb == verb]
    assert bool(pressed) == item.fits(issue)
    for one in pressed:
        assert one.label in labels(item, issue)
        assert isinstance(one.did.payload, Press)
        assert one.did.payload == Press(verb, OneIssue(issue.id, issue.version), one.did.payload.choice)
        assert one.did.person.platform == hands.name
        if not asks(one.did):
            assert builds(one.did) == (case.chosen[one.did.payload.choice] if one.did.payload.choice else case.at_once)


@pytest.mark.parametrize("state", STATES)
def test_nothing_else_can_be_pressed_and_no_two_presses_are_taken_for_one(hands: Hands, state: str) -> None:
    pressed = list(hands.press_all(STATES[state]))
    assert {one.did.payload.verb for one in pressed if isinstance(one.did.payload, Press)} <= set(CASES)
    # The two ways to press one control of Teams are one deed under two roofs, so they may count as two.
    assert len({one.did.request_id for one in pressed}) == len(pressed)


@pytest.mark.parametrize("state", STATES)
def test_all_platforms_offer_the_same(state: str) -> None:
    offered = [{one.label for one in hands.press_all(STATES[state])} for hands in HANDS]
    assert all(labels == offered[0] for labels in offered)


FILLED = [(verb, number) for verb, case in CASES.items() for number in range(len(case.filled))]
SEVERAL = (STATES["new"], replace(STATES["resolved"], id=13, number=48))


def is_about(form: Form, deed: FormSubmitted) -> bool:
    return deed.targets == form.targets


@pytest.mark.parametrize(("verb", "number"), FILLED)
def test_every_form_is_drawn_filled_and_read_as_the_same_submission(hands: Hands, verb: str, number: int) -> None:
    make, (values, expected) = OF_ISSUES[verb].form, CASES[verb].filled[number]
    assert make is not None
    alone = [make(issue) for issue in STATES.values() if OF_ISSUES[verb].fits(issue)]
    # Of several that become one, nobody is asked for another one.
    for form in alone if verb == "merge" else [*alone, make(*SEVERAL)]:
        did = hands.fill(form, values)
        assert isinstance(did.payload, FormSubmitted)
        assert is_about(form, did.payload)
        assert {name: text for name, text in did.payload.values.items() if isinstance(values.get(name), str)} == {
            name: text for name, text in values.items() if isinstance(text, str)
        }
        assert builds(did) == expected


@pytest.mark.parametrize("verb", [verb for verb, item in OF_ISSUES.items() if item.form])
def test_a_form_that_was_wrong_is_drawn_again_with_what_is_wrong_and_can_be_sent_again(hands: Hands, verb: str) -> None:
    make, (values, expected) = OF_ISSUES[verb].form, CASES[verb].filled[-1]
    assert make is not None
    issue = next(one for one in STATES.values() if OF_ISSUES[verb].fits(one))
    form = make(issue)
    wrong = replace(form, errors={field.name: "Choose again." for field in form.fields} or {"": "Look again."})
    assert builds(hands.fill(wrong, values)) == expected


def test_every_button_of_a_board_comes_back_with_what_was_ticked_and_the_page(hands: Hands) -> None:
    issues = [replace(issue, id=number, number=number) for number, issue in enumerate(STATES.values(), 1)]
    board = issue_lists.board(issue_lists.IssueListPage("Found", "is:unresolved"), issues, ("1:1:1", "9:9:0"))
    for ids in ((), (2,), (1, 3, 4)):
        pressed = list(hands.tick_and_press(board, ids))
        assert {one.label for one in pressed} == {button.label for button in board.buttons}
        choices = {(button.verb, button.choice) for button in board.buttons}
        for one in pressed:
            assert isinstance(one.did.payload, Press)
            assert isinstance(one.did.payload.targets, SeveralIssues)
            assert (one.did.payload.targets.ids, one.did.payload.choice) == (ids, None)
            assert (one.did.payload.verb, one.did.payload.targets.page) in choices


# On a real core -------------------------------------------------------------------------------------------------------


LIVE: dict[str, tuple[Action, ...]] = {
    "new": (),
    "reviewed": (MarkReviewed(),),
    "resolved": (Resolve(),),
    "archived": (Archive(),),
    "deleted": (Delete(),),
}
"""How an issue comes into each state."""


def live(world: World, state: str, verb: str) -> IssueView:
    """A fresh issue in that state."""
    id_ = world.event(f"{verb} of what is {state}").issue_id
    if LIVE[state]:
        world.do(*LIVE[state], ids=(id_,))
    return world.issue(id_)


def answered(world: World, did: Interaction) -> Reply:
    answers = Answers(world.core, FixedUser(world.ada), did, "https://quell.example.com")
    reply = answers.reply_to(did.payload)
    return answers.card(reply) if isinstance(reply, Changed) else reply


def values_for(world: World, verb: str) -> Mapping[str, str | datetime]:
    """What somebody fills in, of this very world."""
    match verb:
        case "assign":
            return {"assignee": f"user:{world.ada.id}"}
        case "merge":
            return {"target": str(world.event("the one that takes in others").issue_id)}
        case _:
            return CASES[verb].filled[0][0]


@pytest.mark.parametrize(
    "hands", [HANDS[0], *(pytest.param(hands, marks=pytest.mark.slow) for hands in HANDS[1:])], ids=lambda hands: str(hands.name)
)
@pytest.mark.parametrize("state", LIVE)
def test_whatever_is_offered_is_done_by_pressing_it_and_drawn_again(hands: Hands, state: str, world: World) -> None:
    told = Announced(project_ids=(world.project.id,), commits=(NewCommit(SHA, "acme/shop"),))
    world.core.releases.announce(world.organization_id, "1.0", told)
    me = Options((Option("Me (@Ada)", f"user:{world.ada.id}"),))
    left_alone = live(world, state, "nothing")
    offered = {one.did.payload.verb for one in hands.press_all(left_alone, me) if isinstance(one.did.payload, Press)}
    for item in menu.MENU:
        assert (item.name in offered) == item.fits(left_alone)
        if item.name in offered:
            issue = live(world, state, item.name)
            pressed = [one.did for one in hands.press_all(issue, me) if isinstance(one.did.payload, Press) and one.did.payload.verb == item.name]
            reply = answered(world, pressed[0])
            if isinstance(reply, Form):
                reply = answered(world, hands.fill(reply, values_for(world, item.name)))
            assert isinstance(reply, Card | Notice), reply
            hands.draw(reply)
            assert was_done(world, issue, item.name, hands.name)


def was_done(world: World, issue: IssueView, verb: str, source: str) -> bool:
    """Whether it stands in the log, with where it was asked for; what only the person keeps, among what they keep."""
    effect = CASES[verb].effect
    if effect is None:
        details = world.core.reads.details([issue.id], world.ada.id)[issue.id]
        return details.is_bookmarked if verb == "bookmark" else bool(details.subscription and details.subscription.is_active)
    with world.core.database.read() as work:
        return (effect, source) in {(activity.type, activity.source) for activity in work.views.activities(issue.id, 2)}


def test_what_was_ticked_is_done_and_the_page_is_drawn_again(hands: Hands, world: World) -> None:
    ids = [world.event(f"Boom {number}").issue_id for number in range(4)]
    for verb, count in (("review", 2), ("resolve", 1)):
        board = answered(world, typed_list(hands))
        assert isinstance(board, Board)
        did = next(one.did for one in hands.tick_and_press(board, ids[:count]) if isinstance(one.did.payload, Press) and one.did.payload.verb == verb)
        again = answered(world, did)
        assert isinstance(again, Board)
        assert len(again.intro) == count
        hands.draw(again)
    assert [world.issue(id_).status for id_ in ids] == [Status.RESOLVED, *[Status.UNRESOLVED] * 3]
    assert [world.issue(id_).inbox is None for id_ in ids] == [True, True, False, False]


def typed_list(hands: Hands) -> Interaction:
    return Interaction(ChatPerson(hands.name, "TACME", "UADA"), Place("CALERTS"), TypedCommand("list"), f"{hands.name}:list")
