"""Who is asked for: by one of their ids, or as the only member of a personal chat that is to be made."""

from bot.playground.accounts import Accounts, Person
from bot.playground.store import Json
from bot.playground.teams.errors import ConnectorError


def person_of(accounts: Accounts, key: str, status: int, code: str) -> Person:
    """The person with this id, the bot's own or Entra's; refused with this status and code where there is none."""
    for person in accounts.people:
        if key in (person.teams_id, person.teams_aad_id):
            return person
    raise ConnectorError(status, code, "The member was not found.")


def only_member(accounts: Accounts, body: Json) -> Person:
    """Whom a personal chat is wanted with: one person of this tenant, which must be named."""
    members = body.get("members") or []
    if body.get("isGroup") or len(members) != 1 or not isinstance(members[0], dict):
        raise ConnectorError(400, "BadSyntax", "Incorrect conversation creation parameters.")
    tenant = body.get("tenantId") or ((body.get("channelData") or {}).get("tenant") or {}).get("id")
    if not tenant:
        raise ConnectorError(400, "BadSyntax", "Tenant ID is missing.")
    if tenant != accounts.teams_tenant_id:
        raise ConnectorError(403, "Forbidden", "The bot is not installed in this tenant.")
    return person_of(accounts, str(members[0].get("id")), 400, "BadArgument")
