"""Finds people by id, or as the member of a new personal chat."""

from bot.playground.accounts import Accounts, Person
from bot.playground.store import Json
from bot.playground.teams.errors import ConnectorError


def person_of(accounts: Accounts, key: str, status: int, code: str) -> Person:
    """Return the person with this Teams or Entra id. Raises ConnectorError with this status and code if there is no such person."""
    for person in accounts.people:
        if key in (person.teams_id, person.teams_aad_id):
            return person
    raise ConnectorError(status, code, "The member was not found.")


def only_member(accounts: Accounts, body: Json) -> Person:
    """Return the person of a new personal chat. The body must name this tenant and exactly one member of it."""
    members = body.get("members") or []
    if body.get("isGroup") or len(members) != 1 or not isinstance(members[0], dict):
        raise ConnectorError(400, "BadSyntax", "Incorrect conversation creation parameters.")
    tenant = body.get("tenantId") or ((body.get("channelData") or {}).get("tenant") or {}).get("id")
    if not tenant:
        raise ConnectorError(400, "BadSyntax", "Tenant ID is missing.")
    if tenant != accounts.teams_tenant_id:
        raise ConnectorError(403, "Forbidden", "The bot is not installed in this tenant.")
    return person_of(accounts, str(members[0].get("id")), 400, "BadArgument")
