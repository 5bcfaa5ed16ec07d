"""What a channel is told of, and how."""

from __future__ import annotations

from bot.chat import times
from bot.chat.commands import Command
from bot.chat.elements import Bold, Code, Listing, Notice, Reply, Text
from bot.chat.handlers.context import RequestContext
from core.errors import TriageError
from core.notify.watches import ChannelName, WatchView
from core.rules.watching import WatchRule
from core.types import Role

DRY_RUN_DAYS = 7


class NoChannel(TriageError):
    """{verb} is about a channel: type it there."""


def watch(desk: RequestContext, command: Command) -> Reply:
    """From now on the channel is told of a project's issues; says how much that would have been."""
    place = _own(desk, command)
    project = desk.core.directory.project_in(desk.organization_id, command.place.lower())
    terms = WatchRule(query=command.argument)
    desk.core.watches.set(project, place, terms, request_id=desk.interaction.request_id)
    past = desk.core.watches.dry_run(project, terms, DRY_RUN_DAYS).total
    which = f" that {command.argument} finds" if command.argument else ""
    told = times.many(past, "time")
    return Notice((f"This channel is told of the issues of {project.slug}{which}. In the last {DRY_RUN_DAYS} days that would have been {told}.",))


def unwatch(desk: RequestContext, command: Command) -> Reply:
    """The channel is told of a project's issues no more."""
    place = _place(desk, command, Role.ADMIN)
    project = desk.core.directory.project_in(desk.organization_id, command.place.lower())
    if desk.core.watches.remove(project, place, request_id=desk.interaction.request_id):
        return Notice((f"This channel is told of the issues of {project.slug} no more. What stands here stays up to date.",))
    return Notice((f"This channel was not told of the issues of {project.slug}.",))


def watches(desk: RequestContext, command: Command) -> Reply:
    """What the channel is told of, and its settings."""
    place = _place(desk, command, Role.VIEWER)
    lines = tuple(_line(one) for one in desk.core.watches.listed(desk.organization_id) if one.place == place)
    settings = desk.core.channels.settings(desk.organization_id, place.platform, place.external_id)
    said = f"Threads: {settings.threads}. Comments: {_switch(settings.comments)}. Mentions: {settings.mentions}. "
    more = f"Broadcasts: {_switch(settings.broadcasts)}. Digest: {settings.digest or 'off'}."
    return Listing("This channel is told of:", lines or (("Nothing. Start with: ", Code("watch PROJECT")),), (said, more))


def change(desk: RequestContext, command: Command) -> Reply:
    """One of the channel's settings."""
    place = _own(desk, command)
    value: str | bool | None = command.argument
    if command.verb in ("comments", "broadcasts"):
        value = command.argument == "on"
    elif command.verb == "digest":
        value = None if command.argument == "off" else f"{times.clock(command.argument, 'digest'):%H:%M}"
    zone = {"time_zone": desk.asker.zone.key} if command.verb == "digest" and value else {}
    named = (desk.organization_id, place.platform, place.external_id)
    desk.core.channels.change(*named, desk.interaction.request_id, **{command.verb: value}, **zone)
    return Notice((f"{command.verb.capitalize()} of this channel: {value if isinstance(value, str) else _switch(value)}.",))


def _own(desk: RequestContext, command: Command) -> ChannelName:
    """The channel, for an admin, and known from now on with the workspace or tenant that it was met in."""
    place = _place(desk, command, Role.ADMIN)
    desk.core.channels.meet(desk.organization_id, place.platform, place.external_id, desk.interaction.person.tenant)
    return place


def _place(desk: RequestContext, command: Command, needed: Role) -> ChannelName:
    desk.need(needed)
    if not desk.interaction.place.channel:
        raise NoChannel(verb=command.verb)
    return ChannelName(desk.interaction.person.platform, desk.interaction.place.channel)


def _line(one: WatchView) -> Text:
    which = f": {one.terms.query}" if one.terms.query else ""
    trouble = f" (finds nothing any more: {one.trouble})" if one.trouble else ""
    return (Bold(one.project_slug), f"{which}{trouble}")


def _switch(is_on: object) -> str:
    return "on" if is_on else "off"
