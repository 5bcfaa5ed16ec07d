"""What every answer works with: the core, who asks, and from where."""

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
    """What came of a deed for one issue, as it is now."""

    issue: IssueView
    has_changed: bool
    text: Text


class RequestContext:
    """One interaction, and what it takes to answer it."""

    def __init__(self, core: Core, identity: Knows, interaction: Interaction, links_begin_with: str) -> None:
        self.core = core
        self.interaction = interaction
        self.links = links_begin_with
        self._identity = identity

    @cached_property
    def user(self) -> UserView:
        """Who asks. Raises UnknownAccount."""
        return self.user_of(self.interaction.person)

    @cached_property
    def asker(self) -> Asker:
        """When and in which time zone."""
        return Asker(self.core.clock(), times.zone(self.user.time_zone or self.interaction.person.time_zone))

    @property
    def organization_id(self) -> int:
        """Whose issues they see."""
        return self.user.organization_id

    @property
    def origin(self) -> Origin:
        """The place, as activities keep it. A reply in a thread belongs to the copy that the thread hangs on."""
        person, place = self.interaction.person, self.interaction.place
        return Origin(person.tenant, place.channel, place.thread or place.message)

    def user_of(self, person: ChatPerson) -> UserView:
        """The user behind a chat account. Raises UnknownAccount."""
        return self._identity.user(person)

    def redeem(self, code: str) -> UserView:
        """The user whose the person's chat account is from now on, by a one-time code. Raises what ``core.accounts.link_codes`` raises."""
        return self._identity.redeem(self.interaction.person, code, self.interaction.request_id)

    def need(self, role: Role) -> None:
        """Raises NotAllowed where the person has less than this role."""
        allowed(self.user, role)

    def issue(self, name: int | str) -> IssueView:
        """One of their issues. Raises UnknownIssue or TooLate."""
        return self.core.reads.issue(self.organization_id, name)

    def card(self, issue_id: int) -> Card:
        """The alert message of an issue of theirs as it is now; of a merged one as long as it is there."""
        issues = self.core.reads.issues([issue_id])
        return cards.alert(issues[0] if issues else self.issue(issue_id), self.links)

    def apply(self, verb: IssueVerb, ids: Sequence[int | str], action: Action, expected_version: int | None = None) -> UpdateResult:
        """Asks the engine, for all of these issues or for none."""
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
            # A version is one issue's; what it is merged into has its own.
            expected_version=None if isinstance(action, Merge) else expected_version,
        )
        return self.core.engine.apply(request)

    def do(self, verb: IssueVerb, ids: Sequence[int | str], action: Action) -> list[HandlerResult]:
        """Does it to all of these issues or to none, and says what came of each."""
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
        """What the person keeps on these issues, and how they are shared."""
        return self.core.reads.details(ids, self.user.id or None)


def find(name: str) -> IssueVerb:
    """The verb of that name. Raises UnknownDeed."""
    if name not in OF_ISSUES:
        raise UnknownDeed
    return OF_ISSUES[name]


def state(issue: IssueView, *, is_new: bool) -> Text:
    """Where the issue stands now, and whether it stood there before."""
    assigned = (f" Assigned to {cards.assignee_name(issue)}.",) if issue.assignee else ()
    return (*named(issue), "" if is_new else "Nothing to do: ", *cards.state_sentence(issue), ".", *assigned)
