"""The description of a verb: of a typed one, and of an action on issues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chat.elements import Form, Option, Style, Text
from bot.chat.forms.base import Answers, Asker
from core.issues.actions import Action
from core.issues.actions.roles import role_for
from core.types import Role
from core.views import IssueDetails, IssueView

RESOLVE, MORE = "Resolve…", "More…"
"""The groups: several buttons behind one control."""

Sentence = Callable[[IssueView, IssueDetails, IssueDetails, str], Text]
"""Returns the sentence about an issue, from the person's data before and after, with links that begin with that base URL."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A word that can be typed, with its help."""

    name: str = field(kw_only=False)
    usage: str = ""
    """The usage; empty if the verb can only be pressed. The grammar derives ``NAME`` and ``NAME ID…``; other forms are rules in ``commands.lark``."""
    help: str = ""
    """The help text."""
    example: str = ""
    """A command that works."""
    alias: str = ""
    """Another word for it."""
    is_private: bool = False
    """Whether only the person who asked may see the reply."""
    makes_secret: bool = False
    """Whether the reply contains a new secret, so that it must be certain beforehand that nobody else reads it."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words that can be typed for it."""
        return (self.name, self.alias) if self.alias else (self.name,)


@dataclass(frozen=True, kw_only=True)
class IssueVerb(Verb):
    """An action on issues: typed, pressed on a card, or pressed for several issues of a list."""

    action: type[Action]
    """The action for the engine. It also determines the role that the verb needs."""
    read: Callable[[Answers, Asker], Action] | None = None
    """Creates the action from the answers of the form or, for a control with choices, from the picked choice."""
    label: str
    """The text on its button."""
    fits: Callable[[IssueView], bool]
    """Whether the card of an issue offers it."""
    form: Callable[..., Form] | None = None
    """The form to show first, about one issue or several."""
    choice: str = ""
    """The name of the answer that a picked choice becomes, for verbs that offer choices on the card."""
    source: str = ""
    """The list that is searched for choices, if there are too many for buttons."""
    choices: Callable[[IssueView], tuple[Option, ...]] | None = None
    """The choices that have buttons of their own."""
    group: str = ""
    """The control that contains it."""
    short: str = ""
    """Its label inside the group, if different."""
    style: Style = "plain"
    below: str = ""
    """The verb above it on cards and lists, if that is not the one above it in this table (which has the order of help)."""
    is_bulk: bool = False
    """Whether a list offers it for several issues."""
    typed_as: tuple[str, str] = ("", "")
    """The verb and the kind of argument to type it with, for a variant that is a verb of its own on a card."""
    argument: str = ""
    """The name of the answer that a typed argument becomes."""
    place: str = ""
    """The name of the answer that the place of a typed argument becomes."""
    read_words: Callable[[str, str, Asker], Action] | None = None
    """Creates the action from the kind of the typed argument and the argument, if these are not answers of the form."""
    first: str = ""
    """The name of the answer that the first of several issues becomes; the form does not ask for it then."""
    sentence: Sentence | None = None
    """The sentence of the reply, for a verb that does not change the state of the issue."""
    opposite: str = ""
    """The verb that reverses it, if Undo does not."""
    is_personal: bool = False
    """Whether it is about the person who asks."""
    takes_back: bool = False
    """Whether it applies to the last change of the issue."""

    @property
    def role(self) -> Role:
        """Return the lowest role that may do it."""
        return role_for(self.action)

    @property
    def heading(self) -> str:
        """Return the heading above its results for several issues."""
        return self.typed_as[0] or self.name

    def build(self, answers: Answers, asker: Asker) -> Action:
        """Return the action. Raises Invalid for the answer that is wrong."""
        return self.read(answers, asker) if self.read else self.action()
