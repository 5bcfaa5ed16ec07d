"""Characters that are never seen but change what is: one set for terminals, logs, pages and both chats.

Controls can clear a terminal, move its cursor and hide links behind words; bidirectional marks make a name read backwards; zero-width
characters, tags and fillers hide text in a text. None of them leaves Quell in what others wrote. Two characters have a use and stay where they
have it: the zero-width joiner between emoji, and both joiners between letters of scripts that need them, such as Persian and Hindi.
"""

from __future__ import annotations

import re

_EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING = "\u0600-\u0dff\u0e80-\u109f\u1780-\u18af\ua800-\uabff"
"""Letters and marks of scripts in which a joiner changes the form of its neighbors: Arabic to Sinhala, Lao to Mongolian, Indic extensions."""
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    # Controls without tab and newline, the soft hyphen, the combining grapheme joiner, fillers, Khmer's inherent vowels, Mongolian selectors.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    # Zero-width and bidirectional marks, separators, invisible operators, the blank of Braille, the filler of Hangul.
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    # Halves of surrogate pairs, no characters at all, the byte order mark, annotations.
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    # Controls of shorthand and music, tags and the selectors of variants beyond them.
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SELECTORS = re.compile("(?<![^\ufe00-\ufe0f\\s])[\ufe00-\ufe0f]")
"""Selectors of variants where there is nothing, or another one, before them."""
_JOINERS = re.compile(f"[\u200c\u200d](?!(?<=[{_EMOJI}]\u200d)[{_EMOJI}]|(?<=[{_JOINING}][\u200c\u200d])[{_JOINING}])")
"""Joiners where they do not join."""
_UNPRINTABLE = re.compile(f"\n|\t|{_INVISIBLE.pattern}|{_SELECTORS.pattern}|{_JOINERS.pattern}")


def visible(text: str) -> str:
    """Return the text without invisible characters. Tabs stay, and so do breaks of lines, all of them as a newline."""
    if text.isascii() and text.isprintable():
        return text
    # In this order: what is left out first may have stood between the others and what they change.
    return _JOINERS.sub("", _SELECTORS.sub("", _INVISIBLE.sub("", _BREAKS.sub("\n", text))))


def one_line(text: str) -> str:
    """Return the same on one line, without space around it."""
    return " ".join(visible(text).split())


def cut_end(text: str) -> str:
    """Return a text that was cut, without the joiner and the space that the cut left at its end: there the joiner joins nothing."""
    return text.rstrip("\u200c\u200d").rstrip()


def escaped(text: str) -> str:
    """Return the text on one line with its invisible characters written as Python writes them in a literal, for logs."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
