"""Routes of events as a table: chosen fields of the events of an organization, and the check of such a request before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.fields import shown
from bot.api.problems import Refusal
from bot.api.reading import event_fields
from bot.api.reading.events import EventListParameters, EventParameters, found, order_of, search_of
from bot.api.reading.pages import address_of
from bot.api.reading.projects import ProjectIds
from core.bootstrap import Core
from core.errors import Invalid, TriageError
from core.events.stored import EventScope, EventSearch, EventsFound
from core.search.event_filter import SearchedEvent
from core.types import JSON

_DATASETS = ("", "errors", "discover")
Fields = Annotated[list[str], Field(alias="field", description="A field of an event, such as `title`, or a tag; may be repeated.")]
Dataset = Annotated[str, Field(description="`errors`: there is no other. `discover` is its older name.")]


class TableParameters(EventListParameters):
    """The query parameters of a table of events."""

    fields: Fields = Field([], alias="field")
    dataset: Dataset = "errors"


class CheckParameters(EventParameters):
    """The query parameters of a table of events, to be checked."""

    fields: Fields = Field([], alias="field")
    dataset: Dataset = "errors"
    orderby: list[str] = Field([], description="The order, as `sort` has it.")


async def show(
    request: Request, parameters: Annotated[TableParameters, Query()], project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Return chosen fields of stored events, last received first. ``meta`` has their types."""
    _check_dataset(parameters.dataset)
    fields = _checked_fields(parameters.fields or event_fields.DEFAULTS)
    scope = await _scope(context, caller, project_ids)
    search = search_of(caller.organization_id, parameters, scope, context.core.clock(), is_oldest_first=order_of("sort", parameters.sort))
    page = parameters.page
    rows, events = await context.workers.read(_rows, context.core, search, fields, (page.limit, page.offset))
    link = page.link_to(address_of(request, context.links_begin_with), request.query_params.multi_items(), events.next_offset)
    meta = {"fields": {field: event_fields.type_of(field) for field in fields}}
    return JSONResponse({"data": rows, "meta": meta}, headers={"Link": link})


async def check(
    parameters: Annotated[CheckParameters, Query()], project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Return which parts of a request for a table can be answered, and why the others cannot."""
    scope = await _scope(context, caller, project_ids)

    def try_search() -> EventsFound:
        return found(context.core, search_of(caller.organization_id, parameters, scope, context.core.clock(), is_oldest_first=False), 1, 0)

    query = await context.workers.read(_problem, try_search)
    dataset = [_named(parameters.dataset, lambda: _check_dataset(parameters.dataset))]
    fields = [_named(name, lambda name=name: event_fields.checked(name)) | {"attrType": None} for name in parameters.fields]  # type: ignore[misc]
    orders = [_named(name, lambda name=name: order_of("orderby", name)) | {"attrType": None} for name in parameters.orderby]  # type: ignore[misc]
    return JSONResponse(
        {
            "valid": query is None and all(part["valid"] for part in (*dataset, *fields, *orders)),
            "projects": [],
            "dataset": dataset,
            "environment": [],
            "field": fields,
            "query": {"valid": query is None, "error": query, "fields": []},
            "orderby": orders,
        }
    )


def _named(name: str, check_it: Callable[[], object]) -> JSON:
    problem = _problem(check_it)
    return {"name": name, "valid": problem is None, "error": problem}


def _problem(check_it: Callable[[], object]) -> str | None:
    try:
        check_it()
    except (TriageError, Refusal) as error:
        return str(error)
    return None


def _check_dataset(dataset: str) -> None:
    if dataset not in _DATASETS:
        # Under detail and not under its name: that is what clients show to people.
        raise Refusal(HTTPStatus.BAD_REQUEST, f"There is no dataset {shown(dataset)} here; there are events of errors alone: dataset=errors")


def _checked_fields(fields: Iterable[str]) -> list[str]:
    checked = [event_fields.checked(field) for field in dict.fromkeys(fields)]
    if len(checked) > event_fields.MAX_FIELDS:
        raise Invalid("field", f"{len(checked)} are too many; at most {event_fields.MAX_FIELDS} can be shown.")
    return checked


async def _scope(context: ApiContext, caller: Caller, project_ids: tuple[int, ...] | None) -> EventScope:
    if project_ids is None:
        known = await context.workers.read(context.core.directory.projects, caller.organization_id)
        project_ids = tuple(view.id for view in known)
    return EventScope(project_ids=project_ids)


def _rows(core: Core, search: EventSearch, fields: list[str], page: tuple[int, int]) -> tuple[list[JSON], EventsFound]:
    events = found(core, search, *page)
    slugs = {view.id: view.slug for view in core.directory.projects(search.organization_id)}
    ids = sorted({event.issue_id for event in events.events}) if event_fields.ISSUE in fields else []
    short_ids = {view.id: view.short_id for view in core.reads.issues(ids)}
    searched = [SearchedEvent(event, slugs[event.project_id]) for event in events.events]
    return [event_fields.row_json(event, fields, short_ids.get(event.view.issue_id)) for event in searched], events
