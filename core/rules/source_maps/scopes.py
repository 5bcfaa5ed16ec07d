"""Find the functions of a minified script and what the original code calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import starmap
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from core.rules.source_maps.decoding import MAX_NAME_CHARS
from core.rules.source_maps.index import MapIndex, NamedRange, Original
from core.rules.source_maps.tables import place

MAX_SCRIPT_BYTES = 12 * 1024 * 1024
_UTF_16_BYTES = 2
_WINDOW_BYTES = 1024 * 1024
"""How much of a script is searched at once."""
_FUNCTIONS = (
    "[(function_declaration) (function_expression) (arrow_function) (method_definition)"
    " (generator_function) (generator_function_declaration) (class_static_block)]"
)
_VALUES = "[(function_expression) (arrow_function) (generator_function) (class)]"
_QUERY = f"""
{_FUNCTIONS} @scope
[(class_declaration) (class)] @class
(function_declaration name: (_) @name) @named
(function_expression name: (_) @name) @named
(generator_function name: (_) @name) @named
(generator_function_declaration name: (_) @name) @named
(class_declaration name: (_) @name) @named
(class name: (_) @name) @named
(method_definition name: (_) @name) @named
(variable_declarator name: (identifier) @name value: {_VALUES} @valued)
(assignment_expression left: (identifier) @name right: {_VALUES} @valued)
(assignment_expression left: (member_expression property: (_) @name) right: {_VALUES} @valued)
(pair key: (_) @name value: {_VALUES} @valued)
(field_definition property: (_) @name value: {_VALUES} @valued)
"""
_IDENTIFIER = re.compile(r"#?[^\W\d][\w$]*|#?\$[\w$]*")
_NO_NAMES = frozenset({"function", "class", "async", "const", "let", "var", "export", "get", "set", "static", "new", "return", "default", "this"})
"""Words that stand at the beginning of a function, where some maps lead to."""
_END = place(2**31, 0)


class _Span(NamedTuple):
    """A function or class, from where to where it goes, in the order of the script; the outer one first."""

    start: int
    end: int
    is_class: bool
    name: str


def named_functions(script: bytes, index: MapIndex) -> list[NamedRange]:
    """Return the functions of a script, sorted by their start, each with what the map calls it: ``Cart.checkout``.

    Can take long, and the parser can crash, if the script was made for that.
    """
    text = script[:MAX_SCRIPT_BYTES].decode("utf-8-sig", "replace")
    language = Language(tree_sitter_javascript.language())
    tree = Parser(language).parse(text.encode("utf-16-le", "replace"), encoding="utf16le")
    cursor, names = QueryCursor(Query(language, _QUERY)), _Names(index)
    spans: dict[tuple[int, int, bool], str] = {}
    for start in range(0, tree.root_node.end_byte, _WINDOW_BYTES):
        # A match takes many times the size of what is kept of it.
        cursor.set_byte_range(start, start + _WINDOW_BYTES)
        for span, name in _spans(cursor.matches(tree.root_node), names).items():
            spans[span] = spans.get(span) or name
    return list(_flat(sorted(starmap(_Span, ((*span, name) for span, name in spans.items())), key=lambda span: (span.start, -span.end))))


class _Names:
    """What the original code calls the things in a script."""

    def __init__(self, index: MapIndex) -> None:
        self._index = index

    def of(self, node: Node) -> str:
        """Return the original name of an identifier or key: as the map says, else as it stands in the source, else as in the script."""
        written = (node.text or b"")[: MAX_NAME_CHARS * _UTF_16_BYTES].decode("utf-16-le", "replace").strip("\"'`")
        row, column = node.start_point
        original = self._index.at(row, column // _UTF_16_BYTES, exactly=True)
        return written if original is None else original.name or self._in_source(original) or written

    def _in_source(self, original: Original) -> str:
        text = self._index.source_text(original.number)
        part = text.part(original.line, original.column + MAX_NAME_CHARS // 2, MAX_NAME_CHARS) if text else None
        # Columns count UTF-16 units, of which only rare characters take two; a wrong place yields no more than a wrong name.
        found = _IDENTIFIER.match(part.text, original.column - part.start) if part else None
        return "" if found is None or found[0] in _NO_NAMES else found[0]


def _spans(matches: list[tuple[int, dict[str, list[Node]]]], names: _Names) -> dict[tuple[int, int, bool], str]:
    """Return the name of each function and class that the query found: from where to where it goes, and whether it is a class."""
    named: dict[int, Node] = {}
    for holder in ("valued", "named"):
        # What a function calls itself comes before what it is assigned to.
        named |= {found[holder][0].id: found["name"][0] for _, found in matches if holder in found}
    spans = {}
    for _, found in matches:
        for kind in found.keys() & {"scope", "class"}:
            node = found[kind][0]
            name = names.of(named[node.id]) if node.id in named else ""
            spans[_place(node.start_point), _place(node.end_point), kind == "class"] = name
    return spans


def _place(point: tuple[int, int]) -> int:
    return place(point[0], point[1] // _UTF_16_BYTES)


def _flat(spans: list[_Span]) -> Iterator[NamedRange]:
    """Return the function from each position on at which it changes."""
    changes: dict[int, str | None] = {}
    around: list[_Span] = []
    functions: list[str | None] = [None]
    """The names of the functions around the position, the innermost last."""

    def leave(until: int) -> None:
        while around and around[-1].end <= until:
            span = around.pop()
            if not span.is_class:
                functions.pop()
                changes[span.end] = functions[-1]

    for span in spans:
        leave(span.start)
        if not span.is_class:
            functions.append(_with_class(span.name, around[-1].name if around and around[-1].is_class else ""))
            changes[span.start] = functions[-1]
        around.append(span)
    leave(_END)
    return starmap(NamedRange, sorted(changes.items()))


def _with_class(name: str, class_name: str) -> str:
    if name == "constructor":
        return f"new {class_name}" if class_name else name
    return f"{class_name}.{name}" if class_name and name else name
