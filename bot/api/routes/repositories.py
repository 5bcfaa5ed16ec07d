"""The repositories that commits came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import Asking, OurDesk
from bot.api.reading.pages import PageParameters
from bot.api.reading.releases_json import repository_json
from bot.api.routes.releases import paged


async def show(asked: Annotated[PageParameters, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The organization's repositories, by name. They are made by the commits that name them."""
    page = asked.page
    found = await desk.workers.read(desk.core.releases.repositories, caller.organization_id)
    return paged(request, desk, page, [repository_json(view) for view in page.of(found)])
