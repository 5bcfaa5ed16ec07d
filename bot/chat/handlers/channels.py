"""Commands about a channel: its watches and its settings."""

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


def watch(context: RequestContext, command: Command) -> Reply:
    """Set a watch for the channel; say how many alerts it would have posted in the past."""
    place = _own(context, command)
    project = context.core.directory.project_in(context.organization_id, command.place.lower())
    terms = WatchRule(query=command.argument)
    context.core.watches.set(project, place, terms, request_id=context.interaction.request_id)
    past = context.core.watches.dry_run(project, terms, DRY_RUN_DAYS).total
    which = f" that {command.argument} finds" if command.argument else ""
    count = times.many(past, "time")
    return Notice((f"This channel is told of the issues of {project.slug}{which}. In the last {DRY_RUN_DAYS} days that would have been {count}.",))


def unwatch(context: RequestContext, command: Command) -> Reply:
    """Remove the channel's watch on a project."""
    place = _place(context, command, Role.ADMIN)
    project = context.core.directory.project_in(context.organization_id, command.place.lower())
    if context.core.watches.remove(project, place, request_id=context.interaction.request_id):
        return Notice((f"This channel is told of the issues of {project.slug} no more. What stands here stays up to date.",))
    return Notice((f"This channel was not told of the issues of {project.slug}.",))


def watches(context: RequestContext, command: Command) -> Reply:
    """List the watches of the channel, and its settings."""
    place = _place(context, command, Role.VIEWER)
    lines = tuple(_line(watch_) for watch_ in context.core.watches.listed(context.organization_id) if watch_.place == place)
    settings = context.core.channels.settings(context.organization_id, place.platform, place.external_id)
    settings_line = f"Threads: {settings.threads}. Comments: {_switch(settings.comments)}. Mentions: {settings.mentions}. "
    more = f"Broadcasts: {_switch(settings.broadcasts)}. Digest: {settings.digest or 'off'}."
    return Listing("This channel is told of:", lines or (("Nothing. Start with: ", Code("watch PROJECT")),), (settings_line, more))


def change(context: RequestContext, command: Command) -> Reply:
    """Change one of the channel's settings."""
    place = _own(context, command)
    value: str | bool | None = command.argument
    if command.verb in ("comments", "broadcasts"):
        value = command.argument == "on"
    elif command.verb == "digest":
        value = None if command.argument == "off" else f"{times.clock(command.argument, 'digest'):%H:%M}"
    zone = {"time_zone": context.asker.zone.key} if command.verb == "digest" and value else {}
    named = (context.organization_id, place.platform, place.external_id)
    context.core.channels.change(*named, context.interaction.request_id, **{command.verb: value}, **zone)
    return Notice((f"{command.verb.capitalize()} of this channel: {value if isinstance(value, str) else _switch(value)}.",))


def _own(context: RequestContext, command: Command) -> ChannelName:
    """Return the channel, for admins only, and register it with its workspace or tenant."""
    place = _place(context, command, Role.ADMIN)
    context.core.channels.register(context.organization_id, place.platform, place.external_id, context.interaction.person.tenant)
    return place


def _place(context: RequestContext, command: Command, needed: Role) -> ChannelName:
    context.need(needed)
    if not context.interaction.place.channel:
        raise NoChannel(verb=command.verb)
    return ChannelName(context.interaction.person.platform, context.interaction.place.channel)


def _line(watch_: WatchView) -> Text:
    which = f": {watch_.rule.query}" if watch_.rule.query else ""
    trouble = f" (finds nothing any more: {watch_.problem})" if watch_.problem else ""
    return (Bold(watch_.project_slug), f"{which}{trouble}")


def _switch(is_on: object) -> str:
    return "on" if is_on else "off"
