"""Routes of tags: those of an issue with their values, and the keys that an organization's events have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.fields import shown
from bot.api.reading import lookups
from bot.api.reading.issues_json import tag_values_json, tags_json
from bot.api.reading.pages import PageParameters, paged
from bot.api.reading.periods import duration
from bot.api.reading.projects import ProjectIds
from bot.api.routes.issue import IssueName
from bot.api.writing import names
from core.bootstrap import Core
from core.errors import Invalid, UnknownName
from core.issues.reads import TagsOf
from core.rules.tag_keys import tag_key
from core.types import JSON
from core.views import TagKeyView, TagView

_DATASETS = ("", "errors", "events", "search_issues")


class TagParameters(PageParameters):
    """The query parameters of a list of tags."""

    stats_period: str | None = Field(None, alias="statsPeriod", description="Tags seen in this last time: `24h`, `14d`, `2w`.")
    dataset: str = Field("errors", description="`errors`, which other clients call `events` or `search_issues`: there is no other.")


TagKey = Annotated[str, Path(description="The tag's key, such as `environment`.")]


async def of_issue(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the tags of the issue, each with its values, the most frequent first."""
    found = await context.workers.read(_tags, context.core, caller.organization_id, names.one(issue))
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(found))


async def one_of_issue(issue: IssueName, key: TagKey, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return one tag of the issue with its values, the most frequent first."""
    found = await context.workers.read(_values, context.core, caller.organization_id, names.one(issue), tag_key(key))
    if not found:
        raise UnknownName(kind="tag", name=f"{key[:80]!a} in this issue")
    return JSONResponse(tag_values_json(found))


async def of_organization(
    request: Request, parameters: Annotated[TagParameters, Query()], project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the keys of tags that events of open, resolved and archived issues had, by name."""
    if parameters.dataset not in _DATASETS:
        raise Invalid("dataset", f"{shown(parameters.dataset)} is not kept here; there are errors alone.")
    since = context.core.clock() - duration(parameters.stats_period) if parameters.stats_period else None
    page, of = parameters.page, TagsOf(caller.organization_id, project_ids, since)
    found = await context.workers.read(context.core.reads.tag_keys, of, page.one_more, page.offset)
    return paged(request, context.links_begin_with, page, [_key(view) for view in found])


async def environments(
    request: Request, parameters: Annotated[PageParameters, Query()], project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the environments that the project's events came from."""
    page, of = parameters.page, TagsOf(caller.organization_id, project_ids)
    found = await context.workers.read(context.core.reads.tag_values, of, "environment", page.one_more, page.offset)
    return paged(request, context.links_begin_with, page, [{"id": name, "name": name, "isHidden": False} for name in found])


def _tags(core: Core, organization_id: int, name: int | str) -> list[JSON]:
    return tags_json(core.reads.tags(lookups.issue(core, organization_id, name).id))


def _values(core: Core, organization_id: int, name: int | str, key: str) -> list[TagView]:
    return [view for view in core.reads.tags(lookups.issue(core, organization_id, name).id) if view.key == key]


def _key(view: TagKeyView) -> JSON:
    return {"key": view.key, "name": view.key, "uniqueValues": view.values, "totalValues": view.times_seen}
