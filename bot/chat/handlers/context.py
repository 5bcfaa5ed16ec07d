"""The context of every handler: the core, the person who asks, and the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.chat import cards, times
from bot.chat.elements import Card, Text
from bot.chat.forms.base import Asker
from bot.chat.identity import Knows, allowed
from bot.chat.interactions import ChatPerson, Interaction
from bot.chat.verbs import OF_ISSUES, IssueVerb, named
from core.bootstrap import Core
from core.errors import TriageError
from core.issues.actions import Action, Merge
from core.issues.requests import UpdateRequest, UpdateResult
from core.types import ByIds, Origin, Role, Source
from core.views import IssueDetails, IssueView, UserView


class UnknownDeed(TriageError):
    """This control belongs to another version of Quell. Type: show ID"""


class OnlyForPeople(TriageError):
    """Only a person can do this. From the shell, say who you are: quell do --as EMAIL"""


@dataclass(frozen=True)
class HandlerResult:
    """The result for one issue, in its current state."""

    issue: IssueView
    has_changed: bool
    text: Text


class RequestContext:
    """One interaction, with everything needed to answer it."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self.core = core
        self.interaction = interaction
        self.links = links_begin_with
        self._identity = identity

    @cached_property
    def user(self) -> UserView:
        """Return the user who asks. Raises UnknownAccount."""
        return self.user_of(self.interaction.person)

    @cached_property
    def asker(self) -> Asker:
        """Return the current time and the person's time zone."""
        return Asker(self.core.clock(), times.zone(self.user.time_zone or self.interaction.person.time_zone))

    @property
    def organization_id(self) -> int:
        """Return the organization whose issues the person sees."""
        return self.user.organization_id

    @property
    def origin(self) -> Origin:
        """Return the place in the form that activities store. A thread reply belongs to the copy that the thread is about."""
        person, place = self.interaction.person, self.interaction.place
        return Origin(person.tenant, place.channel, place.thread or place.message)

    def user_of(self, person: ChatPerson) -> UserView:
        """Return the user of a chat account. Raises UnknownAccount."""
        return self._identity.user(person)

    def redeem(self, code: str) -> UserView:
        """Link the person's chat account to the user of a one-time code; return the user. Raises the errors of ``core.accounts.link_codes``."""
        return self._identity.redeem(self.interaction.person, code, self.interaction.request_id)

    def need(self, role: Role) -> None:
        """Raise NotAllowed if the person has a lower role."""
        allowed(self.user, role)

    def issue(self, name: int | str) -> IssueView:
        """Return an issue that the person may see. Raises UnknownIssue or TooLate."""
        return self.core.reads.issue(self.organization_id, name)

    def card(self, issue_id: int) -> Card:
        """Return the current alert message of an issue that the person may see; of a merged issue while it still exists."""
        issues = self.core.reads.issues([issue_id])
        return cards.alert(issues[0] if issues else self.issue(issue_id), self.links)

    def apply(self, verb: IssueVerb, ids: Sequence[int | str], action: Action, expected_version: int | None = None) -> UpdateResult:
        """Apply an action to all of these issues or to none."""
        if isinstance(action, Merge) and action.into is not None:
            ids = (*ids, action.into)
        request = UpdateRequest(
            organization_id=self.organization_id,
            selection=ByIds(tuple(dict.fromkeys(ids)), is_strict=True),
            actions=(action,),
            source=Source(self.interaction.person.platform),
            actor=allowed(self.user, verb.role),
            origin=self.origin,
            request_id=self.interaction.request_id,
            # A version belongs to one issue; the primary of a merged issue has another one.
            expected_version=None if isinstance(action, Merge) else expected_version,
        )
        return self.core.engine.apply(request)

    def do(self, verb: IssueVerb, ids: Sequence[int | str], action: Action) -> list[HandlerResult]:
        """Apply an action to all of these issues or to none, and return the result of each."""
        say = verb.sentence
        if say is None:
            result = self.apply(verb, ids, action)
            found = self.core.reads.issues(result.matched)
            return [HandlerResult(issue, issue.id in result.changed, state(issue, is_new=issue.id in result.changed)) for issue in found]
        before = self.details(self.core.reads.ids_of(self.organization_id, ids))
        found = self.core.reads.issues(self.apply(verb, ids, action).matched)
        after, nothing = self.details([issue.id for issue in found]), IssueDetails()
        return [
            HandlerResult(issue, has_changed=False, text=say(issue, before.get(issue.id, nothing), after[issue.id], self.links)) for issue in found
        ]

    def details(self, ids: Sequence[int]) -> Mapping[int, IssueDetails]:
        """Return the person's own data on these issues, and their share links."""
        return self.core.reads.details(ids, self.user.id or None)


def find(name: str) -> IssueVerb:
    """Return the verb with that name. Raises UnknownDeed."""
    if name not in OF_ISSUES:
        raise UnknownDeed
    return OF_ISSUES[name]


def state(issue: IssueView, *, is_new: bool) -> Text:
    """Return the current state of the issue, and whether it was in that state before."""
    assigned = (f" Assigned to {cards.assignee_name(issue)}.",) if issue.assignee else ()
    return (*named(issue), "" if is_new else "Nothing to do: ", *cards.state_sentence(issue), ".", *assigned)
