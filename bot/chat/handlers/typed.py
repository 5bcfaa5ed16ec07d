"""Typed commands, in a chat or a shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat import cards, commands, times
from bot.chat.commands import Command
from bot.chat.elements import Bold, Card, Code, Listing, Notice, Reply, Text, confided, plain
from bot.chat.handlers import account, channels, lists
from bot.chat.handlers.bulk import listing
from bot.chat.handlers.context import RequestContext, find
from bot.chat.handlers.presses import check, last_change, notice
from bot.chat.interactions import TypedCommand
from bot.chat.verbs import TYPED, IssueVerb, described, typed_with
from core.errors import NotUndoable, TriageError
from core.issues.actions import Action
from core.issues.actions.assign import To
from core.types import Origin, Role

MOST_ASKED = 100
"""Issues that one form can be about: their numbers travel in it."""


class TooManyToAsk(TriageError):
    """{count} issues are too many for one question; name at most {most}. Nothing was changed."""


class NotAPerson(TriageError):
    """“{name}” is no person, and only people have roles. Example: role @ada admin"""


class OwnRole(TriageError):
    """Nobody changes their own role: ask another admin. Nothing was changed."""


def answer(desk: RequestContext, typed: TypedCommand) -> Reply:
    """Carries a command out. Raises TriageError, which names the word and gives an example."""
    command = commands.parse(typed.text)
    if command.verb in COMMANDS:
        reply = COMMANDS[command.verb](desk, command)
        spec = described(command.verb)
        return confided(reply) if spec and spec.is_private else reply
    verb = typed_with(command.verb, command.how) or find(command.verb)
    check(desk, verb)
    if verb.form and not command.how:
        if len(command.ids) > MOST_ASKED:
            raise TooManyToAsk(count=len(command.ids), most=MOST_ASKED)
        return verb.form(*desk.core.reads.several(desk.organization_id, command.ids))
    outcomes = desk.do(verb, command.ids, _action(desk, verb, command, typed))
    return notice(verb, outcomes[0]) if len(outcomes) == 1 else listing(verb, outcomes)


def _action(desk: RequestContext, verb: IssueVerb, command: Command, typed: TypedCommand) -> Action:
    if verb.read_words:
        return verb.read_words(command.how, command.argument, desk.asker)
    return verb.build(_answers(desk, verb, command, typed), desk.asker)


def _answers(desk: RequestContext, verb: IssueVerb, command: Command, typed: TypedCommand) -> Mapping[str, str]:
    """The command's words as a form would have them."""
    argument = command.argument
    if verb.source == "assignee":
        to = _assignee(desk, argument, typed)
        argument = f"{to.kind}:{to.id}"
    elif command.how == "saying":
        argument = _with_names(argument, typed)
    return {name: value for name, value in ((verb.argument, argument), (verb.place, command.place)) if name}


def _assignee(desk: RequestContext, name: str, typed: TypedCommand) -> To:
    if name.lower() == "me":
        return To("user", desk.user.id)
    mentioned = typed.people.get(name.removeprefix("@"))
    if mentioned:
        return To("user", desk.known(mentioned).id)
    return desk.core.directory.assignee(desk.organization_id, name)


def _with_names(text: str, typed: TypedCommand) -> str:
    """People are named in a comment as people read it, not by their ids."""
    for subject, person in typed.people.items():
        text = text.replace(f"@{subject}", f"@{person.name or subject}")
    return text


def _role(desk: RequestContext, command: Command) -> Reply:
    """What somebody else may do from now on."""
    desk.need(Role.ADMIN)
    typed = desk.interaction.payload
    to = _assignee(desk, command.argument, typed) if isinstance(typed, TypedCommand) else None
    user = desk.core.directory.user(to.id) if to and to.kind == "user" else None
    if user is None:
        raise NotAPerson(name=command.argument)
    if user.id == desk.user.id:
        raise OwnRole
    changed = desk.core.directory.set_role(user, Role[command.how.upper()], request_id=desk.interaction.request_id)
    return Notice((f"The role of @{changed.name} is {changed.role.name.lower()} from now on.",))


def _undo(desk: RequestContext, command: Command) -> Reply:
    verb = find("undo")
    check(desk, verb)
    if command.ids:
        issue = desk.issue(command.ids[0])
        activity: int | str = last_change(desk, issue)
    else:
        changed = desk.core.reads.changed_last(desk.organization_id, desk.user.id)
        if changed is None:
            raise NotUndoable(reason="you have changed nothing yet")
        activity, issue = changed[0], desk.issue(changed[1])
    (outcome,) = desk.do(verb, (issue.id,), verb.build({verb.choice: str(activity)}, desk.asker))
    return notice(verb, outcome)


def _show(desk: RequestContext, command: Command) -> Reply:
    person, place = desk.interaction.person, desk.interaction.place
    issues = desk.core.reads.several(desk.organization_id, command.ids)
    if not place.channel:
        return Listing(f"{len(issues)} shown", tuple(_in_full(cards.alert(issue, desk.links)) for issue in issues))
    for issue in issues:
        # One request for each issue: those that were shown before a crash are not shown twice after it.
        request_id = f"{desk.interaction.request_id}#{issue.id}"
        desk.core.outbox.show(desk.organization_id, issue.id, person.platform, Origin(person.tenant, place.channel), request_id)
    shown = ", ".join(issue.short_id for issue in issues)
    return Notice((f"{shown} will stand here in a moment. If not, add Quell to this channel first.",))


def _delivery(desk: RequestContext, command: Command) -> Reply:
    receipts = desk.core.outbox.receipts(desk.organization_id, command.ids[0])
    if not receipts:
        return Notice((f"{command.ids[0]} is shown nowhere. To see it here, type: ", Code(f"show {command.ids[0]}")))
    lines: list[Text] = []
    for one in receipts:
        tried = f", tried {times.many(one.tries, 'time')}" if one.tries else ""
        why = f": {one.waits_because}" if one.waits_because else ""
        place = f"{cards.source_words(one.platform) or one.platform} {f'#{one.name}' if one.name else one.channel}"
        lines.append((f"{place}: {one.state}, version {one.shown_version} of {one.wanted_version}{tried}{why}",))
    return Listing(f"{command.ids[0]}: {times.many(len(receipts), 'message')}", tuple(lines))


def _help(_: RequestContext, command: Command) -> Reply:
    topic = command.argument
    verb = described(topic) if topic else None
    if verb:
        return Listing(verb.usage, ((verb.help,), ("Example: ", Code(verb.example))))
    lines = tuple((Code(one.usage), f" {one.help}") for one in TYPED)
    unknown = f"There is no command “{topic}”. These are all:" if topic else "What you can type:"
    return Listing(unknown, lines, ("An id looks like SHOP-1F; several can be given at once.",))


def _in_full(card: Card) -> Text:
    """A card as lines, where there is no channel to post it to."""
    facts = "\n".join(f"  {fact.label}: {plain(fact.value)}" for fact in card.facts)
    return (Bold(f"{card.short_id} {card.title}"), f"\n  {plain(card.state)}\n  {plain(card.people)}\n{facts}\n  {card.url}")


COMMANDS: Mapping[str, Callable[[RequestContext, Command], Reply]] = {
    "help": _help,
    "list": lambda desk, command: lists.listed(desk, command.argument),
    "mine": lambda desk, _: lists.home(desk),
    "inbox": lambda desk, _: lists.inbox(desk),
    "show": _show,
    "undo": _undo,
    "delivery": _delivery,
    "link": account.link,
    "unlink": account.unlink,
    "whoami": account.whoami,
    "login": account.login,
    "role": _role,
    "watch": channels.watch,
    "unwatch": channels.unwatch,
    "watches": channels.watches,
    "threads": channels.change,
    "comments": channels.change,
    "mentions": channels.change,
    "broadcasts": channels.change,
    "digest": channels.change,
}
"""How each command is answered. A verb of issues that is not among them is done to the issues that are named."""
