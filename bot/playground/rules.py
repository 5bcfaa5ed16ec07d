"""How strict the playground is: its clock, its timeouts and its rate limits."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The clock, timeouts and rate limits of both services. The defaults are those of the real ones.

    Slack shows an error when an interaction or a command is not answered in 3 s. Teams documents no exact figure for
    its invokes; ten seconds is a generous guess from what its clients do.
    """

    clock: Callable[[], float] = time.time
    is_rate_limited: bool = True
    slack_seconds: float = 3.0
    teams_seconds: float = 10.0
