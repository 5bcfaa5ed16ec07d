"""What a filled form comes to: carried out, or drawn again with what is wrong beside its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.chat.elements import ChoiceField, MomentField, TextField
from bot.chat.interactions import FormSubmitted, Interaction, Lookup, Place, Press, TypedCommand
from bot.chat.targets import OneIssue
from bot.msteams.forms import form_card
from bot.slack.modals import modal
from core.issues.actions import Resolve
from tests.support.chat import Scene, carded, formed
from tests.support.core import NOON
from tests.support.people import ADA

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


async def test_a_snooze_that_a_form_set_ends_by_itself(scene: Scene) -> None:
    await scene.submits("archive", how="30m")
    scene.world.clock.pass_by(minutes=30)
    assert scene.world.core.timers.lift_snoozes() == 1
    assert scene.world.clock() == NOON + timedelta(minutes=30)
    assert scene.world.history()[-1] == "set_unresolved"
