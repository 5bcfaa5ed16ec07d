"""MessagePack from strangers: read as it was written, or given up."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.crashes.message_pack import unpacked
from tests.support.ingest.message_pack import packed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=40), inner, max_size=20),
    max_leaves=30,
)


@given(VALUES)
def test_message_pack_is_read_as_it_was_written(value: object) -> None:
    assert unpacked(packed(value) + b"and more") == value


@given(st.binary(max_size=200))
def test_what_is_no_message_pack_is_said_to_be_none(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        unpacked(data)


HOSTILE = [b"\xdd\xff\xff\xff\xff" + b"\xc0" * 200_000, b"\xdb\xff\xff\xff\xffx", b"\x91" * 100_000, b"\xc1", b"", b"\xd4\x01x"]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_too_many_values_or_too_deep_ones_are_given_up(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\."):
        unpacked(data)
