"""Check the names of query parameters and body fields: a request may have only those that its route declares.

A writing request is refused for every undeclared name, so that a slip such as ``ids`` for ``id`` never selects more than intended. Requests for
lists are refused as well, except for the names in ``ACCEPTED``. ``/openapi.json`` shows what a route declares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request

from bot.api.fields import Problems, merged
from bot.api.uploads import drop_body
from bot.api.wire import MAX_BODY_BYTES, read_body
from core.types import JSON

ACCEPTED: Mapping[str, str] = {
    "collapse": "Sentry's command line and its MCP server: parts of an issue that they do without.",
    "expand": "The same clients: parts of an issue that they would like beside the others.",
    "groupStatsPeriod": "The same clients: how long the hours in `stats` reach back.",
    "full": "Clients that list events: whether each event is whole.",
    "utc": "Clients that show times: in which zone.",
    "health": "Clients that list releases: counts of sessions beside each release. So are the next four.",
    "adoptionStages": "Of whom a release is used.",
    "healthStatsPeriod": "For which time sessions are counted.",
    "summaryStatsPeriod": "The same.",
    "flatten": "Whether a release of several projects is one.",
    "visibility": "Clients that list environments: also those that are hidden; here none is.",
    "useCache": "Sentry's MCP server, of tags: whether they may be a little old.",
    "useFlagsBackend": "The same: where Sentry stores them.",
    "referrer": "Clients that say which part of them asks.",
}
"""Parameters that real clients send to lists and that select nothing; they are ignored. Each with its client and its purpose."""

_MAX_NAME_CHARS = 60
_MAX_NAMES_SHOWN = 12
_MAX_PROBLEMS = 10
"""The most names reported in one response: finding the nearest name is slow."""
_MIN_SIMILARITY = 0.55
"""The similarity, from 0 to 1, from which a name counts as a typo of another."""


@dataclass(frozen=True)
class Rules:
    """The allowed names of a route's requests. ``body`` is the JSON schema of the body, or None if the route takes no body."""

    is_writing: bool
    is_list: bool
    body: JSON | None = None
    max_body_bytes: int = MAX_BODY_BYTES
    is_form: bool = False
    """Whether the body is a form, which the route reads itself."""

    @property
    def refusals(self) -> tuple[int, ...]:
        """Return the responses to requests that break the rules."""
        return (400, 413, 415) if self.is_writing else (400,) if self.is_list else ()

    def of_address(self, given: Iterable[tuple[str, str]], declared: Mapping[str, bool]) -> JSON:
        """Return the errors of the query parameters, by name. ``declared`` maps each known name to whether it may be repeated."""
        values = list(given)
        times = Counter(name for name, _ in values)
        unexpected = [name for name in times if name not in declared and (self.is_writing or name not in ACCEPTED)]
        problems: JSON = self._unknown(unexpected, declared, "parameter")
        for name in declared:
            if times[name] > 1 and not declared[name]:
                problems[name] = [self._in_short(f'The parameter "{name}" is given {times[name]} times; give it once.')]
        return problems | (self._empty(values, declared) if self.is_writing else {})

    def of_body(self, body: JSON) -> JSON:
        """Return the fields that are not in the schema, nested like the body."""
        return self._of_object(body, self.body or {"properties": {}})

    def _empty(self, values: Iterable[tuple[str, str]], declared: Mapping[str, bool]) -> JSON:
        # An empty value, as from an unset variable, would select everything. Only an empty query is intentional.
        empty = {name for name, value in values if name in declared and name != "query" and not value.strip()}
        return {name: [self._in_short(f'The parameter "{name}" is empty; give it a value or leave it out.')] for name in sorted(empty)}

    def _of_object(self, value: JSON, schema: JSON) -> JSON:
        known: JSON = schema.get("properties", {})
        problems = self._unknown([name for name in value if name not in known], known, "field")
        inner = {name: self._of_value(value[name], known[name]) for name in known if name in value}
        return problems | {name: found for name, found in inner.items() if found}

    def _unknown(self, names: list[str], known: Iterable[str], kind: str) -> JSON:
        return {_shortened(name): [self._in_short(unknown(name, known, kind))] for name in names[:_MAX_PROBLEMS]}

    def _of_value(self, value: object, schema: JSON) -> JSON | list[str]:
        if isinstance(value, dict) and (shape := _object_in(schema)):
            return self._of_object(value, shape)
        if isinstance(value, list) and (shape := _object_in(schema.get("items", {}))):
            found = (self._of_object(item, shape) for item in value if isinstance(item, dict))
            return next((_sentences(problems) for problems in found if problems), [])
        return []

    def _in_short(self, sentence: str) -> str:
        return f"{sentence} Nothing was changed." if self.is_writing else sentence


def only_known(rules: Rules) -> Dependency:
    """Return a dependency that refuses requests which break the route's rules, and reads the body of a writing request."""
    known: dict[str, bool] = {}

    async def check(request: Request) -> None:
        if not (rules.is_writing or rules.is_list):
            return
        if not known:
            # A route knows its dependencies only after it is built, and this is one of them.
            known.update(declared(request.scope["route"]))
        problems = rules.of_address(request.query_params.multi_items(), known)
        if rules.is_writing and not rules.is_form:
            request.state.body = await read_body(request, rules.max_body_bytes, rules.body)
            problems = merged(problems, rules.of_body(request.state.body))
        if problems:
            if rules.is_form:
                await drop_body(request, rules.max_body_bytes)
            raise Problems(problems)

    dependency: Dependency = Depends(check)
    return dependency


def declared(route: APIRoute) -> Mapping[str, bool]:
    """Return the query parameters that a route and its dependencies declare, and whether each may be repeated."""
    return {name: _is_list(annotation) for name, annotation in _parameters(route.dependant)}


def unknown(name: str, known: Iterable[str], kind: str) -> str:
    """Return an error for an unknown name, with the nearest known name."""
    names = sorted(known)
    near = get_close_matches(name[:_MAX_NAME_CHARS], names, n=1, cutoff=_MIN_SIMILARITY)
    sentence = f'There is no {kind} "{_shortened(name)}" here'
    if near:
        return f'{sentence}; did you mean "{near[0]}"?'
    return f"{sentence}; known are: {', '.join(names)}." if 0 < len(names) <= _MAX_NAMES_SHOWN else f"{sentence}."


def unknown_part(name: str, known: Iterable[str]) -> Problems:
    """Return the error for a part that a form cannot have."""
    return Problems({_shortened(name): [f"{unknown(name, known, 'part')} Nothing was changed."]})


def _parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from ((inner.alias or name, inner.annotation) for name, inner in annotation.model_fields.items())
        else:
            yield field.alias, annotation
    for beneath in dependant.dependencies:
        yield from _parameters(beneath)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(get_origin(part) is list for part in get_args(annotation))


def _object_in(schema: JSON) -> JSON | None:
    """Return the schema of an object that a schema allows, or None."""
    return next((option for option in (schema, *schema.get("anyOf", ())) if "properties" in option), None)


def _sentences(problems: JSON) -> list[str]:
    """Return the sentences for an object in a list, which has no name of its own."""
    return [sentence for found in problems.values() for sentence in (_sentences(found) if isinstance(found, dict) else found)]


def _shortened(name: str) -> str:
    shown = ascii(name)[1:-1]
    return shown if len(shown) <= _MAX_NAME_CHARS else f"{shown[:_MAX_NAME_CHARS]}…"
