"""Routes of many issues, of an organization or of one of its projects: list, change in bulk, delete in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.problems import Refusal
from bot.api.reading import lookups
from bot.api.reading.issues_json import issue_json
from bot.api.reading.pages import link
from bot.api.reading.selections import ListParameters, SelectionParameters, SelectionQuery, only_ids, selection_query
from bot.api.wire import Body, IdempotencyKey, RequestKey, counted, counts
from bot.api.writing import names
from bot.api.writing.bodies import Update
from bot.api.writing.update_requests import RequestedChange, apply, delta, read_update, selected
from core.bootstrap import Core
from core.issues.actions import Delete
from core.issues.requests import UpdateResult
from core.types import JSON, ByIds, Selection


@dataclass(frozen=True)
class Bulk:
    """The issues of a bulk request, and its body. ``ids`` is None if the issues are searched."""

    ids: tuple[int | str, ...] | None
    search: SelectionQuery
    body: JSON
    project_ids: tuple[int, ...] | None
    key: RequestKey | None


async def _bulk(parameters: Annotated[SelectionParameters, Query()], request: Request, body: Body, key: IdempotencyKey) -> Bulk:
    ids, project_ids = names.several(parameters.ids, body), request.state.project_ids
    if ids is not None:
        only_ids(parameters)
    return Bulk(ids, selection_query(parameters, project_ids), body, project_ids, key)


async def show(parameters: Annotated[ListParameters, Query()], request: Request, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return a page of issues, a hundred by default. Issues that are being deleted are left out."""
    found, before, after = await context.workers.read(_found, context.core, caller, parameters, request.state.project_ids)
    address = f"{context.links_begin_with}{quote(request.scope['path'])}"
    headers = {"Link": link(address, request.query_params.multi_items(), before, after)}
    return JSONResponse([issue_json(view, details, context.links_begin_with) for view, details in found], headers=headers)


async def update(bulk: Annotated[Bulk, Depends(_bulk)], context: InContext, caller: AuthenticatedCaller) -> Response:
    """Change all named or found issues, and return the values that they share; 204 if there are none, and after a discard.

    Named issues are changed all or none. Found issues are changed in chunks, each in its own transaction.
    """
    wanted = await read_update(context, caller, bulk.body)
    change, result = await _change(context, caller, bulk, wanted)
    headers = counted(*counts(result))
    if not result.matched or wanted.is_discard:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return JSONResponse(await delta(context, change, result), headers=headers)


async def delete(bulk: Annotated[Bulk, Depends(_bulk)], context: InContext, caller: AuthenticatedCaller) -> Response:
    """Hide all named or found issues from every list; they can be restored until they are purged."""
    _, result = await _change(context, caller, bulk, Update((Delete(),)))
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=counted(*counts(result)))


async def _change(context: ApiContext, caller: Caller, bulk: Bulk, wanted: Update) -> tuple[RequestedChange, UpdateResult]:
    change = RequestedChange(caller, await _selection(context, caller, bulk, wanted), wanted, bulk.key)
    return change, await apply(context, change)


async def _selection(context: ApiContext, caller: Caller, bulk: Bulk, wanted: Update) -> Selection:
    if bulk.ids is None:
        _need_a_query(bulk.search, wanted)
        return await selected(context, caller, bulk.search, wanted)
    if bulk.project_ids is None:
        return ByIds(bulk.ids)
    if len(bulk.project_ids) == 1:
        return ByIds(bulk.ids, bulk.project_ids[0])
    return ByIds(tuple(await context.workers.read(_named, context.core, caller, bulk)))


def _need_a_query(search: SelectionQuery, wanted: Update) -> None:
    """Refuse an irreversible bulk change without an explicit selection, so that an omission cannot cause it."""
    is_grave = wanted.is_merge or wanted.is_discard or any(isinstance(action, Delete) for action in wanted.actions)
    if is_grave and not search.is_explicit:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            'Say which issues: ?id=12&id=SHOP-1F, "ids" in the body, or a query with a term that is not negated. Nothing was changed.',
        )


def _named(core: Core, caller: Caller, bulk: Bulk) -> list[int]:
    found = (core.reads.ids_of(caller.organization_id, bulk.ids or (), project_id) for project_id in bulk.project_ids or ())
    return sorted(id_ for ids in found for id_ in ids)


def _found(
    core: Core, caller: Caller, parameters: ListParameters, project_ids: tuple[int, ...] | None
) -> tuple[list[lookups.Described], str | None, str | None]:
    """Return the issues of a page, with the cursors of the pages before and after."""
    if not parameters.ids:
        found, page = lookups.search(core, selection_query(parameters, project_ids), caller, parameters)
        return found, str(page.previous) if page.previous else None, str(page.next) if page.next else None
    only_ids(parameters)
    named = names.several(parameters.ids, {}) or ()
    lists = (core.reads.ids_of(caller.organization_id, named, project_id) for project_id in project_ids or (None,))
    page_of_ids = parameters.page
    ids = page_of_ids.of(sorted(id_ for ids in lists for id_ in ids))
    return lookups.with_details(core, core.reads.issues(ids[: parameters.length]), caller), *page_of_ids.cursors(len(ids))
