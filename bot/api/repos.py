"""The repositories that commits came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import Asking, OurDesk
from bot.api.pages import Asked
from bot.api.releases import paged
from bot.api.releases_json import repository_json


async def show(asked: Annotated[Asked, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The organisation's repositories, by name. They are made by the commits that name them."""
    page = asked.page
    found = await desk.workers.read(desk.core.releases.repositories, caller.organisation_id)
    return paged(request, desk, page, [repository_json(view) for view in page.of(found)])
