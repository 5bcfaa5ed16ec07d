"""Handle typed commands, in a chat or a shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat import cards, commands, times
from bot.chat.commands import Command
from bot.chat.elements import Bold, Card, Code, Listing, Notice, Reply, Text, made_private, plain
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

MAX_FORM_ISSUES = 100
"""The most issues of one form: the form carries their numbers."""


class TooManyToAsk(TriageError):
    """{count} issues are too many for one question; name at most {most}. Nothing was changed."""


class NotAPerson(TriageError):
    """“{name}” is no person, and only people have roles. Example: role @ada admin"""


class OwnRole(TriageError):
    """Nobody changes their own role: ask another admin. Nothing was changed."""


def answer(context: RequestContext, message: TypedCommand) -> Reply:
    """Carry out a command and return the reply. Raises TriageError, which names the word and gives an example."""
    command = commands.parse(message.text)
    if command.verb in COMMANDS:
        reply = COMMANDS[command.verb](context, command)
        spec = described(command.verb)
        return made_private(reply) if spec and spec.is_private else reply
    verb = typed_with(command.verb, command.how) or find(command.verb)
    check(context, verb)
    if verb.form and not command.how:
        if len(command.ids) > MAX_FORM_ISSUES:
            raise TooManyToAsk(count=len(command.ids), most=MAX_FORM_ISSUES)
        return verb.form(*context.core.reads.issues_named(context.organization_id, command.ids))
    outcomes = context.do(verb, command.ids, _action(context, verb, command, message))
    return notice(verb, outcomes[0]) if len(outcomes) == 1 else listing(verb, outcomes)


def _action(context: RequestContext, verb: IssueVerb, command: Command, message: TypedCommand) -> Action:
    if verb.read_words:
        return verb.read_words(command.how, command.argument, context.asker)
    return verb.build(_answers(context, verb, command, message), context.asker)


def _answers(context: RequestContext, verb: IssueVerb, command: Command, message: TypedCommand) -> Mapping[str, str]:
    """Return the command's words in the form of form answers."""
    argument = command.argument
    if verb.source == "assignee":
        to = _assignee(context, argument, message)
        argument = f"{to.kind}:{to.id}"
    elif command.how == "saying":
        argument = _with_names(argument, message)
    return {name: value for name, value in ((verb.argument, argument), (verb.place, command.place)) if name}


def _assignee(context: RequestContext, name: str, message: TypedCommand) -> To:
    if name.lower() == "me":
        return To("user", context.user.id)
    mentioned = message.people.get(name.removeprefix("@"))
    if mentioned:
        return To("user", context.user_of(mentioned).id)
    return context.core.directory.assignee(context.organization_id, name)


def _with_names(text: str, message: TypedCommand) -> str:
    """Replace the ids of mentioned people by their names in a comment."""
    for subject, person in message.people.items():
        text = text.replace(f"@{subject}", f"@{person.name or subject}")
    return text


def _role(context: RequestContext, command: Command) -> Reply:
    """Change another person's role."""
    context.need(Role.ADMIN)
    message = context.interaction.payload
    to = _assignee(context, command.argument, message) if isinstance(message, TypedCommand) else None
    user = context.core.directory.user(to.id) if to and to.kind == "user" else None
    if user is None:
        raise NotAPerson(name=command.argument)
    if user.id == context.user.id:
        raise OwnRole
    changed = context.core.directory.set_role(user, Role[command.how.upper()], request_id=context.interaction.request_id)
    return Notice((f"The role of @{changed.name} is {changed.role.name.lower()} from now on.",))


def _undo(context: RequestContext, command: Command) -> Reply:
    verb = find("undo")
    check(context, verb)
    if command.ids:
        issue = context.issue(command.ids[0])
        activity: int | str = last_change(context, issue)
    else:
        changed = context.core.reads.last_change_by(context.organization_id, context.user.id)
        if changed is None:
            raise NotUndoable(reason="you have changed nothing yet")
        activity, issue = changed[0], context.issue(changed[1])
    (outcome,) = context.do(verb, (issue.id,), verb.build({verb.choice: str(activity)}, context.asker))
    return notice(verb, outcome)


def _show(context: RequestContext, command: Command) -> Reply:
    person, place = context.interaction.person, context.interaction.place
    issues = context.core.reads.issues_named(context.organization_id, command.ids)
    if not place.channel:
        return Listing(f"{len(issues)} shown", tuple(_card_as_lines(cards.alert(issue, context.links)) for issue in issues))
    for issue in issues:
        # One request per issue, so that issues shown before a crash are not shown again after it.
        request_id = f"{context.interaction.request_id}#{issue.id}"
        context.core.outbox.show(context.organization_id, issue.id, person.platform, Origin(person.tenant, place.channel), request_id)
    shown = ", ".join(issue.short_id for issue in issues)
    return Notice((f"{shown} will stand here in a moment. If not, add Quell to this channel first.",))


def _delivery(context: RequestContext, command: Command) -> Reply:
    receipts = context.core.outbox.receipts(context.organization_id, command.ids[0])
    if not receipts:
        return Notice((f"{command.ids[0]} is shown nowhere. To see it here, type: ", Code(f"show {command.ids[0]}")))
    lines: list[Text] = []
    for spec in receipts:
        tried = f", tried {times.many(spec.tries, 'time')}" if spec.tries else ""
        why = f": {spec.waits_because}" if spec.waits_because else ""
        place = f"{cards.source_words(spec.platform) or spec.platform} {f'#{spec.name}' if spec.name else spec.channel}"
        lines.append((f"{place}: {spec.state}, version {spec.shown_version} of {spec.wanted_version}{tried}{why}",))
    return Listing(f"{command.ids[0]}: {times.many(len(receipts), 'message')}", tuple(lines))


def _help(_: RequestContext, command: Command) -> Reply:
    topic = command.argument
    verb = described(topic) if topic else None
    if verb:
        return Listing(verb.usage, ((verb.help,), ("Example: ", Code(verb.example))))
    lines = tuple((Code(spec.usage), f" {spec.help}") for spec in TYPED)
    unknown = f"There is no command “{topic}”. These are all:" if topic else "What you can type:"
    return Listing(unknown, lines, ("An id looks like SHOP-1F; several can be given at once.",))


def _card_as_lines(card: Card) -> Text:
    """Return a card as lines, for places without a channel to post it to."""
    facts = "\n".join(f"  {fact.label}: {plain(fact.value)}" for fact in card.facts)
    return (Bold(f"{card.short_id} {card.title}"), f"\n  {plain(card.state)}\n  {plain(card.people)}\n{facts}\n  {card.url}")


COMMANDS: Mapping[str, Callable[[RequestContext, Command], Reply]] = {
    "help": _help,
    "list": lambda context, command: lists.search(context, command.argument),
    "mine": lambda context, _: lists.home(context),
    "inbox": lambda context, _: lists.inbox(context),
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
"""The handler of each command. Verbs on issues that are not listed here apply to the named issues."""
