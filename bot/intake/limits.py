"""How much is taken in. SDKs assume the sizes; the rest is far above what any of them sends."""

from __future__ import annotations

from bot.intake.refusals import TooLarge

MIB = 1024 * 1024
MOST_SENT = 20 * MIB
"""Bytes of a compressed body."""
MOST_READ = 100 * MIB
"""Bytes of a body when it is decompressed."""
MOST_EVENT = MIB
"""Bytes of one event's JSON."""
MOST_RATIO = 1_100
"""How many times its size a body may unpack to. Deflate cannot do more than 1,032; brotli and zstd can be made to, by who means harm."""
RATIO_COUNTS_FROM = MIB
"""Bytes unpacked; below this nobody cares."""
MOST_ITEMS = 1_000
"""Items in an envelope."""
MOST_EVENTS = 10
"""Events in an envelope. SDKs send one; the format does not forbid more."""
LONGEST_LINE = 64 * 1024
"""Bytes of the JSON about an envelope or an item."""


def too_large_event() -> TooLarge:
    """What is said of an event over the limit."""
    return TooLarge(f"The event is larger than {MOST_EVENT // MIB} MiB.")
