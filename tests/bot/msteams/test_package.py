"""The app package: what Teams asks of it, read back from the zip that is uploaded."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

import pytest

from bot.chat import verbs
from bot.msteams.package import app_package
from bot.settings import BadSettings
from tests.support.teams.app import APP_ID

ADDRESS = "https://quell.example.com"


def packed() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(app_package(APP_ID, ADDRESS + "/")))


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(packed().read("manifest.json"))
    return found


def test_the_package_holds_the_manifest_and_the_icons_it_names() -> None:
    archive = packed()

    assert archive.testzip() is None
    assert set(archive.namelist()) == {"manifest.json", *manifest()["icons"].values()}


def test_the_same_settings_make_the_same_package() -> None:
    assert app_package(APP_ID, ADDRESS) == app_package(APP_ID, ADDRESS)


def test_the_bot_is_in_teams_groups_and_personal_chats() -> None:
    told = manifest()
    (bot,) = told["bots"]

    assert (told["manifestVersion"], told["id"], bot["botId"]) == ("1.17", APP_ID, APP_ID)
    assert told["$schema"].endswith("/v1.17/MicrosoftTeams.schema.json")
    assert set(bot["scopes"]) == {"team", "personal", "groupChat"}
    assert {scope for offer in bot["commandLists"] for scope in offer["scopes"]} == {"team", "personal", "groupChat"}


def test_what_is_offered_can_be_typed_and_keeps_to_the_limits() -> None:
    by_verb = {spec.name: spec for spec in verbs.TYPED}
    offers = manifest()["bots"][0]["commandLists"]
    assert offers
    for offer in offers:
        assert len(offer["commands"]) == 10
        for one in offer["commands"]:
            assert one["description"] == by_verb[one["title"]].help[:128]
            assert len(one["title"]) <= 32


def test_our_links_unfold_and_replies_in_threads_are_heard() -> None:
    told = manifest()

    assert told["composeExtensions"][0]["messageHandlers"] == [{"type": "link", "value": {"domains": ["quell.example.com"]}}]
    assert told["validDomains"] == ["quell.example.com"]
    assert told["authorization"]["permissions"]["resourceSpecific"] == [{"name": "ChannelMessage.Read.Group", "type": "Application"}]
    assert told["webApplicationInfo"]["id"] == APP_ID
    assert told["developer"]["websiteUrl"] == ADDRESS


def test_names_and_descriptions_keep_to_the_limits() -> None:
    told = manifest()

    assert len(told["name"]["short"]) <= 30
    assert len(told["name"]["full"]) <= 100
    assert len(told["description"]["short"]) <= 80
    assert len(told["developer"]["name"]) <= 32


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_are_pictures_of_the_wanted_size(name: str, size: int) -> None:
    picture = packed().read(name)
    kinds, pixels = [], b""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        kinds.append(kind)
        pixels += zlib.decompress(data) if kind == b"IDAT" else b""
        at += 12 + length

    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">II", picture[16:24]) == (size, size)
    assert len(pixels) == size * (4 * size + 1)
    # Something is drawn, and not everywhere.
    rows = [pixels[row * (4 * size + 1) + 1 : (row + 1) * (4 * size + 1)] for row in range(size)]
    assert len({row[at : at + 4] for row in rows for at in range(0, 4 * size, 4)}) > 2


def test_the_outline_is_white_on_nothing() -> None:
    picture = packed().read("outline.png")
    length = struct.unpack(">I", picture[33:37])[0]
    pixels = zlib.decompress(picture[41 : 41 + length])
    rows = [pixels[row * 129 + 1 : (row + 1) * 129] for row in range(32)]

    assert {row[at : at + 3] for row in rows for at in range(0, 128, 4)} == {b"\xff\xff\xff"}
    assert {0, 255} <= {row[at + 3] for row in rows for at in range(0, 128, 4)}


@pytest.mark.parametrize(
    ("app_id", "address", "named"),
    [
        ("", ADDRESS, "QUELL_TEAMS_APP_ID"),
        ("quell", ADDRESS, "QUELL_TEAMS_APP_ID"),
        (APP_ID, "", "QUELL_PUBLIC_URL"),
        (APP_ID, "http://quell.example.com", "QUELL_PUBLIC_URL"),
        (APP_ID, "https://", "QUELL_PUBLIC_URL"),
    ],
)
def test_settings_that_make_no_app_are_named(app_id: str, address: str, named: str) -> None:
    with pytest.raises(BadSettings, match=f"^{named}: .* Example: {named}="):
        app_package(app_id, address)
