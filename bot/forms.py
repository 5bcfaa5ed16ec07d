"""What a verb asks before it acts, and how the answers are read: one definition for Slack's modals and Teams' dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot import words
from bot.surface import Bold, ChoiceField, Form, LookupField, MomentField, Option, Text, TextField
from core.actions import Archive
from core.errors import Invalid
from core.until import Condition
from core.views import IssueView

if TYPE_CHECKING:
    from bot.menu import Asker

_HOW_LONG = (
    Option("For 30 min", "30m"),
    Option("For 1 h", "1h"),
    Option("For 4 h", "4h"),
    Option("For 8 h", "8h"),
    Option("Until tomorrow 09:00", "tomorrow"),
    Option("Until Monday 09:00", "monday"),
    Option("For a while of my own, such as 90m or 3d", "duration"),
    Option("Until a date and time", "date"),
    Option("Until so many more events", "events"),
    Option("Until so many more users are hit", "users"),
    Option("Until it escalates: more events in an hour than expected", "escalating"),
    Option("For good: archive forever", "forever"),
)


def archive(issue: IssueView) -> Form:
    """How long to put an issue aside."""
    return Form(
        verb="archive",
        issue_id=issue.id,
        version=issue.version,
        title=f"Archive {issue.short_id}"[:24],
        intro=("It leaves the list and stays quiet until what you choose here brings it back. Whoever looks at it will see what that is.",),
        fields=(
            ChoiceField("how", "Archive", _HOW_LONG, initial="1h"),
            TextField("amount", "How long, or how many", hint="90m, 2h, 3d, or a number of events or users"),
            MomentField("date", "Date and time", hint="In your own time zone"),
        ),
        submit="Archive",
    )


def read_archive(answers: Mapping[str, str], asker: Asker) -> Archive:
    """The action that the archive form asks for. Raises Invalid for the field that is wrong."""
    how, amount = answers.get("how", ""), answers.get("amount", "")
    if how == "forever":
        return Archive()
    if how == "escalating":
        return Archive(is_until_escalating=True)
    if how == "duration":
        condition = Condition(until_at=asker.now + words.duration(amount, "amount"))
    elif how == "date":
        condition = Condition(until_at=_moment(answers.get("date", ""), asker))
    elif how == "events":
        condition = Condition(events=whole_number(amount, "events"))
    elif how == "users":
        condition = Condition(users=whole_number(amount, "users"))
    elif how in ("tomorrow", "monday"):
        condition = Condition(until_at=words.moment(how, asker.now, asker.zone))
    elif how in {option.value for option in _HOW_LONG}:
        condition = Condition(until_at=asker.now + words.duration(how))
    else:
        raise Invalid("how", "Choose one of these.")
    _check(condition, asker.now)
    return Archive(condition)


def assign(issue: IssueView) -> Form:
    """Who is to look after an issue."""
    return Form(
        verb="assign",
        issue_id=issue.id,
        version=issue.version,
        title=f"Assign {issue.short_id}"[:24],
        intro=(f"Now with {issue.assignee.name}." if issue.assignee else "Nobody looks after it yet.",),
        fields=(LookupField("assignee", "Assign to", "assignee"),),
        submit="Assign",
    )


def delete(issue: IssueView) -> Form:
    """Whether an issue shall really go."""
    hit = f" with {_many(issue.times_seen, 'event')} that hit {_many(issue.users_seen, 'user')}. "
    way_back = "It can be restored until the time that the message will say; then it is gone for good. A new event opens a new issue."
    lost: Text = ("This deletes ", Bold(issue.short_id), hit, way_back)
    return Form("delete", issue.id, issue.version, f"Delete {issue.short_id}?"[:24], lost, (), "Delete", is_dangerous=True)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def whole_number(text: str, noun: str) -> int:
    """A number of events or users as somebody typed it. Raises Invalid."""
    bare = text.strip().replace(",", "").replace("_", "")
    if not (bare.isascii() and bare.isdecimal() and len(bare) <= 12):
        raise Invalid("amount", f"{text.strip() or 'Nothing'!r} is not a number of {noun}. Example: 50.")
    return int(bare)


def _moment(text: str, asker: Asker) -> datetime:
    if not text:
        raise Invalid("date", "Choose a date and time.")
    if text.isascii() and text.isdecimal() and len(text) <= 11:
        return datetime.fromtimestamp(int(text), UTC)
    return words.moment(text, asker.now, asker.zone, "date")


def _check(condition: Condition, now: datetime) -> None:
    """Says a fault of the condition under the field of this form that it came from."""
    try:
        condition.check(now)
    except Invalid as error:
        raise Invalid("date" if error.field == "until" else "amount", str(error)) from None
