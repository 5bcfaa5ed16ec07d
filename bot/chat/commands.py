"""Typed commands: one grammar for slash commands, mentions, direct messages and the shell (``commands.lark``), and the table that help is made of."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from core.errors import TriageError

__all__ = [
    "BY_VERB",
    "COMMAND_SPECS",
    "MOST_TYPED",
    "Command",
    "CommandSpec",
    "NotUnderstood",
    "TooLong",
    "Unfinished",
    "UnknownVerb",
    "parse",
    "spec_of",
]


class NotUnderstood(TriageError):
    """I do not understand “{word}” there. Example: {example}"""


class UnknownVerb(TriageError):
    """There is no command “{word}”.{hint} Type help to see them all."""


class Unfinished(TriageError):
    """Something is missing at the end of “{text}”. Example: {example}"""


class TooLong(TriageError):
    """A command has at most {most:,} characters; this one has {length:,}. Nothing was changed."""


MOST_TYPED = 20_000
"""Characters of a command: a thousand issues, or the longest comment twice over."""


@dataclass(frozen=True)
class Command:
    """A command that was understood. ``how`` says what kind of argument stands in ``argument``: ``forever``, ``for``, ``until``, ``to``…"""

    verb: str
    ids: tuple[str, ...] = ()
    how: str = ""
    argument: str = ""
    place: str = ""
    """Where the argument belongs: a commit's repository, a project."""


def parse(text: str) -> Command:
    """Reads a command. An empty one asks for help. Raises UnknownVerb, NotUnderstood or Unfinished, which name the word and give an example,
    or TooLong.
    """
    text = text.strip()
    if len(text) > MOST_TYPED:
        raise TooLong(most=MOST_TYPED, length=len(text))
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
    return Lark(Path(__file__).with_name("commands.lark").read_text(), parser="lalr", lexer="contextual")


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

    def show(self, *ids: str) -> Command:
        return Command("show", ids)

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
    # The long s matches an s where case is ignored, and only folding makes it one.
    return str(token).casefold()


def _id(token: Token) -> str:
    return str(token).lstrip("#").upper()


def _with_ids(parts: Sequence[str | Command], usual: Command) -> Command:
    """The way that stands behind the ids, or the usual one."""
    way = next((part for part in parts if isinstance(part, Command)), usual)
    return replace(way, ids=tuple(part for part in parts if isinstance(part, str)))


def _bare(word: Token) -> str:
    return str(word)[1:-1] if word.type == "QUOTED" else str(word)


def _unquoted(text: str) -> str:
    """A text without the quotes around all of it."""
    is_quoted = len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("“", "”"))
    return text[1:-1] if is_quoted and not {'"', "“", "”"} & set(text[1:-1]) else text


def _not_understood(text: str, error: UnexpectedInput) -> TriageError:
    verb = text.split(maxsplit=1)[0]
    spec = spec_of(verb)
    if spec is None:
        close = difflib.get_close_matches(verb.lower(), BY_VERB, n=1)
        return UnknownVerb(word=verb, hint=f" Did you mean {close[0]}?" if close else "")
    rest = "" if isinstance(error, UnexpectedToken) and error.token.type == "$END" else text[error.pos_in_stream or 0 :].strip()
    return NotUnderstood(word=rest.split()[0], example=spec.example) if rest else Unfinished(text=text, example=spec.example)


@dataclass(frozen=True)
class CommandSpec:
    """A verb that can be typed: how, what it does, and an example that works."""

    verb: str
    usage: str
    does: str
    example: str
    is_private: bool = False
    """Whether the answer is for the person who asked alone. What a verb of the menu answers says ``MenuItem.is_private``."""
    makes_secret: bool = False
    """Whether the answer holds a secret that is made for it, so that it must be certain beforehand that nobody else reads it."""


COMMAND_SPECS: tuple[CommandSpec, ...] = (
    CommandSpec("help", "help [verb]", "what can be done here", "help archive"),
    CommandSpec("list", "list [query]", "issues that a search finds, to tick and act on", "list is:unresolved assigned:me level:error"),
    CommandSpec("mine", "mine", "my issues, my snoozes with what ends each, and the inbox", "mine", is_private=True),
    CommandSpec("inbox", "inbox", "what waits for a first look", "inbox"),
    CommandSpec("show", "show ID…", "the message of an issue, here", "show SHOP-1F"),
    CommandSpec(
        "resolve",
        "resolve ID… [in next release | in current release | in VERSION | by COMMIT]",
        "it is fixed; a new event brings it back, with a release only one from that release on",
        "resolve SHOP-1F",
    ),
    CommandSpec("unresolve", "unresolve ID…", "it wants attention again", "unresolve SHOP-1F"),
    CommandSpec(
        "archive",
        "archive ID… [forever | for 2h | until TIME | until 50 events [in 1h] | until 10 users [in 1d] | until escalating]",
        "put it aside (snooze is the same)",
        "archive SHOP-1F until monday 09:00",
    ),
    CommandSpec("unarchive", "unarchive ID…", "back into the list", "unarchive SHOP-1F"),
    CommandSpec("assign", "assign ID… to @person | #team | me", "who looks after it", "assign SHOP-1F to me"),
    CommandSpec("unassign", "unassign ID…", "nobody looks after it", "unassign SHOP-1F"),
    CommandSpec("review", "review ID…", "it has been looked at: out of the inbox", "review SHOP-1F"),
    CommandSpec("priority", "priority ID… high | medium | low", "how soon it wants a look", "priority SHOP-1F high"),
    CommandSpec("comment", "comment ID TEXT", "say something to whoever looks at it next", "comment SHOP-1F the cache was cold"),
    CommandSpec("bookmark", "bookmark ID…", "find it again with: list bookmarks:me", "bookmark SHOP-1F"),
    CommandSpec("unbookmark", "unbookmark ID…", "takes a bookmark back", "unbookmark SHOP-1F"),
    CommandSpec("subscribe", "subscribe ID…", "be told of what happens to it", "subscribe SHOP-1F"),
    CommandSpec("unsubscribe", "unsubscribe ID…", "be told no more", "unsubscribe SHOP-1F"),
    CommandSpec("share", "share ID…", "a link that anybody can open", "share SHOP-1F"),
    CommandSpec("merge", "merge ID ID…", "they are one: the others go into the first; asks first, needs an admin", "merge SHOP-1F SHOP-2A"),
    CommandSpec("discard", "discard ID…", "delete it and drop its events from now on; asks first, needs an admin", "discard SHOP-1F"),
    CommandSpec("delete", "delete ID…", "remove it; asks first, can be restored for a while, needs an admin", "delete SHOP-1F"),
    CommandSpec("restore", "restore ID…", "bring a deleted or discarded one back; needs an admin", "restore SHOP-1F"),
    CommandSpec("undo", "undo [ID]", "take back the last change of an issue, or without an id what you changed last", "undo SHOP-1F"),
    CommandSpec("watch", "watch PROJECT [query]", "tell this channel of a project's issues; needs an admin", "watch shop level:error"),
    CommandSpec("unwatch", "unwatch PROJECT", "tell it no more; needs an admin", "unwatch shop"),
    CommandSpec("watches", "watches", "what this channel is told of", "watches"),
    CommandSpec("threads", "threads off | changes | all", "what is said in the threads of this channel; needs an admin", "threads changes"),
    CommandSpec("comments", "comments on | off", "whether replies in threads become comments, and comments replies; needs an admin", "comments on"),
    CommandSpec("mentions", "mentions dm | mention | off", "how people are told of what concerns them; needs an admin", "mentions dm"),
    CommandSpec("broadcasts", "broadcasts on | off", "whether what came back is said in the channel too; needs an admin", "broadcasts on"),
    CommandSpec("digest", "digest daily 09:00 | off", "a summary of the last day, every day at that time; needs an admin", "digest daily 09:00"),
    CommandSpec("link", "link CODE", "make this chat account yours, with a one-time code", "link 3F7K-9QXM-2B4H", is_private=True),
    CommandSpec("unlink", "unlink", "let go of this chat account", "unlink", is_private=True),
    CommandSpec("whoami", "whoami", "who you are to Quell", "whoami", is_private=True),
    CommandSpec("role", "role @person viewer | member | admin", "what somebody may do; needs an admin", "role @ada admin"),
    CommandSpec("login", "login", "a one-time link to the issue pages, for you alone", "login", is_private=True, makes_secret=True),
    # It names other channels, private ones too.
    CommandSpec("delivery", "delivery ID", "every message about an issue: where, state, tries, why it waits", "delivery SHOP-1F", is_private=True),
)
BY_VERB = {spec.verb: spec for spec in COMMAND_SPECS} | {"snooze": next(spec for spec in COMMAND_SPECS if spec.verb == "archive")}


def spec_of(verb: str) -> CommandSpec | None:
    """How a verb is typed; None if there is none of that name."""
    return BY_VERB.get(verb.lower())
