"""What the program logs: one record is one line, whatever somebody else's words in it hold."""

from __future__ import annotations

import logging

from bot.security.connections import LOGGER
from bot.security.invisible import escaped, visible

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CHATTY = ("alembic", "slack_bolt", "slack_sdk", "msrest", "msal", "aiohttp.access", "urllib3")


class OneLine(logging.Formatter):
    """Writes controls and breaks of lines in a message as escapes, and indents tracebacks: nothing in them can pass for another record."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name is logging's
        """Return the line of a record."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802  the name is logging's
        """Return the traceback below it."""
        return "\n".join(f"    {line}" for line in visible(super().formatException(ei)).split("\n"))  # type: ignore[arg-type]  # logging's own


def start_logging() -> None:
    """Log to standard error from now on, and keep libraries quiet that say too much."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It warns of each job that still runs when its next turn comes, which here means that there is much to do.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # Faults of the application are errors, and stay.
    logging.getLogger(LOGGER).setLevel(logging.ERROR)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
