"""The arguments of a Web API call, sent as JSON, as a form or in the query string."""

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from bot.playground.slack.errors import SlackError
from bot.playground.store import Json


class Arguments:
    """The arguments by name."""

    def __init__(self, values: Json) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text, or the default if it is missing."""
        value = self._values.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """Return an argument as text. Raises SlackError with this code if it is missing or empty."""
        value = self.text(name)
        if not value:
            raise SlackError(error, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def flag(self, name: str) -> bool:
        """Return whether the argument is true, as JSON or as the words `true` and `1`."""
        return self.text(name).lower() in ("true", "1")

    def whole(self, name: str, default: int) -> int:
        """Return an argument as an integer, or the default if it is not one."""
        value = self.text(name)
        return int(value) if value.isdecimal() else default

    def json(self, name: str) -> Any:
        """Return a list or an object, which forms carry as text; None if it is missing."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name}"]}) from None

    def has(self, name: str) -> bool:
        """Return whether the argument was sent."""
        return self._values.get(name) is not None


async def read_arguments(request: Request) -> Arguments:
    """Return the arguments of a request. The body overrides the query string."""
    values: Json = dict(request.query_params)
    if request.method == "POST":
        if request.headers.get("content-type", "").startswith("application/json"):
            values.update(await _json_object(request))
        else:
            form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            values.update({name: repeated[-1] for name, repeated in form.items()})
    return Arguments(values)


async def _json_object(request: Request) -> Json:
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
