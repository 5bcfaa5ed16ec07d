"""From a press in Slack to its acknowledgement, and to the redraw that the chat received."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.program import ANA, Town

PRESSES = 30


def figures() -> Iterator[str]:
    """Presses one after another, each on a copy that is up to date. The playground's part of the way is in the figures."""
    answered, shown = [], []
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder), f"sqlite:///{folder}/quell.db")
        town.start()
        town.crash()
        town.both_say("SHOP-1", "Unresolved")
        for number in range(PRESSES):
            label, words = (("Resolve", "Resolved by"), ("Unresolve", "Unresolved, regressed"))[number % 2]
            began = time.monotonic()
            town.press_in_slack(ANA, "SHOP-1", label)
            answered.append(time.monotonic() - began)
            town.both_say("SHOP-1", words)
            shown.append(time.monotonic() - began)
        town.stop()
    yield f"press to acknowledgement       {statistics.median(answered) * 1000:8.0f} ms    (p99 below 500)"
    yield f"press to both copies redrawn   {statistics.median(shown) * 1000:8.0f} ms    (looked for every 50 ms)"
