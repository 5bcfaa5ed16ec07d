"""The alert message: what it says of an issue in each state, in exactly the promised words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import cards
from bot.chat.elements import Button, Control, Fact, Link, Menu, Moment, Picker, plain
from core.types import ActivityType, InboxReason, Level, Priority, Source, Status, Substatus
from core.views import ActivityView, AssigneeView, InboxView, IssueView
from tests.support.core import NOON
from tests.support.issues import ADA, ARCHIVED, CHANGED, DELETED, MERGED, NEW, PURGED, RELEASED, RESOLVED, REVIEWED, archived, move

LINKS = "https://quell.example.com"

ESCALATING = replace(NEW, substatus=Substatus.ESCALATING)
REGRESSED = replace(NEW, substatus=Substatus.REGRESSED)
ONGOING = replace(NEW, substatus=Substatus.ONGOING)

SENTENCES: dict[str, tuple[IssueView, str]] = {
    "new": (NEW, "Unresolved, new"),
    "reviewed": (REVIEWED, "Unresolved, ongoing"),
    "unresolved by somebody": (
        replace(ONGOING, last_move=move(ActivityType.SET_UNRESOLVED)),
        "Unresolved, ongoing, opened again by @Ada, from Slack, 12:00 UTC",
    ),
    "unarchived in Teams": (
        replace(NEW, last_move=move(ActivityType.SET_UNRESOLVED, Source.MSTEAMS)),
        "Unresolved, new, opened again by @Ada, from Teams, 12:00 UTC",
    ),
    "regressed": (
        replace(REGRESSED, last_move=move(ActivityType.SET_REGRESSION, Source.INGEST, None)),
        "Unresolved, regressed: it happened again after it was resolved, 12:00 UTC",
    ),
    "back after five events": (
        replace(ESCALATING, last_move=move(ActivityType.SET_ESCALATING, Source.INGEST, None, expired_snooze={"count": 5, "user_count": None})),
        "Came back: 5 events reached",
    ),
    "back after one event": (
        replace(ESCALATING, last_move=move(ActivityType.SET_ESCALATING, Source.INGEST, None, expired_snooze={"count": 1, "user_count": None})),
        "Came back: 1 event reached",
    ),
    "back after three users": (
        replace(ESCALATING, last_move=move(ActivityType.SET_ESCALATING, Source.INGEST, None, expired_snooze={"count": None, "user_count": 3})),
        "Came back: 3 users reached",
    ),
    "back at its time": (
        replace(ONGOING, last_move=move(ActivityType.SET_UNRESOLVED, Source.SCHEDULER, None)),
        "Came back: its time was reached, 12:00 UTC",
    ),
    "resolved": (RESOLVED, "Resolved by @Ada, from Slack, 12:00 UTC"),
    "resolved in Teams": (
        replace(RESOLVED, last_move=move(ActivityType.SET_RESOLVED, Source.MSTEAMS)),
        "Resolved by @Ada, from Teams, 12:00 UTC",
    ),
    "resolved by a token of nobody's": (
        replace(RESOLVED, last_move=move(ActivityType.SET_RESOLVED, Source.API, None)),
        "Resolved, from the API, 12:00 UTC",
    ),
    "resolved in the shell": (
        replace(RESOLVED, last_move=move(ActivityType.SET_RESOLVED, Source.CLI, None)),
        "Resolved, from the command line, 12:00 UTC",
    ),
    "restored to resolved": (
        replace(RESOLVED, last_move=move(ActivityType.RESTORE, Source.MSTEAMS)),
        "Resolved, restored by @Ada, from Teams, 12:00 UTC",
    ),
    "restored to new": (replace(NEW, last_move=move(ActivityType.RESTORE)), "Unresolved, new, restored by @Ada, from Slack, 12:00 UTC"),
    "archived forever": (ARCHIVED, "Archived forever by @Ada, from Slack"),
    "archived until events": (archived(events=10), "Archived until 10 more events (0 so far) by @Ada, from Slack"),
    "archived until more events": (
        archived(Source.MSTEAMS, events=1000, events_so_far=999),
        "Archived until 1,000 more events (999 so far) by @Ada, from Teams",
    ),
    "archived until one event": (archived(events=1), "Archived until 1 more event (0 so far) by @Ada, from Slack"),
    "archived until users": (archived(users=3, users_so_far=2), "Archived until 3 more users (2 so far) by @Ada, from Slack"),
    "archived until a time": (archived(until_at=NOON + timedelta(hours=2)), "Archived until 2026-11-23 14:00 UTC by @Ada, from Slack"),
    "archived until one of two": (
        archived(until_at=NOON + timedelta(days=1), events=5),
        "Archived until 2026-11-24 12:00 UTC or 5 more events (0 so far) by @Ada, from Slack",
    ),
    "archived until it escalates": (
        replace(ARCHIVED, substatus=Substatus.UNTIL_ESCALATING),
        "Archived until it escalates by @Ada, from Slack",
    ),
    "restored to archived": (
        replace(ARCHIVED, last_move=move(ActivityType.RESTORE)),
        "Archived forever, restored by @Ada, from Slack",
    ),
    "deleted": (DELETED, "Deleted by @Ada, from Slack. It can be restored until 13:00 UTC"),
    "gone": (PURGED, "Deleted for good"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_the_state_is_one_sentence(name: str) -> None:
    issue, sentence = SENTENCES[name]
    assert plain(cards.state_sentence(issue)) == sentence


def test_times_in_the_state_are_the_readers_own_to_show() -> None:
    assert Moment(NOON, "time") in cards.state_sentence(RESOLVED)
    assert Moment(NOON + timedelta(hours=1), "time") in cards.state_sentence(DELETED)
    assert Moment(NOON + timedelta(hours=2)) in cards.state_sentence(archived(until_at=NOON + timedelta(hours=2)))


def test_an_old_move_does_not_tell_of_the_state_of_today() -> None:
    came_back = move(ActivityType.SET_ESCALATING, Source.INGEST, None, expired_snooze={"count": 5})
    assert plain(cards.state_sentence(replace(REVIEWED, last_move=came_back))) == "Unresolved, ongoing"
    assert plain(cards.state_sentence(replace(REVIEWED, last_move=move(ActivityType.SET_REGRESSION, Source.INGEST, None)))) == "Unresolved, ongoing"


def words(control: Control) -> str | tuple[str, ...]:
    match control:
        case Button() | Picker():
            return control.label
        case Menu():
            return (control.label, *(button.label for button in control.buttons))


RESOLVE = ("Resolve…", "Now", "In the next release", "In the current release", "In a version…", "By a commit…")
MORE = (*("More…", "Priority: Medium", "Priority: Low", "Comment…", "Subscribe", "Bookmark", "Share", "Merge into…", "Discard…", "Delete…"),)


@pytest.mark.parametrize(
    ("issue", "expected"),
    [
        (NEW, ["Resolve", "Archive…", "Assign…", "Mark reviewed", MORE]),
        (REVIEWED, ["Resolve", "Archive…", "Assign…", MORE]),
        (RESOLVED, ["Unresolve", "Archive…", "Assign…", MORE]),
        (ARCHIVED, ["Resolve", "Unarchive", "Archive otherwise…", "Assign…", MORE]),
        (RELEASED, [RESOLVE, "Archive…", "Assign…", "Mark reviewed", MORE]),
        (replace(ARCHIVED, has_releases=True), [RESOLVE, "Unarchive", "Archive otherwise…", "Assign…", MORE]),
        (replace(RESOLVED, has_releases=True), ["Unresolve", "Archive…", "Assign…", MORE]),
        (CHANGED, ["Resolve", "Archive…", "Assign…", "Mark reviewed", (*MORE, "Undo last change")]),
        (MERGED, []),
        (DELETED, ["Restore"]),
        (PURGED, []),
    ],
)
def test_the_controls_are_those_that_fit_the_state(issue: IssueView, expected: list[object]) -> None:
    assert [words(control) for control in cards.alert(issue, LINKS).controls] == expected


def test_a_resolved_issue_that_waits_for_review_can_be_marked_reviewed() -> None:
    waiting = replace(RESOLVED, inbox=InboxView(InboxReason.MANUAL, NOON))
    assert "Mark reviewed" in [words(control) for control in cards.alert(waiting, LINKS).controls]


def test_the_facts_are_those_that_are_known() -> None:
    facts = cards.alert(NEW, LINKS).facts
    assert facts == (
        Fact("Events", ("3",)),
        Fact("Users", ("1",)),
        Fact("First seen", (Moment(NOON - timedelta(hours=3)),)),
        Fact("Last seen", (Moment(NOON),)),
    )
    hours = tuple((NOON - timedelta(hours=hour), count) for hour, count in enumerate((0, 1, 70, 35)))
    more = cards.alert(replace(NEW, times_seen=12345, release="1.2.0", environment="production", hours=hours), LINKS).facts
    assert more[0] == Fact("Events", ("12,345",))
    assert more[4:] == (Fact("Release", ("1.2.0",)), Fact("Environment", ("production",)), Fact("Last 24 h", ("▁▂█▅",)))


def test_an_hour_with_one_event_stands_out_from_an_hour_with_none() -> None:
    hours = tuple((NOON, count) for count in (0, 1, 1_000_000))
    assert cards.sparkline(replace(NEW, hours=hours)) == "▁▂█"
    assert cards.sparkline(replace(NEW, hours=((NOON, 0),) * 24)) == ""


@pytest.mark.parametrize(
    ("assignee", "people"),
    [
        (None, "Not assigned"),
        (AssigneeView("user", 7, "Ada", "ada@acme.example"), "Assigned to @Ada"),
        (AssigneeView("team", 3, "checkout"), "Assigned to #checkout"),
    ],
)
def test_it_says_who_looks_after_it(assignee: AssigneeView | None, people: str) -> None:
    assert plain(cards.alert(replace(NEW, assignee=assignee), LINKS).people) == people


def test_whoever_resolved_it_last_is_suggested_while_nobody_has_it() -> None:
    came_back = replace(REGRESSED, fixed_by=ADA)
    assert plain(cards.alert(came_back, LINKS).people) == "Not assigned. Suggested: @Ada, who resolved it last"
    assert plain(cards.alert(replace(came_back, assignee=AssigneeView("team", 3, "checkout")), LINKS).people) == "Assigned to #checkout"


def test_the_footer_says_which_rule_brought_it_here() -> None:
    assert plain(cards.alert(NEW, LINKS, "regression: level:error").footer) == "shop · high priority · rule: regression: level:error"


def test_a_merged_issue_leads_to_its_primary() -> None:
    assert Link("SHOP-1", f"{LINKS}/issues/1/") in cards.alert(MERGED, LINKS).state
    assert plain(cards.state_sentence(MERGED)) == "Merged into SHOP-1 by @Ada, from Slack"


def undo_of(change: ActivityView | None) -> list[str]:
    more = next(control for control in cards.alert(replace(NEW, last_change=change), LINKS).controls if isinstance(control, Menu))
    return [button.choice for button in more.buttons if button.verb == "undo"]


def test_undo_is_offered_where_a_person_changed_something_that_can_be_taken_back() -> None:
    for type_ in (ActivityType.SET_RESOLVED, ActivityType.ASSIGNED, ActivityType.SET_PRIORITY, ActivityType.UNDO):
        assert undo_of(move(type_)) == ["99"]
    for change in (None, move(ActivityType.SET_RESOLVED, user=None), move(ActivityType.MERGE), move(ActivityType.RESTORE)):
        assert undo_of(change) == []


@pytest.mark.parametrize(
    ("copies", "footer"),
    [
        (0, "shop · high priority"),
        (1, "shop · high priority"),
        (2, "shop · high priority · shown in 1 further place"),
        (3, "shop · high priority · shown in 2 further places"),
    ],
)
def test_the_footer_says_where_else_it_is_shown(copies: int, footer: str) -> None:
    assert plain(cards.alert(replace(NEW, copies=copies), LINKS).footer) == footer
    assert "low priority" in plain(cards.alert(replace(NEW, priority=Priority.LOW), LINKS).footer)


@pytest.mark.parametrize("level", Level)
def test_the_level_is_a_word_on_the_card_and_in_the_fallback(level: Level) -> None:
    card = cards.alert(replace(NEW, level=level), LINKS)
    assert card.level == level.name.lower()
    assert card.fallback == f"[{level.name.lower()}] SHOP-1F ZeroDivisionError: division by zero: Unresolved, new"


def test_the_link_is_ours_and_leads_to_the_issue() -> None:
    card = cards.alert(NEW, LINKS)
    assert (card.url, card.short_id, card.issue_id, card.version) == (f"{LINKS}/issues/12/", "SHOP-1F", 12, 3)


@given(st.text(), st.text(max_size=1000), st.text())
def test_any_text_of_an_event_stands_on_the_card_as_it_is(title: str, message: str, culprit: str) -> None:
    card = cards.alert(replace(NEW, title=title, message=message, culprit=culprit), LINKS)
    assert (card.title, card.where) == (title, culprit)
    assert message.startswith(card.excerpt)
    assert len(card.excerpt) == min(len(message), 256)
    assert title in card.fallback
    assert "SHOP-1F" in card.fallback
    assert plain(card.state) == "Unresolved, new"


@given(
    st.sampled_from([one for one in Status if one is not Status.PENDING_MERGE]), st.sampled_from([None, *Substatus]), st.sampled_from(ActivityType)
)
def test_every_state_has_a_sentence_even_if_a_move_is_of_another_time(status: Status, substatus: Substatus | None, type_: ActivityType) -> None:
    issue = replace(NEW, status=status, substatus=substatus, last_move=move(type_))
    assert plain(cards.state_sentence(issue)).strip()
    assert plain(cards.state_sentence(replace(issue, last_move=None))).strip()
