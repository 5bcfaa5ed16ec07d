"""The history checker: what a chat accepted and what the database holds, compared with what was promised. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["loss", "double", "order", "untruth", "unkept", "twice", "uncounted"]
"""loss: a promised copy never appeared. double: posted again beyond the one that a crash excuses. order: out of turn, or an older state over a
newer one. untruth: a copy does not end with what is so. unkept: answered with success, but not there. twice: one deed acted more than once.
uncounted: events that were accepted and the events that are counted differ."""


@dataclass(frozen=True)
class Sent:
    """One request that a chat accepted, in the order of acceptance. ``at`` is in seconds; ``key`` is empty for what redraws."""

    at: float
    do: Literal["post", "update", "reply"]
    channel: str
    external_id: str
    key: str
    issue_id: int
    """0 for what is about no single issue."""
    version: int
    state: str


@dataclass(frozen=True)
class Copy:
    """A promise as the ledger keeps it; ``number`` is the order of promising."""

    number: int
    channel: str
    issue_id: int
    external_id: str | None
    is_parked: bool = False
    storm: int | None = None
    """The storm whose summary stands for the copy."""

    @property
    def key(self) -> str:
        """What is stored with the post."""
        return f"message-{self.number}"


@dataclass(frozen=True)
class Standing:
    """An issue as it stands in the end."""

    version: int
    state: str
    times_seen: int = 0


@dataclass(frozen=True)
class Change:
    """A change of an issue: one that was answered with success, or one that the activities tell of."""

    issue_id: int
    what: str


@dataclass(frozen=True)
class History:
    """All that is looked at."""

    sent: Sequence[Sent] = ()
    copies: Sequence[Copy] = ()
    issues: Mapping[int, Standing] = field(default_factory=dict)
    answered: Sequence[Change] = ()
    changes: Sequence[Change] = ()
    events: Mapping[int, int] = field(default_factory=dict)
    """Of each issue, how many events were accepted."""
    excused: int = 0
    """How many posts may have come twice: one for each channel that a sender died in, where the chat cannot be asked what it has."""
    gone: str = "Deleted for good"
    """What the copies of a purged issue show for ever."""


@dataclass(frozen=True)
class Finding:
    """A broken promise."""

    kind: Kind
    said: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.said}"


def findings(history: History) -> list[Finding]:
    """Every broken promise in a history that has come to rest."""
    checks = (_losses, _doubles, _out_of_turn, _backward, _untruths, _false_graves, _unkept, _uncounted)
    return [finding for check in checks for finding in check(history)]


def duplicates(history: History) -> int:
    """How many posts came again, excused or not."""
    return sum(count - 1 for count in _posts_by_key(history).values())


def _posts_by_key(history: History) -> Counter[tuple[str, str]]:
    return Counter((one.channel, one.key) for one in history.sent if one.do != "update")


def _losses(history: History) -> Iterator[Finding]:
    posts = [one for one in history.sent if one.do == "post"]
    posted, summaries = {one.external_id for one in posts}, {(one.channel, one.key) for one in posts}
    for copy in history.copies:
        is_told = (copy.channel, f"storm-{copy.storm}") in summaries if copy.storm else copy.external_id in posted
        if not copy.is_parked and not is_told:
            yield Finding("loss", f"{copy.key} of issue {copy.issue_id} never appeared in {copy.channel}")


def _doubles(history: History) -> Iterator[Finding]:
    again = {key: count - 1 for key, count in _posts_by_key(history).items() if count > 1}
    if sum(again.values()) > history.excused:
        yield Finding("double", f"posted again: {again}, of which {history.excused} are excused")


def _out_of_turn(history: History) -> Iterator[Finding]:
    """In a channel, alerts appear in the order in which they were promised; what was parked lost its turn."""
    turns = {(copy.channel, copy.key): copy.number for copy in history.copies if not copy.is_parked}
    first = dict.fromkeys((one.channel, one.key) for one in history.sent if one.do == "post")
    by_channel: dict[str, list[int]] = defaultdict(list)
    for channel, key in first:
        if (channel, key) in turns:
            by_channel[channel].append(turns[channel, key])
    for channel, numbers in by_channel.items():
        for earlier, later in pairwise(numbers):
            if later < earlier:
                yield Finding("order", f"message-{earlier} came before message-{later} in {channel}")


def _backward(history: History) -> Iterator[Finding]:
    newest: dict[str, int] = {}
    for one in history.sent:
        if one.do != "reply" and one.version < newest.get(one.external_id, 0):
            yield Finding("order", f"{one.external_id}: version {one.version} was drawn over {newest[one.external_id]}")
        newest[one.external_id] = max(one.version, newest.get(one.external_id, 0))


def _untruths(history: History) -> Iterator[Finding]:
    final = {one.external_id: one for one in history.sent if one.do != "reply"}
    for copy in history.copies:
        shown, issue = final.get(copy.external_id or ""), history.issues.get(copy.issue_id)
        if copy.is_parked or shown is None or issue is None:
            continue
        if (shown.issue_id, shown.version, shown.state) != (copy.issue_id, issue.version, issue.state):
            said = f"version {shown.version} {shown.state!r} of {shown.issue_id}"
            yield Finding("untruth", f"{copy.key} shows {said}, issue {copy.issue_id} is at {issue.version} {issue.state!r}")


def _false_graves(history: History) -> Iterator[Finding]:
    """Nobody redraws the copies of an issue that is gone: the last thing they say must be that."""
    final = {one.external_id: one for one in history.sent if one.do != "reply" and one.issue_id}
    kept = {copy.external_id for copy in history.copies}
    parked = {copy.issue_id for copy in history.copies if copy.is_parked}
    for external_id, one in final.items():
        is_gone = one.issue_id not in history.issues and external_id not in kept and one.issue_id not in parked
        if is_gone and one.state != history.gone:
            yield Finding("untruth", f"issue {one.issue_id} is gone and {external_id} shows {one.state!r}")


def _unkept(history: History) -> Iterator[Finding]:
    answered, there = Counter(history.answered), Counter(history.changes)
    for change, times in answered.items():
        if there[change] < times:
            yield Finding("unkept", f"{change.what} of issue {change.issue_id} was answered with success and is not there")
        if there[change] > times:
            yield Finding("twice", f"{change.what} of issue {change.issue_id} was asked for {times} times and happened {there[change]} times")


def _uncounted(history: History) -> Iterator[Finding]:
    for issue_id, accepted in history.events.items():
        counted = history.issues[issue_id].times_seen if issue_id in history.issues else 0
        if counted != accepted:
            yield Finding("uncounted", f"{accepted} events of issue {issue_id} were accepted and {counted} are counted")
