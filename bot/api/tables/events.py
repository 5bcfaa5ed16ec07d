"""The routes of stored events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.api.auth import READ
from bot.api.reading.projects import ANY_PROJECT
from bot.api.routes import discover, empty, events
from bot.api.schemas import events as schemas
from bot.api.tables.issues import below_issue
from bot.api.tables.route import HIDDEN, LINK, ORGANIZATION, PROJECT, ApiRoute, Responses, listed, shown

_ONE = shown(schemas.WholeEventJson)
_LIST = listed(schemas.EventJson)


def _organizations(word: str, endpoint: Callable[..., Any], summary: str, answers: Responses) -> ApiRoute:
    return ApiRoute("GET", [f"{ORGANIZATION}/{word}/"], endpoint, summary, READ, answers, HIDDEN, narrowed_by=ANY_PROJECT, is_selecting=True)


ROUTES = (
    ApiRoute("GET", below_issue("events"), events.of_issue, "Events of an issue", READ, _LIST, HIDDEN),
    ApiRoute("GET", below_issue("events/latest"), events.latest, "Newest event of an issue", READ, _ONE, HIDDEN, is_selecting=True),
    ApiRoute("GET", below_issue("events/recommended"), events.latest, "Event of an issue to look at", READ, _ONE, HIDDEN, is_selecting=True),
    ApiRoute("GET", below_issue("events/oldest"), events.oldest, "Oldest event of an issue", READ, _ONE, HIDDEN, is_selecting=True),
    ApiRoute("GET", below_issue("events/{event}"), events.one_of_issue, "One event of an issue", READ, _ONE, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/events/"], events.of_project, "Events of a project", READ, _LIST, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/events/{{event}}/"], events.one_of_project, "One event of a project", READ, _ONE, HIDDEN),
    ApiRoute("GET", [f"{PROJECT}/events/{{event}}/attachments/"], empty.attachments, "Attachments", READ, listed(schemas.NoneJson), HIDDEN),
    _organizations("events", discover.show, "Fields of events", shown(schemas.TableJson, headers=LINK)),
    _organizations("events/validate", discover.check, "Check of a request for fields of events", shown(schemas.TableCheckJson)),
    ApiRoute("GET", [f"{ORGANIZATION}/eventids/{{event}}/"], events.by_id, "Project and issue of an event", READ, shown(schemas.EventIdJson), HIDDEN),
)
