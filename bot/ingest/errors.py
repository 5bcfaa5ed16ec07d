"""Why a request is refused: one exception per answer."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """The request is refused and nothing was stored. The message is a sentence for the sender and contains nothing of the request."""

    status: ClassVar[int] = 400
    wait: int | None = None
    """Seconds after which the same request may be accepted."""

    @property
    def reason(self) -> str:
        """The kind of refusal, as counted in the metrics."""
        return type(self).__name__


class MalformedRequest(Refused):
    """The request cannot be parsed."""


class BadEvent(MalformedRequest):
    """The JSON can be parsed but is not an event."""


class UnknownKey(Refused):
    """There is no such key, or it belongs to no project."""

    status = 401


class WrongProject(Refused):
    """The key belongs to another project than the URL."""

    status = 403


class UnknownHook(Refused):
    """There is no hook of this name."""

    status = 404


class TooLarge(Refused):
    """The request exceeds a size limit."""

    status = 413


class OverQuota(Refused):
    """The project has used up its event quota."""

    status = 429

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"The project has used up its events of this minute. Try again in {wait} s.")


class Full(Refused):
    """Too many events wait to be stored."""

    status = 429
    wait = 3

    def __init__(self) -> None:
        super().__init__("More events come in than can be stored. Nothing was stored; try again in a few seconds.")


class Unstorable(Refused):
    """The database rejects the events, and retrying does not help."""

    def __init__(self) -> None:
        super().__init__("The event could not be stored. The log of Quell says why.")


class Away(Refused):
    """The database does not answer."""

    status = 503
    wait = 5
