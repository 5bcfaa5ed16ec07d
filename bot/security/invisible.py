"""Remove invisible characters that change how text is shown: one set for terminals, logs, pages and both chats.

Control characters can clear a terminal, move its cursor and hide links behind words; bidirectional marks make a name read backwards; zero-width
characters, tags and fillers hide text in a text. Quell removes all of them from foreign text. Two characters stay where they are useful: the
zero-width joiner between emoji, and both joiners between letters of scripts that need them, such as Persian and Hindi.
"""

from __future__ import annotations

import re

_EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING = "\u0600-\u0dff\u0e80-\u109f\u1780-\u18af\ua800-\uabff"
"""Letters and marks of scripts in which a joiner changes the shape of its neighbors: Arabic to Sinhala, Lao to Mongolian, Indic extensions."""
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
"""Variation selectors after nothing, or after another selector."""
_JOINERS = re.compile(f"[\u200c\u200d](?!(?<=[{_EMOJI}]\u200d)[{_EMOJI}]|(?<=[{_JOINING}][\u200c\u200d])[{_JOINING}])")
"""Joiners in places where they join nothing."""
_UNPRINTABLE = re.compile(f"\n|\t|{_INVISIBLE.pattern}|{_SELECTORS.pattern}|{_JOINERS.pattern}")


def visible(text: str) -> str:
    """Return the text without invisible characters. Tabs stay; all line breaks become newlines."""
    if text.isascii() and text.isprintable():
        return text
    # In this order: characters removed first may have stood between a joiner and its neighbors.
    return _JOINERS.sub("", _SELECTORS.sub("", _INVISIBLE.sub("", _BREAKS.sub("\n", text))))


def one_line(text: str) -> str:
    """Return the visible text on one line, without surrounding space."""
    return " ".join(visible(text).split())


def cut_end(text: str) -> str:
    """Return a cut text without a joiner or space at its end."""
    return text.rstrip("\u200c\u200d").rstrip()


def escaped(text: str) -> str:
    """Return the text on one line with invisible characters as Python escapes, for logs."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
