"""Watches on the command line: read their options, and print watches and dry runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.chat.platform import PlatformError
from bot.cli.channel_checks import state_of, todo
from bot.security.invisible import one_line
from bot.settings import Settings
from core.bootstrap import Core
from core.errors import Invalid
from core.notify.watches import ChannelName, DryRun, DryRunLine, WatchRule, WatchView
from core.rules.titles import shortened
from core.types import JSON

_ONLY_A_WARNING = "not_in_channel"
"""The channel is there; the bot can still be invited."""


@dataclass(frozen=True)
class ChannelOption:
    """A platform's channels on the command line: the option, the form of their ids, and where people find the ids."""

    option: str
    id: re.Pattern[str]
    where_ids_are: str


CHANNEL_OPTIONS = {
    "slack": ChannelOption(
        "--slack",
        re.compile(r"[CGD][A-Z0-9]+"),
        "In Slack, open the channel and click its name; the id stands at the end of “About”. Example: --slack C0123456789",
    ),
    "msteams": ChannelOption(
        "--teams",
        re.compile(r"[0-9a-z]{1,4}:\S+"),
        "The easiest way is to type “watch PROJECT” to the bot in the channel itself. Example: --teams 19:abc@thread.tacv2",
    ),
}


def real_place(place: ChannelName) -> ChannelName:
    """Return the place if its id has the platform's form. Raises Invalid otherwise, as for a channel's name."""
    named = CHANNEL_OPTIONS[place.platform]
    if named.id.fullmatch(place.external_id):
        return place
    refused = f"“{shortened(place.external_id, 80)}” is not a channel's id; a name is not enough."
    raise Invalid(named.option, f"{refused} Nothing was changed. {named.where_ids_are}")


def look(settings: Settings, core: Core, place: ChannelName) -> str | None:
    """Ask the chat about a channel if that chat is switched on.

    Returns a warning, or None. Raises Invalid if the chat says that the bot cannot post there.
    """
    try:
        state = asyncio.run(state_of(settings, core.channels.locate(place.platform, place.external_id), core.clock))
    except PlatformError as error:
        return f"Could not ask whether the channel {place.external_id} exists ({error}). The watch is set all the same."
    if state is None or not state.trouble:
        return None
    if state.trouble == _ONLY_A_WARNING:
        return f"The bot is not in the channel {place.external_id} yet: {todo(state.trouble)}. Alerts wait until then."
    raise Invalid(CHANNEL_OPTIONS[place.platform].option, f"{place.external_id}: {state.trouble}; {todo(state.trouble)}. Nothing was changed.")


class On(StrEnum):
    """What a watch alerts on. ``none`` is for a watch that only alerts at every N events."""

    NEW = "new"
    REGRESSION = "regression"
    ESCALATION = "escalation"
    NONE = "none"


def rule_from_options(on: Sequence[On] | None, given: WatchRule) -> WatchRule:
    """Return the rule with the chosen kinds of alerts; with all of them if none was chosen."""
    if not on:
        return given
    return replace(given, on_new=On.NEW in on, on_regression=On.REGRESSION in on, on_escalation=On.ESCALATION in on)


def about(project: str, place: ChannelName | None, terms: WatchRule) -> JSON:
    """Return a watch as JSON."""
    where = {"platform": place.platform, "channel": place.external_id} if place else {}
    what = {"query": terms.query, "on": _on(terms), "every": terms.every, "min_interval": terms.min_interval}
    return {"project": project, **where, **what}


def line(watch: WatchView) -> str:
    """Return a watch in one line: *shop → slack C1: level:error; on new, regression; every 100 events*."""
    terms = watch.rule
    parts = [terms.query or "all issues", f"on {', '.join(_on(terms))}" if _on(terms) else "", terms.every_nth if terms.every else ""]
    parts += [f"at most once in {terms.min_interval} min" if terms.min_interval else "", f"finds nothing: {watch.problem}" if watch.problem else ""]
    return one_line(f"{watch.project_slug} → {watch.place.platform} {watch.place.external_id}: {'; '.join(filter(None, parts))}")


def as_json(run: DryRun) -> JSON:
    """Return a dry run as JSON."""
    alerts = [{"at": alert.at.isoformat(), "issue": alert.issue, "title": alert.title, "why": alert.why, "times": alert.times} for alert in run.lines]
    return {"since": run.since.isoformat(), "total": run.total, "is_estimate": run.is_estimate, "told": alerts}


def in_words(run: DryRun) -> str:
    """Return a dry run as text: the number of alerts, then the newest ones."""
    about = "about " if run.is_estimate else ""
    times = "once" if run.total == 1 else f"{run.total} times"
    head = f"Since {run.since:%Y-%m-%d %H:%M} UTC this watch would have told something {about}{times}."
    hidden = run.total - sum(alert.times for alert in run.lines)
    return "\n".join([head, *map(_dry_run_line, run.lines), *([f"… and {hidden} before that."] if hidden else [])])


def _dry_run_line(line: DryRunLine) -> str:
    times = f" ({line.times} times)" if line.times > 1 else ""
    return f"{line.at:%Y-%m-%d %H:%M}  {line.issue}  {one_line(line.title)}  {line.why}{times}"


def _on(terms: WatchRule) -> list[str]:
    flags = {On.NEW: terms.on_new, On.REGRESSION: terms.on_regression, On.ESCALATION: terms.on_escalation}
    return [on.value for on, is_wanted in flags.items() if is_wanted]
