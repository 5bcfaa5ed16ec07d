"""A function is called what the original code calls it."""

from __future__ import annotations

from typing import Any

import pytest

from core.rules.source_maps import scopes
from core.rules.source_maps.scopes import named_functions
from tests.support.artifacts.source_maps import bundle_of, index_of, map_json


def around(script: str, source_map: dict[str, Any] | None = None, mark: str = "X") -> str | None:
    """The name of the function around a mark in the script."""
    index = index_of(source_map or map_json(), script)
    lines = script[: script.index(mark)].split("\n")
    return index.function_at(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("X", None),
        ("function f(){X}", "f"),
        ("function f(){} X", None),
        ("async function f(){X}", "f"),
        ("function* f(){X}", "f"),
        ("function f(){ function g(){} X }", "f"),
        ("function f(){ (function(){X})() }", "<anonymous>"),
        ("const f=()=>X", "f"),
        ("var a=1,f=function(){X}", "f"),
        ("var f=function g(){X}", "g"),
        ("f=()=>X", "f"),
        ("exports.f=function(){X}", "f"),
        ("a.b.prototype.f=function*(){X}", "f"),
        ("({f(){X}})", "f"),
        ("({f:()=>X})", "f"),
        ("({'f-g':function(){X}})", "f-g"),
        ("class A{f(){X}}", "A.f"),
        ("class A{static async f(){X}}", "A.f"),
        ("class A{get f(){X}}", "A.f"),
        ("class A{#f(){X}}", "A.#f"),
        ("class A{f=()=>X}", "A.f"),
        ("class A{constructor(){X}}", "new A"),
        ("class{constructor(){X}}", "constructor"),
        ("var A=class{f(){X}}", "A.f"),
        ("class A{f(){return()=>X}}", "<anonymous>"),
        ("class A{f(){const g=()=>X}}", "g"),
        ("class A{static{X}}", "<anonymous>"),
        ("export default function(){X}", "<anonymous>"),
        ("'😀';function f(){'😀';X}", "f"),
        ("\n\nfunction f(){\n X\n}", "f"),
        ("function f(){X", "f"),
    ],
)
def test_functions_are_named_as_a_reader_would(script: str, name: str | None) -> None:
    if script.startswith("class{"):
        script = f"x({script})"
    assert around(script) == name


def test_the_name_in_the_map_comes_first() -> None:
    source_map = map_json([(0, 9, 0, 3, 9, 0)], names=["checkout"])
    assert around("function t(){X}", source_map) == "checkout"


def test_without_a_name_in_the_map_the_source_says_it() -> None:
    """As with bundlers that write no names."""
    source_map = map_json([(0, 9, 0, 0, 9)], sourcesContent=["function checkout(cart) {"])
    assert around("function t(){X}", source_map) == "checkout"


@pytest.mark.parametrize("source", ["async function f()", "() => 1", "   ", "", "\u2028"])
def test_where_the_source_has_no_name_at_the_place_the_script_says_it(source: str) -> None:
    assert around("function t(){X}", map_json([(0, 9, 0, 0, 0)], sourcesContent=[source])) == "t"


def test_only_a_mapping_at_the_very_place_names_a_thing() -> None:
    assert around("function t(){X}", map_json([(0, 3, 0, 0, 0, 0)], names=["else"])) == "t"


@pytest.mark.parametrize(
    "script", ["", "\x00", "}}}}", "'", "`${`${", "/*", "<!--", "\ud800", "function", "class A{", "(" * 500, "[" * 500, "a=>" * 500]
)
def test_odd_scripts_have_no_names_and_do_no_harm(script: str) -> None:
    named_functions(script.encode("utf-8", "surrogatepass"), index_of(map_json()))
    named_functions(script.encode("utf-16-le", "surrogatepass"), index_of(map_json()))


@pytest.mark.parametrize("window", [64, 100, 1_000])
def test_a_script_is_searched_piece_by_piece_with_the_same_result(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    script = bundle_of("webpack").script + "class A{f(){X}};" * 40 + f"var whole=()=>{{{'x();' * 100}}};"
    whole = named_functions(script.encode(), index_of(map_json()))
    monkeypatch.setattr(scopes, "_WINDOW_BYTES", window)
    assert named_functions(script.encode(), index_of(map_json())) == whole
