"""Match texts with the globs of grouping rules, in time proportional to the text: ``*``, ``?`` and, in paths, ``**``."""

from __future__ import annotations

import re

_STARS = re.compile(r"\*+")
_PATH_STARS = re.compile(r"\*{2,}")


def compiled_glob(glob: str, *, is_path: bool = False, ignores_case: bool = False) -> re.Pattern[str]:
    """Return a pattern whose ``match`` succeeds for the texts that the glob describes as a whole.

    ``*`` stands for any characters and ``?`` for one. In a path neither stands for ``/``; ``**`` does. All other characters, brackets too,
    stand for themselves.
    """
    blocks = (_PATH_STARS if is_path else _STARS).split(glob)
    one = "[^/]" if is_path else "."
    first, *others = (_Block(block, one) for block in blocks)
    if not others:
        pattern = first.to_the_end()
    else:
        # The earliest end of each block is the best, because anything may follow it: nothing is tried twice.
        middle = "".join(f"(?>.*?{block.earliest()})" for block in others[:-1])
        pattern = f"(?>{first.earliest()}){middle}.*?{others[-1].to_the_end()}"
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE if ignores_case else 0))


class _Block:
    """A part of a glob between two stars that stand for anything; single stars in it stay within a directory."""

    def __init__(self, block: str, one: str) -> None:
        self._parts = ["".join(one if char == "?" else re.escape(char) for char in part) for part in block.split("*")]

    def earliest(self) -> str:
        first, *others = self._parts
        return first + "".join(f"(?>[^/]*?{part})" for part in others)

    def to_the_end(self) -> str:
        first, *others = self._parts
        if not others:
            return rf"{first}\Z"
        return first + "".join(f"(?>[^/]*?{part})" for part in others[:-1]) + rf"[^/]*{others[-1]}\Z"
