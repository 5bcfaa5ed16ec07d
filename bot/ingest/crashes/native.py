"""Build events from native crashes: from a minidump and the form that Electron, Crashpad or Breakpad sends with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.ingest.crashes.message_pack import unpacked
from bot.ingest.crashes.minidump import Minidump, NativeFrame
from bot.ingest.errors import BadEvent
from bot.ingest.events import read_event
from bot.ingest.timestamps import moment
from core.types import JSON

MAX_DUMP_AGE = timedelta(days=30)
"""Crashes are sent when the program runs again. What is older than this was written by a clock that is wrong."""
MAX_IMAGES = 30
OWN_EVENT = "__sentry-event"
"""The file in which Sentry's native SDK sends what it knows, as MessagePack."""
_MAX_FIELD_CHARS = 8_192
_CHUNK = re.compile(r"sentry__(\d{1,4})", re.ASCII)
_KEY = re.compile(r"sentry((?:\[[^\[\]]{1,200}\]){1,5})")
_SIGNATURE = ("signature", "crash_signature", "prod", "_productName", "product", "ProductName", "ptype", "process_type", "plat", "platform")
"""Fields that say which crash it is where the dump does not."""
_PRODUCTS = (("prod", "ver"), ("_productName", "_version"), ("ProductName", "Version"))
_TAGS = ("prod", "plat", "ptype", "process_type", "platform", "channel")


def crash_event(dump: Minidump, fields: Mapping[str, bytes], received_at: datetime) -> JSON:
    """Build the event of a crash in the SDKs' format. The program's own fields override those of the dump."""
    texts = {name: value.decode("utf-8", "replace") for name, value in fields.items() if name != OWN_EVENT}
    own = _packed(fields.get(OWN_EVENT, b"")) | _own(texts)
    plain = {name: text[:_MAX_FIELD_CHARS] for name, text in texts.items() if not name.startswith("sentry")}
    frames = dump.frames()
    dumped: JSON = {
        "platform": "native",
        "level": "fatal",
        "timestamp": _written_at(dump, received_at),
        "release": next((f"{plain[name]}@{plain[version]}" for name, version in _PRODUCTS if plain.get(name) and plain.get(version)), None),
        "fingerprint": _fingerprint(dump, frames, plain),
        "contexts": {"os": {"name": dump.system, "version": dump.version}, "device": {"arch": dump.machine}},
    }
    event = dumped | {name: value for name, value in own.items() if value}
    event["contexts"] = dumped["contexts"] | _object(own.get("contexts"))
    event["tags"] = {name: plain[name] for name in _TAGS if plain.get(name)} | _object(own.get("tags"))
    event["extra"] = plain | _object(own.get("extra"))
    event["exception"] = {"values": [_exception(dump, frames)]}
    event["debug_meta"] = {"images": list(_images(frames))}
    return event


def _packed(data: bytes) -> JSON:
    try:
        return _object(unpacked(data)) if data else {}
    except ValueError:
        return {}


def _own(texts: Mapping[str, str]) -> JSON:
    """Return the program's own fields: ``sentry`` is JSON, in one field or in numbered ones; ``sentry[tags][page]`` is a single value."""
    numbered = sorted((int(found[1]), text) for name, text in texts.items() if (found := _CHUNK.fullmatch(name)))
    written = texts.get("sentry") or "".join(text for _, text in numbered)
    try:
        own = read_event(written.encode()) if written else {}
    except BadEvent:
        # The crash counts, whatever is wrong with what was said of it.
        own = {}
    for name, text in texts.items():
        if found := _KEY.fullmatch(name):
            _put(own, found[1][1:-1].split("]["), text)
    return own


def _put(own: JSON, path: list[str], text: str) -> None:
    for name in path[:-1]:
        inner = own.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        own = inner
    own.setdefault(path[-1], text)


def _exception(dump: Minidump, frames: list[NativeFrame]) -> JSON:
    blamed = _blamed(frames)
    value = _place(blamed) if blamed else ""
    if blamed and blamed is not frames[0]:
        value += f" called {_place(frames[0])}"
    return {
        "type": dump.kind,
        "value": value,
        "mechanism": {"type": "minidump", "handled": False},
        "stacktrace": {
            "frames": [
                {
                    "function": _place(frame),
                    "package": frame.module.path,
                    "instruction_addr": hex(frame.address),
                    "image_addr": hex(frame.module.base),
                    "in_app": not frame.module.is_of_the_system,
                }
                for frame in reversed(frames)
            ]
        },
    }


def _fingerprint(dump: Minidump, frames: list[NativeFrame], plain: Mapping[str, str]) -> list[str]:
    """Return the fingerprint of a crash. If it happened in a module of the system, as every abort does, the caller in the program counts too."""
    blamed = _blamed(frames)
    if blamed is None:
        return ["minidump", dump.kind, *(f"{name}={plain[name]}" for name in _SIGNATURE if plain.get(name))]
    places = [blamed] if blamed is frames[0] else [frames[0], blamed]
    return ["minidump", *(_place(frame) for frame in places)]


def _blamed(frames: list[NativeFrame]) -> NativeFrame | None:
    return next((frame for frame in frames if not frame.module.is_of_the_system), frames[0] if frames else None)


def _place(frame: NativeFrame) -> str:
    return f"{frame.module.name} + {frame.offset:#x}"


def _images(frames: list[NativeFrame]) -> Iterator[JSON]:
    modules = list({frame.module.base: frame.module for frame in frames}.values())
    for module in modules[:MAX_IMAGES]:
        yield {"code_file": module.path, "image_addr": hex(module.base), "image_size": module.size}


def _written_at(dump: Minidump, received_at: datetime) -> str | None:
    written_at = moment(dump.written_at)
    return written_at.isoformat() if written_at and received_at - MAX_DUMP_AGE <= written_at <= received_at else None


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
