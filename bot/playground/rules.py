"""How strict the playground is: its clock, its patience and whether rates are limited."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The defaults are those of the real services.

    Slack shows an error when an interaction or a command is not answered in 3 s. Teams documents no exact figure for
    its invokes; ten seconds is on the generous side of what its clients are seen to wait.
    """

    clock: Callable[[], float] = time.time
    is_rate_limited: bool = True
    slack_seconds: float = 3.0
    teams_seconds: float = 10.0
