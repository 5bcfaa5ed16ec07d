"""Say what there is where somebody asked for what there is not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MAX_SEGMENTS = 12
_MAX_SHOWN_CHARS = 60
_ROOT = ("api", "0")
_NOTHING = "There is nothing at this address."

Segments = tuple[str, ...]


def nothing_here(path: str, known: Iterable[str]) -> str:
    """Return the sentence for a path that none of the known paths fits: the part that nothing is known of, and what there is in its place."""
    given = tuple(path.removeprefix("/").removesuffix("/").split("/"))[:_MAX_SEGMENTS]
    candidates = [tuple(form.strip("/").split("/")) for form in known]
    reached: Segments = ()
    for segment in given:
        fitting = _fitting(candidates, len(reached), segment)
        if not fitting:
            break
        candidates, reached = fitting, (*reached, fitting[0][len(reached)])
    if reached[: len(_ROOT)] != _ROOT:
        return _NOTHING
    below = sorted({form[len(reached)] for form in candidates if len(form) > len(reached)})
    return f"{_missing(reached, given[len(reached) :])} {_what_is_there(reached, below)}"


def _fitting(candidates: Sequence[Segments], depth: int, segment: str) -> list[Segments]:
    """Return the candidates that have the segment there, or else those that have a parameter there."""
    longer = [form for form in candidates if len(form) > depth]
    return [form for form in longer if form[depth] == segment] or [form for form in longer if segment and form[depth].startswith("{")]


def _missing(reached: Segments, rest: Segments) -> str:
    if not rest:
        return f"There is nothing at {_address(reached)} itself."
    name = ascii("/".join(rest))[1:-1]
    name = name if len(name) <= _MAX_SHOWN_CHARS else f"{name[:_MAX_SHOWN_CHARS]}…"
    return f"There is no {_address(reached)}{name}/ here."


def _what_is_there(reached: Segments, below: Sequence[str]) -> str:
    if not below:
        return "/openapi.json lists what there is."
    return f"Below {_address(reached)} there is: {', '.join(below)}. /openapi.json describes it all."


def _address(segments: Segments) -> str:
    return f"/{'/'.join(segments)}/"
