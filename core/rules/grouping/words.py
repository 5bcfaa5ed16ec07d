"""Tell words that people wrote from what was drawn by chance: names of programs consist of English syllables."""

from __future__ import annotations

import re
from itertools import pairwise

_FREQUENT = (
    "er in te on re at en st es le ti nt se or ar co de al et ra me io li ed tr ro ri ta an ma ge ec it ng pe to ne ct pa ex "
    "nd is fi ch la ac as el lo ve ce ea si ns pr ca am di na th ss em un rt ic il ad ty he rs od ol ou nc ur ll po da id ke "
    "om no op ut ha va im mp sc ts ap fo ul so pl ck cl ef ag ig oc sp bl rr ab yp tt ie ue mo ep um ni lu"
)
_ENGLISH = frozenset(_FREQUENT.split())
"""The most frequent pairs of letters in the names of programs. Measured on 78,000 long names: by these pairs 0.5 % of them count as random,
half of which are. Of nanoids 3 in 10,000 do not, of tokens of 16 letters and digits 15 do not.
"""
_MIN_ENGLISH, _MIN_ENGLISH_MIXED, _MIN_ENGLISH_CHOPPED = 0.4, 0.6, 0.7
"""Of a name with a number or two, of one with more, and of one of both cases whose words are short."""
_MIXED = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")
_MIN_MIXED = 3
_SWITCH = re.compile(r"[a-z][A-Z]")
_MIN_SWITCHES = 2
_WORD_IN_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MIN_WORD_CHARS = 3
"""Of the words that capitals and digits make in a name, on average; in a random token they have about two."""
_EXPONENT = re.compile(r"(?<!\d)\d++[eE][+-]?+\d++")


def is_random(token: str) -> bool:
    """Return whether a long token was drawn by chance (nanoid, ULID, Base64 …) and is not the name of a function or constant."""
    mixed = len(_MIXED.findall(token))
    if _EXPONENT.fullmatch(token) or (not mixed and len(_SWITCH.findall(token)) < _MIN_SWITCHES):
        return False
    if _is_chopped(token):
        return english_share(token) < _MIN_ENGLISH_CHOPPED
    return english_share(token) < (_MIN_ENGLISH if mixed < _MIN_MIXED else _MIN_ENGLISH_MIXED)


def english_share(token: str) -> float:
    """Return how many of the pairs of neighbors are frequent in names, from 0 to 1; in random letters about a seventh are.

    1 where there is no pair.
    """
    pairs = [pair for pair in map("".join, pairwise(token.lower())) if pair.isalnum()]
    return sum(pair in _ENGLISH for pair in pairs) / len(pairs) if pairs else 1.0


def _is_chopped(token: str) -> bool:
    """Return whether capitals and small letters change too often for the words of a name."""
    if token in (token.lower(), token.upper()):
        return False
    words = _WORD_IN_NAME.findall(token)
    return sum(map(len, words)) < _MIN_WORD_CHARS * len(words)
