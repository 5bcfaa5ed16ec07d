"""The routes of many issues, of an organisation or of one of its projects: list, change in bulk, delete in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path, Query
from fastapi.params import Depends as Dependency
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api import names
from bot.api.auth import Asking, Caller, Desk, OurDesk
from bot.api.bodies import Update
from bot.api.filters import statuses
from bot.api.issues_json import issue_json
from bot.api.one_issue import read_update
from bot.api.pages import PAGE, Page
from bot.api.problems import Refusal
from bot.api.wire import IdempotencyKey, counted, counts, json_body, request_id
from core.actions import Delete
from core.bootstrap import Core
from core.errors import Invalid
from core.requests import ByIds, UpdateRequest, UpdateResult
from core.types import JSON, Source
from core.views import IssueView, Wanted

_IDS = "Numbers and short ids, mixed; repeat it for several. What matches nothing is left out."
Ids = Annotated[list[str] | None, Query(alias="id", description=_IDS)]
ProjectName = Annotated[str, Path(description="The project's slug or number.")]
ProjectNames = Annotated[list[str] | None, Query(alias="project", description="Only this project's issues: its number or slug; `-1` for all.")]


class Listing(BaseModel):
    """What is asked for in a list. Where ids are given, status and query say nothing."""

    ids: list[str] = Field([], alias="id", description=_IDS)
    status: str | None = Field(None, description="`unresolved`, `resolved`, or `ignored` (also `archived`, `muted`).")
    query: str | None = Field(None, description="`is:` and a status; empty for all. Without it and without `status`: `is:unresolved`.")
    cursor: str = Field("", description="From the `Link` header of the page before.")
    limit: int = Field(PAGE, ge=1, le=PAGE, description="Issues on a page.")


async def _one_project(request: Request, project: ProjectName, desk: OurDesk, caller: Asking) -> None:
    request.state.project_id = await _number_of(desk, caller, project)


async def _any_project(request: Request, desk: OurDesk, caller: Asking, projects: ProjectNames = None) -> None:
    named = [name for name in projects or [] if name != "-1"]
    if len(named) > 1:
        raise Invalid("project", "More than one project at a time is not supported yet.")
    request.state.project_id = await _number_of(desk, caller, named[0]) if named else None


async def _number_of(desk: Desk, caller: Caller, project: str) -> int:
    view = await desk.workers.read(desk.core.directory.project_in, caller.organisation_id, project)
    return view.id


IN_PROJECT: Dependency = Depends(_one_project)
"""Of routes with a project in their path."""
ANY_PROJECT: Dependency = Depends(_any_project)
"""Of routes that may be narrowed to a project."""


@dataclass(frozen=True)
class Bulk:
    """Which issues a bulk request is about, and what it says of them."""

    names: tuple[int | str, ...]
    body: JSON
    project_id: int | None
    key: str | None


async def _bulk(request: Request, ids: Ids = None, key: IdempotencyKey = None) -> Bulk:
    body = await json_body(request)
    selected = names.several(ids or [], body)
    if selected is None:
        raise Refusal(HTTPStatus.BAD_REQUEST, 'Name the issues: ?id=12&id=SHOP-1F, or "ids" in the body. Changing by query is not supported yet.')
    return Bulk(selected, body, request.state.project_id, key)


async def show(asked: Annotated[Listing, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Seen last first, a hundred on a page unless fewer are asked for. Issues on their way out are not among them."""
    page = Page.parse(asked.cursor, asked.limit)
    found = await desk.workers.read(_found, desk.core, (caller.organisation_id, request.state.project_id), asked, page)
    link = page.link(f"{desk.links_begin_with}{quote(request.scope['path'])}", request.query_params.multi_items(), len(found))
    return JSONResponse([issue_json(view, desk.links_begin_with) for view in found[: page.limit]], headers={"Link": link})


async def update(bulk: Annotated[Bulk, Depends(_bulk)], desk: OurDesk, caller: Asking) -> Response:
    """Changes all named issues or none, and answers what is the same for all of them; 204 where none of them exists."""
    wanted = await read_update(desk, caller, bulk.body)
    result = await _apply(desk, caller, bulk, wanted)
    headers = counted(*counts(result))
    if not result.matched:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return JSONResponse({**result.delta, **wanted.echo}, headers=headers)


async def delete(bulk: Annotated[Bulk, Depends(_bulk)], desk: OurDesk, caller: Asking) -> Response:
    """Takes all named issues out of every list; they can be restored until they are purged."""
    result = await _apply(desk, caller, bulk, Update((Delete(),)))
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=counted(*counts(result)))


def _found(core: Core, within: tuple[int, int | None], asked: Listing, page: Page) -> Sequence[IssueView]:
    """The issues of a page, and one more if another page follows. ``within`` are organisation and project."""
    organisation_id, project_id = within
    if asked.ids:
        ids = core.reads.named(organisation_id, names.several(asked.ids, {}) or (), project_id)
        return core.reads.issues(page.of(ids))
    wanted = statuses(asked.status, asked.query)
    if len(wanted) > 1:
        return []
    return core.reads.page(organisation_id, Wanted(next(iter(wanted), None), project_id), page.one_more, page.offset)


async def _apply(desk: Desk, caller: Caller, bulk: Bulk, wanted: Update) -> UpdateResult:
    selected: Sequence[int | str] = bulk.names
    if bulk.project_id is not None:
        selected = await desk.workers.read(desk.core.reads.named, caller.organisation_id, selected, bulk.project_id)
    request = UpdateRequest(
        organisation_id=caller.organisation_id,
        selection=ByIds(tuple(selected)),
        actions=wanted.actions,
        source=Source.API,
        actor=caller.actor,
        request_id=request_id(bulk.key, caller),
        expected_version=wanted.expected_version,
        tags=wanted.tags,
    )
    return await desk.workers.write(desk.core.engine.apply, request)
