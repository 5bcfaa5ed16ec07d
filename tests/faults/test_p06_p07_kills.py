"""SIGKILL at every boundary: statements, commits, and requests to the chat; then everything is started again and must come to rest."""

from __future__ import annotations

import pytest

from tests.support.faults.figures import LONG, Figures
from tests.support.faults.kills import Choose, Nursery, Places, everywhere, kill_everywhere, sampled
from tests.support.faults.operations import DEEDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HOW_OFTEN = [sampled, pytest.param(everywhere, marks=LONG)]
CHANGES = [name for name in DEEDS if not name.startswith("sending") and name != "a purge"]


def _kill(nursery: Nursery, places: Places, deed: str, choose: Choose, figures: Figures) -> None:
    toll = kill_everywhere(nursery, places, deed, choose)
    figures.cases, figures.kills = toll.boundaries, toll.kills
    figures.losses, figures.duplicates = toll.losses, toll.duplicates
    assert "\n".join(toll.findings) == ""
    assert toll.kills > 1


@pytest.mark.parametrize("choose", HOW_OFTEN, ids=lambda one: one.__name__)
@pytest.mark.parametrize("deed", CHANGES)
def test_p06_a_change_and_the_promise_to_show_it_are_one_commit(
    nursery: Nursery, places: Places, deed: str, choose: Choose, figures: Figures
) -> None:
    """P6: killed anywhere in a change, Quell has made all of it or nothing, repeated it acts once, and every copy ends with the truth."""
    _kill(nursery, places, deed, choose, figures)


@pytest.mark.parametrize("choose", HOW_OFTEN, ids=lambda one: one.__name__)
@pytest.mark.parametrize("deed", ["sending", "sending blindly"])
def test_p07_what_is_promised_to_a_chat_appears_in_order_and_hardly_twice(
    nursery: Nursery, places: Places, deed: str, choose: Choose, figures: Figures
) -> None:
    """P7: killed anywhere while it sends, Quell says everything at least once and in order.

    A chat that can be asked what it has sees nothing twice; in any other, a crash costs at most one repetition in each channel that was being
    served.
    """
    _kill(nursery, places, deed, choose, figures)


@pytest.mark.parametrize("choose", HOW_OFTEN, ids=lambda one: one.__name__)
def test_p10_a_purge_that_is_killed_anywhere_goes_on(nursery: Nursery, places: Places, choose: Choose, figures: Figures) -> None:
    """P10: a purge may be killed anywhere; the next one goes on, and nothing but the issue that was deleted is gone."""
    _kill(nursery, places, "a purge", choose, figures)
