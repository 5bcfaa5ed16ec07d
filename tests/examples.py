"""How many inputs a test makes up: all of them in the whole suite, a fifth of them in the quick tests."""

from __future__ import annotations

import hypothesis

WHOLE, QUICK = 100, 20
"""How many examples Hypothesis makes of its own accord, by profile."""


def examples(whole: int) -> int:
    """Scale a number of made-up inputs by the profile of Hypothesis that is loaded, which ``make quick`` chooses."""
    return max(1, whole * hypothesis.settings().max_examples // WHOLE)
