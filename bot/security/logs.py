"""Configure logging: one record is one line, whatever foreign text it contains."""

from __future__ import annotations

import logging

from bot.security.connections import LOGGER
from bot.security.invisible import escaped, visible

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CHATTY = ("alembic", "slack_bolt", "slack_sdk", "msrest", "msal", "aiohttp.access", "urllib3")


class OneLine(logging.Formatter):
    """Escapes control characters and line breaks in messages and indents tracebacks, so that foreign text cannot forge a record."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name is logging's
        """Return the line of a record."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802  the name is logging's
        """Return the indented traceback."""
        return "\n".join(f"    {line}" for line in visible(super().formatException(ei)).split("\n"))  # type: ignore[arg-type]  # logging's own


def start_logging() -> None:
    """Log to standard error, and silence libraries that log too much."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It warns if a job still runs when it is due again. Here that only means that there is much to do.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # Errors of the application are still logged.
    logging.getLogger(LOGGER).setLevel(logging.ERROR)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
