"""Errors of the Web API."""

from typing import Any


class SlackError(Exception):
    """A response with `ok: false`, this error code, and the other fields that Slack adds."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def invalid_blocks(messages: list[str]) -> SlackError:
    """Return the error for invalid blocks."""
    return SlackError("invalid_blocks", errors=messages, response_metadata={"messages": messages})


def invalid_view(messages: list[str]) -> SlackError:
    """Return the error for an invalid view."""
    return SlackError("invalid_arguments", response_metadata={"messages": messages})
