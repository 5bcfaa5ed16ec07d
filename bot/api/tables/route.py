"""One row of a table of routes, and what many rows share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_origin

from fastapi.params import Depends as Dependency

from bot.api.schemas import issues as schemas
from bot.api.wire import MAX_BODY_BYTES
from bot.api.writing.parameters import Rules
from core.types import JSON

Scopes = tuple[str, ...]
Responses = Mapping[int, JSON]

ORGANIZATION = "/api/0/organizations/{org}"
PROJECT = "/api/0/projects/{org}/{project}"

LINK: JSON = {"Link": {"description": "The pages before and after: `rel`, `results`, `cursor`.", "schema": {"type": "string"}}}
COUNTED: JSON = {
    "X-Quell-Matched": {"description": "Issues selected.", "schema": {"type": "integer"}},
    "X-Quell-Changed": {"description": "Issues that are different now.", "schema": {"type": "integer"}},
}
HIDDEN = (403, 404)
CHANGES = (403, 404, 409)

REFUSALS: Mapping[int, JSON] = {
    400: {"model": schemas.ByFieldJson, "description": "Something in the address or the body is wrong; nothing was changed."},
    401: {"model": schemas.DetailJson, "description": "No token, or an unknown token."},
    403: {"model": schemas.DetailJson, "description": "The token has not the scope for this."},
    404: {"model": schemas.DetailJson, "description": "There is none, or it is not yours."},
    409: {"model": schemas.StaleJson, "description": "Something newer stands in the way; or the key was used for something else."},
    410: {"model": schemas.DetailJson, "description": "The issue has been purged, or is being purged."},
    413: {"model": schemas.DetailJson, "description": "The body is larger than 1 MiB."},
    415: {"model": schemas.DetailJson, "description": "The body is said to be neither JSON nor a form."},
    503: {"model": schemas.DetailJson, "description": "The database does not answer; nothing was changed. Try again in a moment."},
}


@dataclass(frozen=True)
class ApiRoute:
    """One row of the table. ``refusals`` are its error responses beside 401, 503 and those of its rules.

    ``narrowed_by`` is the dependency by which requests narrow it to projects. ``is_selecting`` says that its parameters choose what it
    returns, though it is no list: names that it does not know are refused.
    """

    method: str
    paths: Sequence[str]
    endpoint: Callable[..., Any]
    summary: str
    scopes: Scopes | None
    answers: Responses
    refusals: tuple[int, ...] = ()
    extra: JSON = field(default_factory=dict)
    max_body_bytes: int = MAX_BODY_BYTES
    narrowed_by: Dependency | None = None
    is_selecting: bool = False

    @property
    def rules(self) -> Rules:
        """The allowed parameters and fields of its requests."""
        content = self.extra["requestBody"]["content"] if self.extra else {}
        body = content["application/json"]["schema"] if "application/json" in content else None
        is_list = self.is_selecting or get_origin(self._model) is list
        return Rules(self.method != "GET", is_list, body, self.max_body_bytes, is_form="multipart/form-data" in content)

    @property
    def has_json(self) -> bool:
        """Return whether its first response has a body."""
        return self._model is not None

    @property
    def responses(self) -> dict[int | str, JSON]:
        """Return every response that its requests may get."""
        statuses = (*self.answers, 401, *self.refusals, *self.rules.refusals, 503)
        return {status: self.answers.get(status) or REFUSALS[status] for status in statuses}

    @property
    def _model(self) -> Any:
        return self.answers[min(self.answers)].get("model")


def shown(model: Any, **more: Any) -> Responses:
    """Return the responses of a route that answers 200 with this model."""
    return {200: {"model": model, **more}}


def listed(model: Any) -> Responses:
    """Return the responses of a route that answers 200 with a page of this model."""
    return shown(list[model], headers=LINK)
