"""What there is to say of a verb: one that is typed, and one that is done to issues."""

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
"""What is said of an issue: with what the person kept on it before and after, for links that begin with that address."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A word that can be typed, and how help explains it."""

    name: str = field(kw_only=False)
    usage: str = ""
    """How it is typed; empty if it can only be pressed. ``NAME`` and ``NAME ID…`` are all the grammar needs to know, other forms are rules of
    ``commands.lark``.
    """
    help: str = ""
    """What it does."""
    example: str = ""
    """A command that works."""
    alias: str = ""
    """Another word for it."""
    is_private: bool = False
    """Whether the answer is for the person who asked alone."""
    makes_secret: bool = False
    """Whether the answer holds a secret that is made for it, so that it must be certain beforehand that nobody else reads it."""

    @property
    def words(self) -> tuple[str, ...]:
        """What can be typed for it."""
        return (self.name, self.alias) if self.alias else (self.name,)


@dataclass(frozen=True, kw_only=True)
class IssueVerb(Verb):
    """One thing that can be done to issues: typed, pressed on a card, or pressed for several issues of a list."""

    action: type[Action]
    """What the engine is asked for. It also decides the role that the verb needs."""
    read: Callable[[Answers, Asker], Action] | None = None
    """Makes the action from the answers of the form or, where a control offers choices, from the one that was picked."""
    label: str
    """What stands on its button."""
    fits: Callable[[IssueView], bool]
    """Whether it is offered on the card of an issue."""
    form: Callable[..., Form] | None = None
    """What is asked first, about one issue or several."""
    choice: str = ""
    """The answer that a picked choice is, for verbs that offer choices on the card."""
    source: str = ""
    """What is searched for the choices, if they are too many for buttons."""
    choices: Callable[[IssueView], tuple[Option, ...]] | None = None
    """The choices that are buttons of their own."""
    group: str = ""
    """The control behind which it stands."""
    short: str = ""
    """Its label in the group, where that is another one."""
    style: Style = "plain"
    below: str = ""
    """The verb below which it stands on cards and lists, where that is not the one above it in this table, whose order is that of help."""
    is_bulk: bool = False
    """Whether a list offers it for several issues."""
    typed_as: tuple[str, str] = ("", "")
    """The verb, and the kind of argument behind its issues, that it is typed with; for a way to do it that is a verb of its own on a card."""
    argument: str = ""
    """The answer that a typed argument is."""
    place: str = ""
    """The answer that the place of a typed argument is."""
    read_words: Callable[[str, str, Asker], Action] | None = None
    """Makes the action from the kind of the typed argument and the argument, where these are no answers of the form."""
    first: str = ""
    """The answer that the first of several issues is, and which is not asked for then."""
    sentence: Sentence | None = None
    """What is said afterwards, where it leaves the state of the issue alone."""
    opposite: str = ""
    """The verb that takes it back, where Undo does not."""
    is_personal: bool = False
    """Whether it is about the person who asks."""
    takes_back: bool = False
    """Whether it is about the last change of the issue."""

    @property
    def role(self) -> Role:
        """Who may do it, at the least."""
        return role_for(self.action)

    @property
    def heading(self) -> str:
        """What its outcomes for several issues stand under."""
        return self.typed_as[0] or self.name

    def build(self, answers: Answers, asker: Asker) -> Action:
        """The action. Raises Invalid for the answer that is wrong."""
        return self.read(answers, asker) if self.read else self.action()
