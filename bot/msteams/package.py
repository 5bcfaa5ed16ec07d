"""The app package that is uploaded to Teams: a manifest for this bot and its icons. Pure but for the version of Quell that is installed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from bot import commands
from bot.msteams import icons
from bot.settings import BadSettings

SCHEMA = "1.17"
"""Of the manifest: the oldest that all tenants take today and that knows all that we need."""
COLOR, OUTLINE = "color.png", "outline.png"
MOST_COMMANDS, LONGEST_TITLE, LONGEST_DESCRIPTION = 10, 32, 128
IN_CHANNELS = ("help", "list", "inbox", "show", "resolve", "archive", "assign", "comment", "undo", "watch")
ALONE = ("help", "mine", "inbox", "list", "show", "resolve", "undo", "whoami", "link", "login")
"""What Teams offers while somebody types to the bot; there is room for ten. All others can be typed as well."""
READS_THREADS = "ChannelMessage.Read.Group"
"""With it the bot hears replies that do not mention it: comments on issues. A team's owner is asked when the app is added."""

JsonObject = dict[str, Any]

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def app_package(app_id: str, public_url: str) -> bytes:
    """The package as a zip file, the same for the same settings. Raises BadSettings."""
    packed = io.BytesIO()
    files = {"manifest.json": json.dumps(manifest(app_id, public_url), indent=2).encode(), COLOR: icons.color(), OUTLINE: icons.outline()}
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            # Made here, an entry has no time of its own.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def manifest(app_id: str, public_url: str) -> JsonObject:
    """What Teams is told of the app. Raises BadSettings."""
    _check(app_id)
    address, host = public_url.rstrip("/"), _host(public_url)
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version("quell"),
        "id": app_id,
        "name": {"short": "Quell", "full": "Quell: triage errors where you talk"},
        "description": {
            "short": "Triage errors where you talk.",
            "full": "Alerts of your projects as cards that always show the issue as it is now: resolve, archive, assign and discuss them here.",
        },
        "developer": {"name": "Quell", "websiteUrl": address, "privacyUrl": address, "termsOfUseUrl": address},
        "icons": {"color": COLOR, "outline": OUTLINE},
        "accentColor": icons.ACCENT,
        "bots": [_bot(app_id)],
        "composeExtensions": [{"botId": app_id, "commands": [], "messageHandlers": [{"type": "link", "value": {"domains": [host]}}]}],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
        # Only together with an app registration can a permission be given; `resource` must be there and means nothing without single sign-on.
        "webApplicationInfo": {"id": app_id, "resource": f"api://{host}/{app_id}"},
        "authorization": {"permissions": {"resourceSpecific": [{"name": READS_THREADS, "type": "Application"}]}},
    }


def _bot(app_id: str) -> JsonObject:
    offers = [_offer(("team", "groupChat"), IN_CHANNELS), _offer(("personal",), ALONE)]
    return {
        "botId": app_id,
        "scopes": ["team", "personal", "groupChat"],
        "isNotificationOnly": False,
        "supportsFiles": False,
        "commandLists": offers,
    }


def _offer(scopes: Sequence[str], verbs: Sequence[str]) -> JsonObject:
    specs = [spec for spec in commands.SPECS if spec.verb in verbs][:MOST_COMMANDS]
    offered = [{"title": spec.verb[:LONGEST_TITLE], "description": spec.does[:LONGEST_DESCRIPTION]} for spec in specs]
    return {"scopes": list(scopes), "commands": offered}


def _check(app_id: str) -> None:
    if not _GUID.fullmatch(app_id):
        raise BadSettings("QUELL_TEAMS_APP_ID: this is no app id. Example: QUELL_TEAMS_APP_ID=00000000-0000-0000-0000-000000000000")


def _host(public_url: str) -> str:
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        raise BadSettings("QUELL_PUBLIC_URL: Teams takes https addresses only. Example: QUELL_PUBLIC_URL=https://quell.example.com")
    return parts.hostname
