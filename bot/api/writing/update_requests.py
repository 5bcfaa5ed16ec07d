"""Carry changes to the engine and back: read the body, select the issues, build the response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from bot.api.auth import ApiContext, Caller
from bot.api.problems import Refusal
from bot.api.reading import lookups
from bot.api.reading.deltas import ACTIVITIES_READ, actor_of, delta_json, feed_json
from bot.api.reading.selections import SelectionQuery
from bot.api.wire import RequestKey
from bot.api.writing.bodies import Update, update_of
from core.bootstrap import Core
from core.issues.actions import Action, Discard, Merge, To
from core.issues.actions.outcomes import Outcome
from core.issues.actions.roles import role_for, role_for_all
from core.issues.requests import UpdateRequest, UpdateResult
from core.types import JSON, ByIds, ByQuery, Role, Selection, Source
from core.views import PersonView

_FLAGS: Mapping[str, type[Action]] = {"discard": Discard, "merge": Merge}
"""The actions of fields that act if true, whatever else the body contains."""

MAX_MERGED_ISSUES = 10_000
"""The maximum number of issues in one merge, no matter how they are selected."""


@dataclass(frozen=True)
class RequestedChange:
    """The change of one request and its issues. ``key`` is its Idempotency-Key."""

    caller: Caller
    selection: Selection
    wanted: Update
    key: RequestKey | None = None

    def request(self) -> UpdateRequest:
        """Return the change as a request to the engine."""
        return UpdateRequest(
            organization_id=self.caller.organization_id,
            selection=self.selection,
            actions=self.wanted.actions,
            source=Source.API,
            actor=self.caller.actor,
            request_id=self.key.id if self.key else None,
            request_digest=self.key.digest if self.key else None,
            expected_version=self.wanted.expected_version,
            tags=self.wanted.tags,
        )


async def read_update(context: ApiContext, caller: Caller, body: JSON) -> Update:
    """Read the body. Raises Refusal if the token lacks a scope, Problems if the body is wrong."""
    # The needed scopes are known before the fields are read: a token without them learns nothing else.
    caller.need_role(max((role_for(action) for field, action in _FLAGS.items() if _is_set(body, field)), default=Role.MEMBER))
    update = await context.workers.read(update_of, body, context.core.clock(), _finder(context, caller))
    caller.need_role(role_for_all(update.actions))
    return update


async def apply(context: ApiContext, change: RequestedChange) -> UpdateResult:
    """Apply the change with the engine. Raises TriageError, or Refusal for unknown names in a query."""
    return await context.workers.write(_apply, context.core, change.request())


async def selected(context: ApiContext, caller: Caller, search: SelectionQuery, wanted: Update) -> Selection:
    """Return the selection of a search for a change: in chunks, except for a merge, which needs all issues at once."""
    if not wanted.is_merge:
        return ByQuery(search.text, search.project_ids)
    ids = await context.workers.read(lookups.search_ids, context.core, search, caller, MAX_MERGED_ISSUES + 1)
    if len(ids) > MAX_MERGED_ISSUES:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"This finds more than {MAX_MERGED_ISSUES:,} issues; so many cannot be merged at once.")
    return ByIds(tuple(ids))


async def delta(context: ApiContext, change: RequestedChange, result: UpdateResult) -> JSON:
    """Return the response of the bulk routes."""
    return await context.workers.read(_delta, context.core, change, result)


def _apply(core: Core, request: UpdateRequest) -> UpdateResult:
    with lookups.unknown_names():
        return core.engine.apply(request)


def _delta(core: Core, change: RequestedChange, result: UpdateResult) -> JSON:
    answer = delta_json(result.outcomes, change.wanted.echo, _actor(core, result.outcomes))
    if change.wanted.is_resolve and len(result.matched) == 1:
        activities = core.reads.activities(change.caller.organization_id, result.matched[0], ACTIVITIES_READ)
        answer["activity"] = feed_json(activities)
    return answer


def _actor(core: Core, outcomes: Sequence[Outcome]) -> PersonView | None:
    # Looked up and not taken from the caller: a repeated request gets the answer of the first one.
    user_id = actor_of(outcomes)
    user = core.directory.user(user_id) if user_id is not None else None
    return PersonView(user.id, user.name, user.email) if user else None


def _is_set(body: JSON, field: str) -> bool:
    # A value that is not a boolean is reported with the other errors of the body.
    value = body.get(field)
    return isinstance(value, bool | int | str) and value in (True, "true", "True", "1")


def _finder(context: ApiContext, caller: Caller) -> Callable[[str], To]:
    return lambda name: lookups.assignee(context.core, caller, name)
