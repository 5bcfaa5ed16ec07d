"""Why something that was sent is not taken: one exception for each answer."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """The request is not taken; nothing was stored. The message is a sentence for whoever sent it and holds nothing of what they sent."""

    status: ClassVar[int] = 400
    wait: int | None = None
    """Seconds after which the same request may be taken."""

    @property
    def reason(self) -> str:
        """The kind of refusal, as it is counted."""
        return type(self).__name__


class MalformedRequest(Refused):
    """What was sent cannot be read."""


class BadEvent(MalformedRequest):
    """It can be read, but is no event."""


class UnknownKey(Refused):
    """There is no key, or no project that it opens."""

    status = 401


class WrongProject(Refused):
    """The key opens another project than the one in the address."""

    status = 403


class TooLarge(Refused):
    """It is larger than what is taken."""

    status = 413


class OverQuota(Refused):
    """The project has used up its events for now."""

    status = 429

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"The project has used up its events of this minute. Try again in {wait} s.")


class Full(Refused):
    """More comes in than can be stored."""

    status = 429
    wait = 3

    def __init__(self) -> None:
        super().__init__("More events come in than can be stored. Nothing was stored; try again in a few seconds.")


class Unstorable(Refused):
    """The database will not have it, whatever is tried."""

    def __init__(self) -> None:
        super().__init__("The event could not be stored. The log of Quell says why.")


class Away(Refused):
    """The database does not answer."""

    status = 503
    wait = 5
