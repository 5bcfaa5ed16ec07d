"""A part of a line is read from a packed source without the rest, however long the line is."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.source_maps.source_text import LinePart, SourceText
from core.rules.source_maps.tables import Pieces

LENGTHS = st.sampled_from([0, 1, 199, 200, 201, 1_023, 1_024, 1_025, 2_048, 5_000])


def written(lengths: list[int]) -> list[str]:
    """Return lines of these lengths, in which no two parts are the same."""
    return ["".join(f"{line}.{place:05}" for place in range(length // 7 + 1))[:length] for line, length in enumerate(lengths)]


@given(st.lists(LENGTHS, min_size=1, max_size=12), st.integers(0, 13), st.integers(0, 6_000), st.sampled_from([1, 200, 256]))
def test_a_part_is_what_stands_around_the_column(lengths: list[int], number: int, column: int, most: int) -> None:
    lines = written(lengths)
    part = SourceText(memoryview(SourceText.pack("\n".join(lines)))).part(number, column, most)
    if number >= len(lines):
        assert part is None
        return
    line = lines[number]
    start = max(min(column - most // 2, len(line) - most), 0)
    assert part == LinePart(line[start : start + most], start, start + most < len(line))


def test_lines_behind_many_long_ones_are_found() -> None:
    lines = written([3_000 if number % 3 else number for number in range(900)])
    text = SourceText(memoryview(SourceText.pack("\n".join(lines))))
    parts = [text.part(number, 0, 3_000) for number in range(900)]
    assert [part.text for part in parts if part] == lines


@pytest.mark.parametrize("source", ["x" * 3_000_000, "\n" * 100_000, ("y" * 100_000 + "\n") * 30, "\u2028\U0001f600" * 50_000])
def test_p19_no_part_of_a_source_costs_more_than_a_block(source: str) -> None:
    blocks = Pieces(memoryview(SourceText.pack(source)))
    sizes = [len(zlib.decompress(blocks[number])) for number in range(3, len(blocks))]
    assert sum(sizes) >= len(source) // 2
    assert max(sizes) <= 300_000
