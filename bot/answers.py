"""What each deed comes to: a press, a filled form, a typed command, a look-up. Runs in a thread; errors are dispatch's business."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

from bot import cards, commands, forms, menu, words
from bot.commands import Command
from bot.identity import Knows, allowed
from bot.interactions import Interaction, Lookup, Press, Submission, Typed
from bot.surface import Bold, Card, ChoiceField, Code, Field, Form, Listing, MomentField, Notice, Option, Options, Reply, Text, TextField, plain
from core.actions import Action, Archive, Assign
from core.actions.assign import To
from core.bootstrap import Core
from core.errors import Invalid, TriageError, UnknownIssue
from core.requests import ByIds, UpdateRequest, UpdateResult
from core.search import DEFAULT, Asker, PageOf, parse
from core.types import Origin, Source
from core.until import Condition
from core.views import IssueView, UserView

LISTED = 15
"""How many issues a list shows."""
OFFERED = 20
"""How many people and teams a typeahead offers."""

_COUNTED = re.compile(r"(?P<count>\S+) (?:more )?(?P<noun>event|user)s?(?: in (?P<window>.+))?")


class UnknownDeed(TriageError):
    """This control belongs to another version of Quell. Type: show ID"""


class OneAtATime(TriageError):
    """{verb} asks first, so it takes one id at a time. Example: {verb} {first}"""


class Answers:
    """The answers to one interaction."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self._core = core
        self._identity = identity
        self._interaction = interaction
        self._links = links_begin_with

    def press(self, press: Press) -> Reply:
        """A control: opens the verb's form, or does it at once."""
        item = _item(press.verb)
        if item.form and press.choice is None:
            allowed(self._user, item.role)
            form = item.form(self._issue(press.issue_id))
            if item.is_rare:
                # The person's client keeps showing the choice in the More menu, and would not let it be chosen again.
                self._core.messages.redraw(press.issue_id)
            return form
        answers = {item.source: press.choice} if item.source and press.choice else {}
        return self._do(item, press.issue_id, press.version, answers)

    def submit(self, submission: Submission) -> Reply:
        """A filled form: does it, or shows the form again with what is wrong."""
        item = _item(submission.verb)
        try:
            return self._do(item, submission.issue_id, submission.version, dict(submission.values))
        except Invalid as error:
            if item.form is None:
                raise
            form = item.form(self._issue(submission.issue_id))
            return replace(_kept(form, submission), errors=_beside(form, error))

    def type(self, typed: Typed) -> Reply:
        """A command."""
        command = commands.parse(typed.text)
        match command.verb:
            case "help":
                return _help(command.argument)
            case "whoami":
                return self._whoami()
            case "list":
                return self._list(command.argument)
            case "show":
                return self._show(command.ids)
            case _:
                return self._command(command, typed)

    def look_up(self, lookup: Lookup) -> Reply:
        """What fits the letters typed so far: me first, then teams, then people, *Unassign* last (chat.md §2)."""
        user, text = self._user, lookup.text.strip()
        found = self._core.directory.assignees_like(user.organisation_id, text.lstrip("@#"), OFFERED)
        me = [] if text else [Option(f"Me (@{user.name})", f"user:{user.id}")]
        others = [
            Option(f"#{one.name}" if one.kind == "team" else f"@{one.name}", f"{one.kind}:{one.id}")
            for one in found
            if text or (one.kind, one.id) != ("user", user.id)
        ]
        return Options((*me, *others, Option("Unassign", menu.UNASSIGN)))

    @cached_property
    def _user(self) -> UserView:
        return self._identity.user(self._interaction.person)

    @cached_property
    def _asker(self) -> menu.Asker:
        return menu.Asker(self._core.clock(), words.zone(self._user.time_zone or self._interaction.person.time_zone))

    def _issue(self, issue_id: int) -> IssueView:
        return self._core.reads.issue(self._user.organisation_id, issue_id)

    def _do(self, item: menu.MenuItem, issue_id: int, version: int, answers: dict[str, str]) -> Reply:
        allowed(self._user, item.role)
        action = item.build(answers, self._asker)
        try:
            self._apply(item, (issue_id,), action, expected_version=version)
        except UnknownIssue:
            raise
        except TriageError:
            # What the person picked still stands in their client's controls; a fresh drawing takes it away.
            self._core.messages.redraw(issue_id)
            raise
        return cards.alert(self._issue(issue_id), self._links)

    def _apply(self, item: menu.MenuItem, ids: tuple[int | str, ...], action: Action, expected_version: int | None = None) -> UpdateResult:
        person, place = self._interaction.person, self._interaction.place
        request = UpdateRequest(
            organisation_id=self._user.organisation_id,
            selection=ByIds(ids, is_strict=True),
            actions=(action,),
            source=Source(person.platform),
            actor=allowed(self._user, item.role),
            origin=Origin(person.tenant, place.channel, place.message),
            request_id=self._interaction.request_id,
            expected_version=expected_version,
        )
        return self._core.engine.apply(request)

    def _command(self, command: Command, typed: Typed) -> Reply:
        item = _item(command.verb)
        allowed(self._user, item.role)
        if item.form and not command.how:
            if len(command.ids) > 1:
                raise OneAtATime(verb=command.verb, first=command.ids[0])
            return item.form(self._core.reads.issue(self._user.organisation_id, command.ids[0]))
        result = self._apply(item, command.ids, self._action(item, command, typed))
        issues = [self._issue(issue_id) for issue_id in result.matched]
        lines = [_line(issue, already="" if issue.id in result.changed else "Nothing to do: ") for issue in issues]
        return Notice(lines[0]) if len(lines) == 1 else Listing(f"{command.verb}: {len(result.changed)} changed", tuple(lines))

    def _action(self, item: menu.MenuItem, command: Command, typed: Typed) -> Action:
        if command.verb == "archive":
            return _archive(command, self._asker)
        if command.verb == "assign":
            return Assign(self._assignee(command.argument, typed))
        return item.build({}, self._asker)

    def _assignee(self, name: str, typed: Typed) -> To:
        if name.lower() == "me":
            return To("user", self._user.id)
        mentioned = typed.people.get(name.removeprefix("@"))
        if mentioned:
            return To("user", self._identity.user(mentioned).id)
        return self._core.directory.assignee(self._user.organisation_id, name)

    def _list(self, text: str) -> Reply:
        text = text or DEFAULT
        asker = Asker(self._user.organisation_id, self._core.clock(), self._user.id)
        issues, _ = self._core.reads.found(parse(text), asker, PageOf(LISTED))
        lines = tuple((Bold(issue.short_id), f" {issue.title} · {cards.many(issue.times_seen, 'event')}") for issue in issues)
        if not lines:
            return Notice(("Nothing found by ", Code(text), "."))
        return Listing(f"{len(lines)} found by {text}, seen last first", lines, ("show ID brings one here.",))

    def _show(self, ids: tuple[str, ...]) -> Reply:
        person, place = self._interaction.person, self._interaction.place
        organisation_id = self._user.organisation_id
        issues = [self._core.reads.issue(organisation_id, name) for name in ids]
        if not place.channel:
            return Listing(f"{len(issues)} shown", tuple(_in_full(cards.alert(issue, self._links)) for issue in issues))
        for name in ids:
            self._core.messages.show(organisation_id, name, person.platform, Origin(person.tenant, place.channel))
        return Notice((f"{', '.join(ids)} will stand here in a moment. If not, add Quell to this channel first.",))

    def _whoami(self) -> Reply:
        user = self._user
        email = f" ({user.email})" if user.email else ""
        return Notice((f"You are @{user.name}{email}, {user.role.name.lower()}, and your time zone is {self._asker.zone.key}.",))


def _line(issue: IssueView, *, already: str) -> Text:
    assigned = (f" Assigned to {cards.assignee_name(issue)}.",) if issue.assignee else ()
    return (Bold(issue.short_id), f" {issue.title}: {already}", *cards.state_sentence(issue), ".", *assigned)


def _item(verb: str) -> menu.MenuItem:
    if verb not in menu.ITEMS:
        raise UnknownDeed
    return menu.ITEMS[verb]


def _in_full(card: Card) -> Text:
    """A card as lines, where there is no channel to post it to."""
    facts = "\n".join(f"  {fact.label}: {plain(fact.value)}" for fact in card.facts)
    return (Bold(f"{card.short_id} {card.title}"), f"\n  {plain(card.state)}\n  {plain(card.people)}\n{facts}\n  {card.url}")


def _beside(form: Form, error: Invalid) -> dict[str, str]:
    """The error under the field it came from; what the core calls otherwise stands under the first one."""
    names = [field.name for field in form.fields]
    return {error.field if error.field in names or not names else names[0]: str(error)}


def _kept(form: Form, submission: Submission) -> Form:
    """The form with what was typed still in it."""
    return replace(form, fields=tuple(_refilled(field, submission.values.get(field.name, "")) for field in form.fields), version=submission.version)


def _refilled(field: Field, value: str) -> Field:
    if isinstance(field, ChoiceField | TextField):
        return replace(field, initial=value)
    if isinstance(field, MomentField) and value:
        return replace(field, initial=_moment(value))
    return field


def _moment(value: str) -> datetime | None:
    """What a date-time control held: seconds since 1970 (Slack) or ISO 8601 (Teams); None for what no calendar has."""
    try:
        at = datetime.fromtimestamp(int(value), UTC) if value.isascii() and value.isdecimal() else datetime.fromisoformat(value)
        return at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _archive(command: Command, asker: menu.Asker) -> Archive:
    match command.how:
        case "forever":
            return Archive()
        case "for":
            return Archive(Condition(until_at=asker.now + words.duration(command.argument, "for")))
    return _until(command.argument, asker)


def _until(words_said: str, asker: menu.Asker) -> Archive:
    """``escalating``, ``50 events``, ``10 users in 1d``, or a time."""
    counted = _COUNTED.fullmatch(words_said.lower())
    if words_said.lower() in ("escalating", "it escalates"):
        return Archive(is_until_escalating=True)
    if counted is None:
        return Archive(Condition(until_at=words.moment(words_said, asker.now, asker.zone)))
    count = forms.whole_number(counted["count"], f"{counted['noun']}s")
    window = math.ceil(words.duration(counted["window"], "in").total_seconds() / 60) if counted["window"] else None
    if counted["noun"] == "event":
        return Archive(Condition(events=count, events_window=window))
    return Archive(Condition(users=count, users_window=window))


def _help(topic: str) -> Reply:
    spec = commands.spec_of(topic) if topic else None
    if spec:
        return Listing(spec.usage, ((spec.does,), ("Example: ", Code(spec.example))))
    lines = tuple((Code(one.usage), f" {one.does}") for one in commands.SPECS)
    unknown = (f"There is no command “{topic}”. These are all:",) if topic else ("What you can type:",)
    return Listing("".join(unknown), lines, ("An id looks like SHOP-1F; several can be given at once.",))
