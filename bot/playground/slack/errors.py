"""How the Web API says no."""

from typing import Any


class SlackError(Exception):
    """An answer with `ok: false` and this error word, with whatever else Slack adds to it."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def invalid_blocks(messages: list[str]) -> SlackError:
    """The blocks are refused, with the reasons where Slack puts them."""
    return SlackError("invalid_blocks", errors=messages, response_metadata={"messages": messages})


def invalid_view(messages: list[str]) -> SlackError:
    """The view is refused, with the reasons where Slack puts them."""
    return SlackError("invalid_arguments", response_metadata={"messages": messages})
