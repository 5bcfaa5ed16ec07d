"""The routes of one issue: look, change, delete, restore; its activities and its copies in the chats."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api import names, reads
from bot.api.auth import ADMIN, Asking, Caller, Desk, OurDesk
from bot.api.bodies import Update, update_of
from bot.api.issues_json import activity_json, issue_json, receipt_json
from bot.api.problems import Refusal
from bot.api.wire import IdempotencyKey, counted, counts, json_body, request_id
from core.actions import Delete, Restore, To
from core.errors import NotDeleted, TooLate, UnknownIssue
from core.requests import ByIds, UpdateRequest, UpdateResult
from core.types import JSON, Source

IssueName = Annotated[str, Path(description="The issue's number or short id, such as SHOP-1F.")]


async def show(issue: IssueName, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The whole issue."""
    view = await desk.workers.read(reads.issue, desk.core, caller.organisation_id, names.one(issue))
    return JSONResponse(issue_json(view, desk.links_begin_with))


async def update(issue: IssueName, request: Request, desk: OurDesk, caller: Asking, key: IdempotencyKey = None) -> JSONResponse:
    """Changes what the body names, all of it or nothing, and answers the whole issue as it is then."""
    name = names.one(issue)
    wanted = await read_update(desk, caller, await json_body(request))
    result = await _change(desk, _request(caller, name, wanted, key))
    return await _whole(desk, caller, name, result)


async def delete(issue: IssueName, desk: OurDesk, caller: Asking, key: IdempotencyKey = None) -> Response:
    """Takes the issue out of every list; it can be restored until it is purged."""
    result = await _change(desk, _request(caller, names.one(issue), Update((Delete(),)), key))
    return Response(status_code=HTTPStatus.ACCEPTED, headers=counted(*counts(result)))


async def restore(issue: IssueName, desk: OurDesk, caller: Asking, key: IdempotencyKey = None) -> JSONResponse:
    """Brings a deleted issue back as it was. One that is not deleted is answered as it is."""
    name = names.one(issue)
    try:
        result = await _apply(desk, _request(caller, name, Update((Restore(),)), key))
    except NotDeleted:
        # What holds already is a success that writes nothing (D3), so a repeated request is harmless.
        result = None
    return await _whole(desk, caller, name, result)


async def activities(issue: IssueName, desk: OurDesk, caller: Asking) -> JSONResponse:
    """What happened to the issue, newest first, at most a hundred entries; also while it can still be restored."""
    found = await desk.workers.read(desk.core.reads.activities, caller.organisation_id, names.one(issue))
    return JSONResponse({"activity": [activity_json(view) for view in found]})


async def messages(issue: IssueName, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Every copy of the issue in a chat, and where it stands; also while it can still be restored."""
    found = await desk.workers.read(desk.core.messages.receipts, caller.organisation_id, names.one(issue))
    return JSONResponse([receipt_json(receipt) for receipt in found])


async def read_update(desk: Desk, caller: Caller, body: JSON) -> Update:
    """What a body asks for. Raises Refusal where it needs a scope that the token has not, Problems where it is wrong."""
    if _discards(body):
        caller.need(ADMIN)
    return await desk.workers.read(update_of, body, desk.core.clock(), _finder(desk, caller))


def _discards(body: JSON) -> bool:
    # A value that is no boolean is complained about with the rest of the body.
    return body.get("discard") in (True, "true", "1")


def _finder(desk: Desk, caller: Caller) -> Callable[[str], To]:
    return lambda name: reads.assignee(desk.core, caller.organisation_id, name)


def _request(caller: Caller, name: int | str, wanted: Update, key: str | None) -> UpdateRequest:
    return UpdateRequest(
        organisation_id=caller.organisation_id,
        selection=ByIds((name,), is_strict=True),
        actions=wanted.actions,
        source=Source.API,
        actor=caller.actor,
        request_id=request_id(key, caller),
        expected_version=wanted.expected_version,
        tags=wanted.tags,
    )


async def _change(desk: Desk, request: UpdateRequest) -> UpdateResult:
    """Applies a request to an issue that is there; one that is being purged is not (engine.md §2)."""
    try:
        return await _apply(desk, request)
    except TooLate as error:
        raise UnknownIssue(name=error.details["issue"]) from None


async def _apply(desk: Desk, request: UpdateRequest) -> UpdateResult:
    result = await desk.workers.write(desk.core.engine.apply, request)
    if result.is_repeat:
        view = await desk.workers.read(desk.core.reads.issue, request.organisation_id, request.selection.ids[0])
        if view.id not in result.matched:
            raise Refusal(HTTPStatus.CONFLICT, "This Idempotency-Key was used for another issue; nothing was changed.")
    return result


async def _whole(desk: Desk, caller: Caller, name: int | str, result: UpdateResult | None) -> JSONResponse:
    view = await desk.workers.read(desk.core.reads.issue, caller.organisation_id, name)
    matched, changed = counts(result) if result else (1, 0)
    return JSONResponse(issue_json(view, desk.links_begin_with), headers=counted(matched, changed))
