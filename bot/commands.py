"""Typed commands: one grammar for slash commands, mentions, direct messages and the shell. What it accepts stands in ``commands.lark``."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from core.errors import TriageError


class NotUnderstood(TriageError):
    """I do not understand “{word}” there. Example: {example}"""


class UnknownVerb(TriageError):
    """There is no command “{word}”.{hint} Type help to see them all."""


class Unfinished(TriageError):
    """Something is missing at the end of “{text}”. Example: {example}"""


@dataclass(frozen=True)
class Spec:
    """A verb that can be typed: how, what it does, and an example that works."""

    verb: str
    usage: str
    does: str
    example: str


SPECS: tuple[Spec, ...] = (
    Spec("help", "help [verb]", "what can be done here", "help archive"),
    Spec("list", "list [query]", "issues that a search finds, seen last first", "list is:unresolved assigned:me level:error"),
    Spec("show", "show ID…", "the message of an issue, here", "show SHOP-1F"),
    Spec("resolve", "resolve ID…", "it is fixed; a new event brings it back", "resolve SHOP-1F"),
    Spec("unresolve", "unresolve ID…", "it wants attention again", "unresolve SHOP-1F"),
    Spec(
        "archive",
        "archive ID… [forever | for 2h | until TIME | until 50 events [in 1h] | until 10 users [in 1d] | until escalating]",
        "put it aside (snooze is the same)",
        "archive SHOP-1F until monday 09:00",
    ),
    Spec("unarchive", "unarchive ID…", "back into the list", "unarchive SHOP-1F"),
    Spec("assign", "assign ID… to @person | #team | me", "who looks after it", "assign SHOP-1F to me"),
    Spec("unassign", "unassign ID…", "nobody looks after it", "unassign SHOP-1F"),
    Spec("review", "review ID…", "it has been looked at: out of the inbox", "review SHOP-1F"),
    Spec("delete", "delete ID", "remove it; asks first, and can be restored for a while", "delete SHOP-1F"),
    Spec("restore", "restore ID…", "bring a deleted one back", "restore SHOP-1F"),
    Spec("whoami", "whoami", "who you are to Quell", "whoami"),
)
_BY_VERB = {spec.verb: spec for spec in SPECS} | {"snooze": next(spec for spec in SPECS if spec.verb == "archive")}


@dataclass(frozen=True)
class Command:
    """A command that was understood. ``how`` says what kind of argument stands in ``argument``: ``forever``, ``for``, ``until``, ``to``…"""

    verb: str
    ids: tuple[str, ...] = ()
    how: str = ""
    argument: str = ""


def parse(text: str) -> Command:
    """Reads a command. An empty one asks for help. Raises UnknownVerb, NotUnderstood or Unfinished, which name the word and give an example."""
    text = text.strip()
    if not text:
        return Command("help")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _not_understood(text, error) from None
    command: Command = _Reader().transform(tree)
    return command


def spec_of(verb: str) -> Spec | None:
    """How a verb is typed; None if there is none of that name."""
    return _BY_VERB.get(verb.lower())


@cache
def _parser() -> Lark:
    return Lark(Path(__file__).with_name("commands.lark").read_text(), parser="lalr", lexer="contextual")


@v_args(inline=True)
class _Reader(Transformer[Token, Command]):
    def start(self, command: Command) -> Command:
        return command

    def help(self, topic: str = "") -> Command:
        return Command("help", argument=str(topic))

    def list(self, rest: str = "") -> Command:
        return Command("list", argument=str(rest).strip())

    def show(self, *ids: str) -> Command:
        return Command("show", ids)

    def act(self, verb: Token, *ids: str) -> Command:
        # The long s matches an s where case is ignored, and only folding makes it one.
        return Command(str(verb).casefold(), ids)

    def archive(self, *parts: str | tuple[str, str]) -> Command:
        ids = tuple(part for part in parts if isinstance(part, str))
        how, argument = next((part for part in parts if isinstance(part, tuple)), ("forever", ""))
        return Command("archive", ids, how, argument)

    def assign(self, *parts: Token | str) -> Command:
        ids = tuple(part for part in parts if not isinstance(part, Token))
        return Command("assign", ids, "to", " ".join(_bare(part) for part in parts if isinstance(part, Token)))

    def whoami(self) -> Command:
        return Command("whoami")

    def forever(self) -> tuple[str, str]:
        return "forever", ""

    def duration(self, *words: Token) -> tuple[str, str]:
        return "for", " ".join(_bare(word) for word in words)

    def until(self, *words: Token) -> tuple[str, str]:
        return "until", " ".join(_bare(word) for word in words)

    def id(self, token: Token) -> str:
        return str(token).lstrip("#").upper()


def _bare(word: Token) -> str:
    return str(word)[1:-1] if word.type == "QUOTED" else str(word)


def _not_understood(text: str, error: UnexpectedInput) -> TriageError:
    verb = text.split(maxsplit=1)[0]
    spec = spec_of(verb)
    if spec is None:
        close = difflib.get_close_matches(verb.lower(), _BY_VERB, n=1)
        return UnknownVerb(word=verb, hint=f" Did you mean {close[0]}?" if close else "")
    rest = "" if isinstance(error, UnexpectedToken) and error.token.type == "$END" else text[error.pos_in_stream or 0 :].strip()
    return NotUnderstood(word=rest.split()[0], example=spec.example) if rest else Unfinished(text=text, example=spec.example)
