"""Parse typed commands: one grammar for slash commands, mentions, direct messages and the shell (``commands.lark``)."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from bot.chat.verbs import TYPED, described
from core.errors import TriageError


class NotUnderstood(TriageError):
    """I do not understand “{word}” there. Example: {example}"""


class UnknownVerb(TriageError):
    """There is no command “{word}”.{hint} Type help to see them all."""


class Unfinished(TriageError):
    """Something is missing at the end of “{text}”. Example: {example}"""


class TooLong(TriageError):
    """A command has at most {most:,} characters; this one has {length:,}. Nothing was changed."""


MAX_COMMAND_CHARS = 20_000
"""The maximum length of a command, in characters: enough for a thousand issues, or for twice the longest comment."""


@dataclass(frozen=True)
class Command:
    """A parsed command. ``how`` is the kind of ``argument``: ``forever``, ``for``, ``until``, ``to``…"""

    verb: str
    ids: tuple[str, ...] = ()
    how: str = ""
    argument: str = ""
    place: str = ""
    """What the argument belongs to: a commit's repository, a project."""


def parse(text: str) -> Command:
    """Parse a command; an empty one asks for help. Raises UnknownVerb, NotUnderstood or Unfinished, which name the word and give an example, or
    TooLong.
    """
    text = text.strip()
    if len(text) > MAX_COMMAND_CHARS:
        raise TooLong(most=MAX_COMMAND_CHARS, length=len(text))
    if not text:
        return Command("help")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _not_understood(text, error) from None
    command: Command = _CommandReader().transform(tree)
    return command


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("commands.lark").read_text()
    return Lark(f"{grammar}\n{_terminal('BARE', '')}\n{_terminal('ACT', ' ID…')}\n", parser="lalr", lexer="contextual")


def _terminal(name: str, argument: str) -> str:
    """Return the terminal for words whose usage is the word itself and this argument. A word must be complete: ``lists`` is not ``list s``."""
    words = "|".join(word for verb in TYPED if verb.usage == verb.name + argument for word in verb.words)
    return rf"{name}: /({words})(?![^\s,])/i"


@v_args(inline=True)
class _CommandReader(Transformer[Token, Command]):
    def start(self, command: Command) -> Command:
        return command

    def help(self, topic: str = "") -> Command:
        return Command("help", argument=str(topic))

    def list(self, rest: str = "") -> Command:
        return Command("list", argument=str(rest).strip())

    def bare(self, verb: Token) -> Command:
        return Command(_verb(verb))

    def act(self, verb: Token, *ids: str) -> Command:
        return Command(_verb(verb), ids)

    def resolve(self, *parts: str | Command) -> Command:
        return _with_ids(parts, Command("resolve"))

    def archive(self, *parts: str | Command) -> Command:
        return _with_ids(parts, Command("archive", how="forever"))

    def assign(self, *parts: Token | str) -> Command:
        ids = tuple(part for part in parts if not isinstance(part, Token))
        return Command("assign", ids, "to", " ".join(_bare(part) for part in parts if isinstance(part, Token)))

    def priority(self, *parts: Token | str) -> Command:
        *ids, level = parts
        return Command("priority", tuple(ids), "to", level.lower())

    def comment(self, about: Token, text: Token) -> Command:
        return Command("comment", (_id(about),), "saying", _unquoted(str(text)))

    def merge(self, *ids: str) -> Command:
        return Command("merge", ids)

    def undo(self, *ids: str) -> Command:
        return Command("undo", ids)

    def watch(self, project: Token, query: str = "") -> Command:
        return Command("watch", argument=str(query).strip(), place=str(project))

    def unwatch(self, project: Token) -> Command:
        return Command("unwatch", place=str(project))

    def threads(self, which: Token) -> Command:
        return Command("threads", argument=which.lower())

    def comments(self, switch: Token) -> Command:
        return Command("comments", argument=switch.lower())

    def mentions(self, how: Token) -> Command:
        return Command("mentions", argument=how.lower())

    def broadcasts(self, switch: Token) -> Command:
        return Command("broadcasts", argument=switch.lower())

    def digest(self, time: Token) -> Command:
        return Command("digest", argument=time.lower())

    def link(self, *code: Token) -> Command:
        return Command("link", argument=" ".join(_bare(part) for part in code))

    def role(self, *parts: Token) -> Command:
        *name, role = parts
        return Command("role", how=role.lower(), argument=" ".join(_bare(part) for part in name))

    def delivery(self, id_: str) -> Command:
        return Command("delivery", (id_,))

    def next_release(self) -> Command:
        return Command("resolve", how="next")

    def current_release(self) -> Command:
        return Command("resolve", how="current")

    def version(self, version: Token) -> Command:
        return Command("resolve", how="version", argument=_bare(version))

    def commit(self, sha: Token, repository: Token | None = None) -> Command:
        return Command("resolve", how="commit", argument=_bare(sha), place=_bare(repository) if repository else "")

    def forever(self) -> Command:
        return Command("archive", how="forever")

    def duration(self, *words: Token) -> Command:
        return Command("archive", how="for", argument=" ".join(_bare(word) for word in words))

    def until(self, *words: Token) -> Command:
        return Command("archive", how="until", argument=" ".join(_bare(word) for word in words))

    def id(self, token: Token) -> str:
        return _id(token)


def _verb(token: Token) -> str:
    # A case-insensitive match accepts the long s as an s, but only case folding converts it.
    verb = described(str(token).casefold())
    return verb.name if verb else ""


def _id(token: Token) -> str:
    return str(token).lstrip("#").upper()


def _with_ids(parts: Sequence[str | Command], usual: Command) -> Command:
    """Return the kind of argument after the ids, or the default."""
    way = next((part for part in parts if isinstance(part, Command)), usual)
    return replace(way, ids=tuple(part for part in parts if isinstance(part, str)))


def _bare(word: Token) -> str:
    return str(word)[1:-1] if word.type == "QUOTED" else str(word)


def _unquoted(text: str) -> str:
    """Return a text without the quotes around it."""
    is_quoted = len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("“", "”"))
    return text[1:-1] if is_quoted and not {'"', "“", "”"} & set(text[1:-1]) else text


def _not_understood(text: str, error: UnexpectedInput) -> TriageError:
    verb = text.split(maxsplit=1)[0]
    spec = described(verb)
    if spec is None:
        close = difflib.get_close_matches(verb.lower(), [*(verb.name for verb in TYPED), *(verb.alias for verb in TYPED if verb.alias)], n=1)
        return UnknownVerb(word=verb, hint=f" Did you mean {close[0]}?" if close else "")
    rest = "" if isinstance(error, UnexpectedToken) and error.token.type == "$END" else text[error.pos_in_stream or 0 :].strip()
    return NotUnderstood(word=rest.split()[0], example=spec.example) if rest else Unfinished(text=text, example=spec.example)
