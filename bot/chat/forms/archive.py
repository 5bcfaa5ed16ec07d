"""The archive form, and what its answers and the words of a command mean."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.chat import times
from bot.chat.elements import ChoiceField, Form, MomentField, Option, TextField
from bot.chat.forms.base import Asker, titled, whole_number
from bot.chat.targets import targets_of
from core.errors import Invalid
from core.issues.actions import Archive
from core.rules.snooze import Condition
from core.views import IssueView

_HOW_LONG = (
    Option("For 30 min", "30m"),
    Option("For 1 h", "1h"),
    Option("For 4 h", "4h"),
    Option("For 8 h", "8h"),
    Option("Until tomorrow 09:00", "tomorrow"),
    Option("Until Monday 09:00", "monday"),
    Option("For a while of my own, such as 90m or 3d", "duration"),
    Option("Until a date and time", "date"),
    Option("Until so many more events, or so many in a time", "events"),
    Option("Until so many more users are hit, or so many in a time", "users"),
    Option("Until it escalates: more events in an hour than expected", "escalating"),
    Option("For good: archive forever", "forever"),
)
_COUNTED = re.compile(r"(?P<count>\S+)( (more )?(?P<noun>event|user)s?)?( in (?P<window>.+))?")


def archive(*issues: IssueView) -> Form:
    """Return the form that asks how long to archive issues."""
    leaves = "It leaves the list and stays quiet" if len(issues) == 1 else "They leave the list and stay quiet"
    brings = " until what you choose here brings it back: the time, so many more events or users, or more events than expected. "
    return Form(
        verb="archive",
        targets=targets_of(issues),
        title=titled("Archive", issues),
        intro=(leaves, brings, "What is archived forever comes back only when somebody takes it out."),
        fields=(
            ChoiceField("how", "Archive", _HOW_LONG, initial="1h"),
            TextField("amount", "How long, or how many", hint="90m, 2h or 3d; or a number such as 50; or a number in a time, such as 50 in 1h"),
            MomentField("date", "Date and time", hint="In your own time zone"),
        ),
        submit="Archive",
    )


def read_archive(answers: Mapping[str, str], asker: Asker) -> Archive:
    """Return the action that the archive form requests. Raises Invalid for the field that is wrong."""
    how = answers.get("how", "")
    if how == "forever":
        return Archive()
    if how == "escalating":
        return Archive(is_until_escalating=True)
    condition = _condition(how, answers, asker)
    try:
        condition.check(asker.now)
    except Invalid as error:
        raise Invalid("date" if error.field == "until" else "amount", str(error)) from None
    return Archive(condition)


def archive_by_words(kind: str, argument: str, asker: Asker) -> Archive:
    """Return the action that a command requests: ``forever``, ``for`` a duration, ``until`` a condition. Raises Invalid."""
    match kind:
        case "forever":
            return Archive()
        case "for":
            return Archive(Condition(until_at=asker.now + times.duration(argument, "for")))
        case _:
            return _until(argument, asker)


def _until(said: str, asker: Asker) -> Archive:
    """Parse ``escalating``, ``50 events``, ``10 users in 1d``, or a time. Raises Invalid."""
    if said.lower() in ("escalating", "it escalates"):
        return Archive(is_until_escalating=True)
    match = _COUNTED.fullmatch(said.lower())
    if match and match["noun"]:
        return Archive(_counted(said, match["noun"], "in"))
    return Archive(Condition(until_at=times.moment(said, asker.now, asker.zone)))


def _condition(how: str, answers: Mapping[str, str], asker: Asker) -> Condition:
    amount = answers.get("amount", "")
    match how:
        case "duration":
            return Condition(until_at=asker.now + times.duration(amount, "amount"))
        case "date":
            return Condition(until_at=_moment(answers.get("date", ""), asker))
        case "events" | "users":
            return _counted(amount, how.removesuffix("s"), "amount")
        case "tomorrow" | "monday":
            return Condition(until_at=times.moment(how, asker.now, asker.zone))
        case _ if how in {option.value for option in _HOW_LONG}:
            return Condition(until_at=asker.now + times.duration(how))
        case _:
            raise Invalid("how", "Choose one of these.")


def _counted(text: str, noun: str, field: str) -> Condition:
    """Parse ``50``, ``50 events`` or ``50 in 1h``. ``field`` is the field of an invalid window."""
    match = _COUNTED.fullmatch(text.strip().lower())
    if match is None or match["noun"] not in (None, noun):
        raise Invalid("amount", f"{text.strip() or 'Nothing'!r} is not a number of {noun}s. Example: 50, or 50 in 1h.")
    count, window = whole_number(match["count"], f"{noun}s"), match["window"]
    minutes = math.ceil(times.duration(window, field).total_seconds() / 60) if window else None
    if noun == "event":
        return Condition(events=count, events_window=minutes)
    return Condition(users=count, users_window=minutes)


def _moment(text: str, asker: Asker) -> datetime:
    if not text:
        raise Invalid("date", "Choose a date and time.")
    if text.isascii() and text.isdecimal() and len(text) <= 11:
        return datetime.fromtimestamp(int(text), UTC)
    return times.moment(text, asker.now, asker.zone, "date")
