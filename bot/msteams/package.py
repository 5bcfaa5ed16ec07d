"""Build the app package for Teams: a manifest for this bot and its icons. Pure, except for the installed version of Quell."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from bot.chat.verbs import TYPED
from bot.settings import BadSettings

ACCENT = "#3B4CC0"

Pixel = Callable[[float, float], tuple[int, int, int, int]]
"""Red, green, blue and opacity at a point; both coordinates go from -1 to 1, from left to right and from top to bottom."""

_WHITE = (255, 255, 255)
_RADIUS, _STROKE = 0.5, 0.09
"""The radius of the letter's ring, and half the width of its lines."""


def color() -> bytes:
    """Return the color icon: 192 by 192 pixels, the letter in the middle half, because Teams cuts the corners."""
    back = (int(ACCENT[1:3], 16), int(ACCENT[3:5], 16), int(ACCENT[5:7], 16))

    def pixel(x: float, y: float) -> tuple[int, int, int, int]:
        ink = _ink(x, y, 2 / 192)
        red, green, blue = (round(under + (over - under) * ink) for under, over in zip(back, _WHITE, strict=True))
        return red, green, blue, 255

    return _png(192, pixel)


def outline() -> bytes:
    """Return the outline icon: 32 by 32 pixels, white on transparent."""
    return _png(32, lambda x, y: (*_WHITE, round(255 * _ink(x / 1.5, y / 1.5, 2 / 32))))


def _ink(x: float, y: float, soft: float) -> float:
    """Return the coverage of a point by the letter, from 0 to 1; its edges are one pixel soft."""
    ring = abs(math.hypot(x, y) - _RADIUS)
    # The tail goes down to the right: as far as the nearest place on its middle line.
    along = min(max((x + y) / 2, 0.2), 0.55)
    tail = math.hypot(x - along, y - along)
    return min(1.0, max(0.0, (_STROKE - min(ring, tail)) / soft + 0.5))


def _png(size: int, pixel: Pixel) -> bytes:
    places = [(2 * at + 1) / size - 1 for at in range(size)]
    rows = (b"\0" + b"".join(bytes(pixel(x, y)) for x in places) for y in places)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)  # eight bits each of red, green, blue and opacity
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SCHEMA = "1.17"
"""The version of the manifest: the oldest that all tenants accept today and that supports everything we need."""
COLOR, OUTLINE = "color.png", "outline.png"
MAX_COMMANDS, MAX_TITLE_CHARS, MAX_DESCRIPTION_CHARS = 10, 32, 128
IN_CHANNELS = ("help", "list", "inbox", "show", "resolve", "archive", "assign", "comment", "undo", "watch")
ALONE = ("help", "mine", "inbox", "list", "show", "resolve", "undo", "whoami", "link", "login")
"""The commands that Teams suggests while a person types to the bot, at most ten. All others can be typed as well."""
READS_THREADS = "ChannelMessage.Read.Group"
"""The permission to receive replies without a mention: comments on issues. Team owners confirm it when they add the app."""

JsonObject = dict[str, Any]

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def app_package(app_id: str, public_url: str) -> bytes:
    """Return the package as a zip file, identical for identical settings. Raises BadSettings."""
    packed = io.BytesIO()
    files = {"manifest.json": json.dumps(manifest(app_id, public_url), indent=2).encode(), COLOR: color(), OUTLINE: outline()}
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            # An entry created this way has a fixed time.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def manifest(app_id: str, public_url: str) -> JsonObject:
    """Return the manifest of the app. Raises BadSettings."""
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
        "accentColor": ACCENT,
        "bots": [_bot(app_id)],
        "composeExtensions": [{"botId": app_id, "commands": [], "messageHandlers": [{"type": "link", "value": {"domains": [host]}}]}],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
        # Permissions need an app registration. `resource` is required, but unused without single sign-on.
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
    typed = [verb for verb in TYPED if verb.name in verbs][:MAX_COMMANDS]
    offered = [{"title": verb.name[:MAX_TITLE_CHARS], "description": verb.help[:MAX_DESCRIPTION_CHARS]} for verb in typed]
    return {"scopes": list(scopes), "commands": offered}


def _check(app_id: str) -> None:
    if not _GUID.fullmatch(app_id):
        raise BadSettings("QUELL_TEAMS_APP_ID: this is no app id. Example: QUELL_TEAMS_APP_ID=00000000-0000-0000-0000-000000000000")


def _host(public_url: str) -> str:
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        raise BadSettings("QUELL_PUBLIC_URL: Teams takes https addresses only. Example: QUELL_PUBLIC_URL=https://quell.example.com")
    return parts.hostname
