"""Routes of one issue: read, change, delete, restore; its activities and its copies in the chats."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.fields import shown
from bot.api.reading import lookups
from bot.api.reading.activities_json import activity_json
from bot.api.reading.issues_json import issue_json, receipt_json, tags_json
from bot.api.reading.pages import PageParameters, address_of, paged
from bot.api.wire import Body, IdempotencyKey, RequestKey, counted, counts
from bot.api.writing import names
from bot.api.writing.bodies import Update
from bot.api.writing.update_requests import RequestedChange, apply, read_update
from core.bootstrap import Core
from core.errors import NotDeleted, TooLate, UnknownIssue
from core.issues.actions import Delete, Restore
from core.issues.requests import UpdateResult
from core.types import ByIds
from core.views import IssueDetails, IssueView, TagView

MAX_ACTIVITIES = 1_000
"""How far back the log of an issue is read: this many of its newest activities."""
ShortId = Annotated[str, Path(description="The issue's short id, such as SHOP-1F, in any case.")]
IssueName = Annotated[str, Path(description="The issue's number or short id, such as SHOP-1F.")]


async def show(issue: IssueName, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the whole issue."""
    view, details, tags = await context.workers.read(_shown, context.core, caller, names.one(issue))
    return JSONResponse({**issue_json(view, details, context.links_begin_with), "tags": tags_json(tags)})


async def by_short_id(short_id: ShortId, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the issue with that short id, and its project."""
    name = names.one(short_id)
    if not isinstance(name, str):
        raise UnknownIssue(name=shown(short_id))
    view, details, tags = await context.workers.read(_shown, context.core, caller, name)
    answer = {
        "organizationSlug": caller.organization.slug,
        "projectSlug": view.project.slug,
        "groupId": str(view.id),
        "shortId": view.short_id,
        "group": {**issue_json(view, details, context.links_begin_with), "tags": tags_json(tags)},
    }
    return JSONResponse(answer)


async def update(issue: IssueName, body: Body, context: InContext, caller: AuthenticatedCaller, key: IdempotencyKey) -> Response:
    """Make all the changes in the body, or none, and return the whole issue; 204 if it was discarded."""
    name = names.one(issue)
    wanted = await read_update(context, caller, body)
    result = await change(context, _named(caller, name, wanted, key))
    if wanted.is_discard:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=counted(*counts(result)))
    return await whole(context, caller, name, result)


async def delete(issue: IssueName, context: InContext, caller: AuthenticatedCaller, key: IdempotencyKey) -> Response:
    """Hide the issue from every list; it can be restored until it is purged."""
    result = await change(context, _named(caller, names.one(issue), Update((Delete(),)), key))
    return Response(status_code=HTTPStatus.ACCEPTED, headers=counted(*counts(result)))


async def restore(issue: IssueName, context: InContext, caller: AuthenticatedCaller, key: IdempotencyKey) -> JSONResponse:
    """Restore a deleted issue. An issue that is not deleted is returned unchanged."""
    name = names.one(issue)
    try:
        result: UpdateResult | None = await apply(context, _named(caller, name, Update((Restore(),)), key))
    except NotDeleted:
        # A request that changes nothing succeeds without writing, so repeating it is harmless.
        result = None
    return await whole(context, caller, name, result)


async def activities(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the activities of the issue, newest first, a hundred per page. A deleted issue has them until it is purged."""
    page = parameters.page
    last = min(page.offset + page.one_more, MAX_ACTIVITIES)
    found = page.of(await context.workers.read(context.core.reads.activities, caller.organization_id, names.one(issue), last))
    link = page.link(address_of(request, context.links_begin_with), request.query_params.multi_items(), len(found))
    return JSONResponse({"activity": [activity_json(view) for view in found[: page.limit]]}, headers={"Link": link})


async def messages(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the copies of the issue in the chats with their delivery state. A deleted issue has them until it is purged."""
    found = await context.workers.read(context.core.outbox.receipts, caller.organization_id, names.one(issue))
    return paged(request, context.links_begin_with, parameters.page, [receipt_json(receipt) for receipt in parameters.page.of(found)])


async def whole(context: ApiContext, caller: Caller, name: int | str, result: UpdateResult | None) -> JSONResponse:
    """Return the response to a change: the whole issue, and how much was changed; empty without a result."""
    view, details = await context.workers.read(_any, context.core, caller, name)
    matched, changed = counts(result) if result else (1, 0)
    return JSONResponse(issue_json(view, details, context.links_begin_with), headers=counted(matched, changed))


def _shown(core: Core, caller: Caller, name: int | str) -> tuple[IssueView, IssueDetails, list[TagView]]:
    view = lookups.issue(core, caller.organization_id, name)
    return view, lookups.with_details(core, [view], caller)[0][1], core.reads.tags(view.id)


def _any(core: Core, caller: Caller, name: int | str) -> lookups.Described:
    view = core.reads.issue(caller.organization_id, name)
    return lookups.with_details(core, [view], caller)[0]


def _named(caller: Caller, name: int | str, wanted: Update, key: RequestKey | None) -> RequestedChange:
    return RequestedChange(caller, ByIds((name,), is_strict=True), wanted, key)


async def change(context: ApiContext, wanted: RequestedChange) -> UpdateResult:
    """Apply a change to an existing issue; an issue that is being purged cannot change."""
    try:
        return await apply(context, wanted)
    except TooLate as error:
        raise UnknownIssue(name=error.details["issue"]) from None
