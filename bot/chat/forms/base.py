"""The common parts of all forms: the issues, their names, and the errors of invalid answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.chat.elements import ChoiceField, Field, Form, LookupField, MomentField, Option, TextField
from bot.chat.times import many
from core.errors import Invalid
from core.views import IssueView

MAX_TITLE_CHARS = 24
"""Slack's limit for the title of a modal, in characters."""
_MAX_NAMED_ISSUES = 5


@dataclass(frozen=True)
class Asker:
    """The context to interpret answers in: the current time, and the time zone of the person who answered."""

    now: datetime
    zone: ZoneInfo


Answers = Mapping[str, str]


def titled(verb: str, issues: Sequence[IssueView]) -> str:
    """Return a title: ``Archive SHOP-1F``, ``Archive 3 issues``."""
    what = issues[0].short_id if len(issues) == 1 else many(len(issues), "issue")
    return f"{verb} {what}"[:MAX_TITLE_CHARS]


def named(issues: Sequence[IssueView]) -> str:
    """Return the short ids, shortened if there are many: ``SHOP-1, SHOP-2 and 7 more``."""
    more = f" and {len(issues) - _MAX_NAMED_ISSUES:,} more" if len(issues) > _MAX_NAMED_ISSUES else ""
    return ", ".join(issue.short_id for issue in issues[:_MAX_NAMED_ISSUES]) + more


def whole_number(text: str, noun: str) -> int:
    """Parse a typed number of events or users. Raises Invalid."""
    bare = text.strip().replace(",", "").replace("_", "")
    return number(bare, "amount", f"{text.strip() or 'Nothing'!r} is not a number of {noun}. Example: 50, or 50 in 1h.", most_digits=12)


def number(text: str, field: str, problem: str, most_digits: int = 18) -> int:
    """Parse an integer. Raises Invalid for the field, with that sentence."""
    if not (text.isascii() and text.isdecimal() and len(text) <= most_digits):
        raise Invalid(field, problem)
    return int(text)


def refilled(form: Form, values: Mapping[str, str], error: Invalid) -> Form:
    """Return the form with the typed answers and the error at its field, or at the first field."""
    names = [field.name for field in form.fields]
    beside = error.field if error.field in names or not names else names[0]
    return replace(form, fields=tuple(_kept(field, values.get(field.name, "")) for field in form.fields), errors={beside: str(error)})


def _kept(field: Field, value: str) -> Field:
    if isinstance(field, ChoiceField | TextField):
        return replace(field, initial=value)
    if isinstance(field, MomentField) and value:
        return replace(field, initial=_moment(value))
    if isinstance(field, LookupField) and value:
        # Only versions can be refused after they were found, and the option of a version has the version as its text.
        return replace(field, chosen=Option(value, value))
    return field


def _moment(value: str) -> datetime | None:
    """Return the value of a date-time control: seconds since 1970 (Slack) or ISO 8601 (Teams); None for an impossible date."""
    try:
        at = datetime.fromtimestamp(int(value), UTC) if value.isascii() and value.isdecimal() else datetime.fromisoformat(value)
        return at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
