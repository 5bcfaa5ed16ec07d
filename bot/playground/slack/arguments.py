"""The arguments of a Web API call, however they were sent: JSON, a form or the query string."""

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
        """An optional text."""
        value = self._values.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise SlackError(error, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def flag(self, name: str) -> bool:
        """A truth, as JSON or as a word."""
        return self.text(name).lower() in ("true", "1")

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name)
        return int(value) if value.isdecimal() else default

    def json(self, name: str) -> Any:
        """A list or an object; forms carry it as text. None when it is not there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name}"]}) from None

    def has(self, name: str) -> bool:
        """Whether it was given at all."""
        return self._values.get(name) is not None


async def read_arguments(request: Request) -> Arguments:
    """The arguments of this request; a body wins over the query string."""
    values: Json = dict(request.query_params)
    if request.method == "POST":
        if request.headers.get("content-type", "").startswith("application/json"):
            values.update(await _json_object(request))
        else:
            form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            values.update({name: given[-1] for name, given in form.items()})
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
