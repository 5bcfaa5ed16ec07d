r"""Parse the query language, as Sentry's users know it: ``is:unresolved assigned:me level:[error,fatal] !release:1.* "out of memory"``.

All terms of a query must hold; ``AND`` may stand between them, in any case. ``!`` negates a term, ``key:[a,b]`` means one or the other, ``*``
matches any text (``\*`` a star). An unknown key is a tag, and ``core.db.search.pages`` refuses a tag that no issue has; ``tags[level]:x`` means the
tag even if the key is built in. Words without a key match title, culprit and message, ignoring case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput

from core.errors import TriageError
from core.search.keys import KEYS, pattern, tag
from core.search.terms import InProject, Not, OneOf, OnPlatform, Query, Says, Sort, Term

MAX_QUERY_CHARS = 4096
MAX_TERMS = 100
MAX_WORD_CHARS, MAX_VALUE_CHARS = 200, 250
"""Longest word, and longest key or value (a value may be a version). Each issue is compared with every word."""
_MAX_SHOWN_CHARS = 80
_WRITTEN = re.compile(r"\S+")
_AND, _OR = ("and", "&&"), ("or", "||")
_KEY_LIKE = re.compile(r"^\(+!?[A-Za-z][A-Za-z0-9_.-]*:")


class BadQuery(TriageError):
    """I cannot search by “{word}”{why}. Example: {example}"""

    def __init__(self, word: str, example: str = "is:unresolved assigned:me", why: str = "") -> None:
        self.word = word if len(word) <= _MAX_SHOWN_CHARS else f"{word[: _MAX_SHOWN_CHARS - 1]}…"
        super().__init__(word=self.word, why=why and f": {why}", example=example)


def parse(text: str) -> Query:
    """Parse a query. Raises BadQuery, which names the wrong word and gives an example, and no other error."""
    # No database can search for a NUL or a lone surrogate.
    text = text.replace("\0", " ").encode(errors="replace").decode().strip()
    if len(text) > MAX_QUERY_CHARS:
        raise BadQuery(text, why=f"a query has at most {MAX_QUERY_CHARS} characters")
    try:
        raw = _Reader().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise BadQuery(_word_at(text, error)) from None
    if sum(len(term.values) for term in raw) > MAX_TERMS:
        raise BadQuery(text, why=f"a query has at most {MAX_TERMS} terms")
    for term in raw:
        _check_length(term)
    sorts = [_sort(term) for term in raw if _is_sort(term)]
    if len(sorts) > 1:
        raise BadQuery(f"sort:{sorts[1]}", "is:unresolved sort:freq", "there is one order already")
    _refuse_operators(raw)
    read = [(term, _term(term)) for term in raw if not (_is_sort(term) or _is_and(term))]
    is_narrow = any(not term.is_negated and _leaves_out(meant) for term, meant in read)
    return Query(tuple(meant for _, meant in read), sorts[0] if sorts else Sort.DATE, is_narrow)


def _refuse_operators(raw: list[_Raw]) -> None:
    """Refuse operators that the language does not have. They are never searched for as words."""
    for position, term in enumerate(raw):
        word = "" if term.key or term.is_quoted else term.values[0]
        if word.lower() in _OR:
            raise BadQuery(term.word, "level:[error,fatal]", "there is no OR; a list says the same, and a word can stand in quotes")
        # In small letters it may be a word of the message: "file not found".
        negates = word == "NOT" or (word.lower() == "not" and any(following.key for following in raw[position + 1 : position + 2]))
        if negates or (term.is_negated and word.lower() in _AND):
            raise BadQuery(term.word, "!level:error", "there is no NOT; “!” before a term says the same")


def _check_length(term: _Raw) -> None:
    most = MAX_VALUE_CHARS if term.key else MAX_WORD_CHARS
    if any(len(part) > most for part in (term.key, *term.values)):
        raise BadQuery(term.word, why=f"a {'value' if term.key else 'word'} has at most {most} characters")


@dataclass(frozen=True)
class _Raw:
    """A term as it was written."""

    is_negated: bool
    key: str
    values: tuple[str, ...]
    is_quoted: bool = False

    @property
    def word(self) -> str:
        value = self.values[0] if len(self.values) == 1 else f"[{','.join(self.values)}]"
        return f"{'!' if self.is_negated else ''}{self.key}:{value}" if self.key else f"{'!' if self.is_negated else ''}{value}"


class _Reader(Transformer[Token, list[_Raw]]):
    """Shapes the syntax tree. Validation happens outside, because lark wraps errors that are raised here."""

    def start(self, terms: list[_Raw]) -> list[_Raw]:
        return terms

    def values(self, items: list[Token]) -> tuple[str, ...]:
        return tuple(_bare(item) for item in items)

    def filter(self, parts: list[Token | tuple[str, ...]]) -> _Raw:
        *_, key, value = parts
        return _Raw(len(parts) > 2, str(key)[:-1], value if isinstance(value, tuple) and not isinstance(value, Token) else (_bare(value),))

    def text(self, parts: list[Token]) -> _Raw:
        is_word = parts[-1].type == "WORD"
        return _Raw(len(parts) > 1, "", (str(parts[-1]) if is_word else _bare(parts[-1]),), is_quoted=not is_word)


@cache
def _parser() -> Lark:
    return Lark(Path(__file__).with_name("language.lark").read_text(encoding="utf-8"), parser="lalr", lexer="contextual")


def _bare(token: Token | tuple[str, ...]) -> str:
    text = str(token)
    return text[1:-1].replace('\\"', '"') if isinstance(token, Token) and token.type == "QUOTED" else text


def _word_at(text: str, error: UnexpectedInput) -> str:
    ends = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if ends else error.pos_in_stream or 0
    words = [match[0] for match in _WRITTEN.finditer(text) if match.start() <= position]
    return words[-1] if words else text


def _term(raw: _Raw) -> Term:
    if not raw.key:
        term: Term = _free_text(raw)
    else:
        key = KEYS.get(raw.key.lower())
        read, example = key or (None, f"{raw.key}:value")
        terms = tuple(read(value) if read else tag(raw.key, value) for value in raw.values if value)
        unreadable = not all(raw.values) or None in terms
        if unreadable:
            raise BadQuery(raw.word, example, "" if all(raw.values) else f"there is no value; has:{raw.key} finds those that have one")
        readable = tuple(term for term in terms if term is not None)
        term = readable[0] if len(readable) == 1 else OneOf(readable)
    return Not(term) if raw.is_negated else term


def _free_text(raw: _Raw) -> Term:
    text = raw.values[0]
    if not text:
        raise BadQuery('""', '"out of memory"')
    key, colon, _ = text.lower().partition(":")
    if colon and " " not in text and key in (*KEYS, "sort"):
        raise BadQuery(raw.word, KEYS[key][1] if key in KEYS else "sort:freq")
    _refuse_syntax(raw, text)
    return Says(("title", "culprit", "message"), pattern(text))


def _refuse_syntax(raw: _Raw, text: str) -> None:
    """Refuse a word that looks like unsupported syntax. In quotes it is an ordinary text."""
    if raw.is_quoted:
        return
    if text[0] in "+-" and text.lower().lstrip("+-").partition(":")[0] in KEYS and ":" in text:
        raise BadQuery(raw.word, "!level:error", "“!” before a term negates it, and a term without it must hold")
    if (text.startswith("(") and _KEY_LIKE.match(text)) or text.count("(") != text.count(")"):
        raise BadQuery(raw.word, '"(anonymous)"', "there are no groups; leave the parentheses out, or put the text in quotes")
    if raw.is_negated and text.endswith(":"):
        raise BadQuery(raw.word, "!level:error", "there is no value; put it in quotes if it is a text")


def _leaves_out(term: Term) -> bool:
    """Return whether any issue can fail the term."""
    match term:
        case Says(_, text) | InProject(text) | OnPlatform(text):
            return not text.is_anything
        case OneOf(terms):
            return all(map(_leaves_out, terms))
        case _:
            return True


def _is_and(raw: _Raw) -> bool:
    """Return whether the term is the word ``AND``, which changes nothing: all terms must hold anyway."""
    return not (raw.key or raw.is_negated or raw.is_quoted) and raw.values[0].lower() in _AND


def _is_sort(raw: _Raw) -> bool:
    return raw.key.lower() == "sort"


def _sort(raw: _Raw) -> Sort:
    known = {sort.value: sort for sort in Sort}
    if raw.is_negated or len(raw.values) != 1 or raw.values[0].lower() not in known:
        raise BadQuery(raw.word, "sort:freq", f"the orders are {', '.join(known)}")
    return known[raw.values[0].lower()]
