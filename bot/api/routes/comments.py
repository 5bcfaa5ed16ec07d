"""Routes that add to the log of an issue: a comment, and the undo of an activity."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, Caller, InContext
from bot.api.fields import MAX_ID, shown, whole_number
from bot.api.problems import Refusal
from bot.api.reading.activities_json import activity_json
from bot.api.reading.pages import PageParameters, paged
from bot.api.routes.issue import MAX_ACTIVITIES, IssueName, change
from bot.api.routes.issue import whole as whole_issue
from bot.api.wire import Body, IdempotencyKey
from bot.api.writing import names
from bot.api.writing.bodies import Update
from bot.api.writing.update_requests import RequestedChange, apply
from core.activity_data import CommentData
from core.bootstrap import Core
from core.errors import Invalid, UnknownName
from core.issues.actions import Comment, Undo
from core.types import JSON, ByIds
from core.views import ActivityView

ActivityId = Annotated[str, Path(description="The activity's number, from the log.")]


async def comment(issue: IssueName, body: Body, context: InContext, caller: AuthenticatedCaller, key: IdempotencyKey) -> JSONResponse:
    """Add a comment, and return it in the form of the log."""
    name, text = names.one(issue), _text(body)
    await change(context, RequestedChange(caller, ByIds((name,), is_strict=True), Update((Comment(text),)), key))
    note = await context.workers.read(_note, context.core, caller, name, text)
    return JSONResponse(activity_json(note), HTTPStatus.CREATED)


async def show(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the comments of the issue, newest first, as far as its log reaches back."""
    found = await context.workers.read(_comments, context.core, caller.organization_id, names.one(issue))
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of([activity_json(view) for view in found]))


async def undo(activity: ActivityId, context: InContext, caller: AuthenticatedCaller, key: IdempotencyKey) -> JSONResponse:
    """Undo the change of an activity unless something newer is in the way; return the whole issue."""
    number = whole_number(activity)
    if number is None or not 0 < number <= MAX_ID:
        raise UnknownName(kind="activity", name=shown(activity))
    issue_id, needed = await context.workers.read(context.core.reads.issue_of_activity, caller.organization_id, number)
    caller.need_role(needed)
    result = await apply(context, RequestedChange(caller, ByIds((issue_id,), is_strict=True), Update((Undo(number),)), key))
    return await whole_issue(context, caller, issue_id, result)


def _text(body: JSON) -> str:
    value = body.get("text")
    if not isinstance(value, str):
        raise Invalid("text", f"{shown(value)} is no text." if "text" in body else "A comment needs a text.")
    return value


def _comments(core: Core, organization_id: int, name: int | str) -> list[ActivityView]:
    activities = core.reads.activities(organization_id, name, MAX_ACTIVITIES)
    return [view for view in activities if isinstance(view.data, CommentData)]


def _note(core: Core, caller: Caller, name: int | str, text: str) -> ActivityView:
    """Return the newest comment with that text. If another user wrote the same text at the same moment, the difference does not matter to the
    reader.
    """
    activities = core.reads.activities(caller.organization_id, name, MAX_ACTIVITIES)
    note = next((view for view in activities if isinstance(view.data, CommentData) and view.data.text == text and not view.merged_from), None)
    if note is None:
        raise Refusal(HTTPStatus.CONFLICT, "This comment was added before, and the log of the issue does not reach back to it.")
    return note
