"""Maps are decoded by a process that may crash, hang or take all it can: the map is refused, and nothing else happens."""

from __future__ import annotations

import json
import subprocess
import threading

import pytest

from core.mapping import decoder
from core.mapping.decoder import MapDecoder
from core.rules.source_maps.decoding import MAX_MAP_BYTES, BadMap
from tests.support.artifacts.source_maps import bundle_of, map_json

TINY = json.dumps(map_json()).encode()


def test_a_real_map_with_its_script_is_decoded() -> None:
    bundle = bundle_of("vite")
    index = MapDecoder().decode(bundle.map.encode(), bundle.script.encode())
    newest = bundle.frames[-1]
    found = index.at(newest["lineno"] - 1, newest["colno"] - 1)
    assert found
    assert (found.line, index.function_at(newest["lineno"] - 1, newest["colno"] - 1)) == (10, "Cart.checkout")


def test_without_a_script_nothing_is_known_of_functions() -> None:
    assert not MapDecoder().decode(TINY, None).knows_functions


def test_a_map_that_cannot_be_is_refused_with_its_reason() -> None:
    with pytest.raises(BadMap, match="is not of version 3"):
        MapDecoder().decode(b'{"version": 2}', None)


def test_p19_a_map_that_is_too_large_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "subprocess", None)
    with pytest.raises(BadMap, match="is larger than 40 MiB"):
        MapDecoder().decode(b" " * (MAX_MAP_BYTES + 1), None)


@pytest.mark.slow
@pytest.mark.parametrize("script", ["{a:" * 300_000, "(" * 50_000, "a=>" * 20_000], ids=["objects", "brackets", "arrows"])
def test_p19_a_script_that_crashes_its_parser_or_takes_too_long_costs_only_its_names(script: str) -> None:
    index = MapDecoder().decode(TINY, script.encode())
    assert index.at(0, 0)


def test_p19_a_map_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child gives itself less here than any interpreter needs."""
    monkeypatch.setattr(decoder, "_PROGRAM", decoder._PROGRAM.replace("main()", "import core.mapping.child as c; c.MAX_MEMORY_BYTES = 2**24; main()"))
    with pytest.raises(BadMap, match="takes too much"):
        MapDecoder().decode(json.dumps(map_json(sourcesContent=["x" * 20_000_000])).encode(), None)


def test_p19_a_process_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "_PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(decoder, "MAX_SECONDS", 0.2)
    with pytest.raises(BadMap, match="takes too much time or memory"):
        MapDecoder().decode(TINY, None)


def test_p14_the_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUELL_SLACK_BOT_TOKEN", "xoxb-secret")
    echo = "import os, struct, sys; text = repr(dict(os.environ)).encode(); sys.stdout.buffer.write(b'r' + struct.pack('<Q', len(text)) + text)"
    monkeypatch.setattr(decoder, "_PROGRAM", echo)
    with pytest.raises(BadMap) as said:
        MapDecoder().decode(TINY, None)
    assert "PATH" in str(said.value)
    assert "QUELL" not in str(said.value)


class Watched(MapDecoder):
    """Tells when it has started a process, and knows it afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.has_started = threading.Event()
        self.started: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        self.started = super()._start()
        self.has_started.set()
        return self.started


def test_closing_stops_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "_PROGRAM", "import time; time.sleep(600)")
    busy, failures = Watched(), []

    def decode() -> None:
        try:
            busy.decode(TINY, None)
        except BadMap as refused:
            failures.append(refused)

    thread = threading.Thread(target=decode)
    thread.start()
    assert busy.has_started.wait(60)
    busy.close()
    thread.join(60)
    assert failures
    with pytest.raises(OSError, match="closed"):
        busy.decode(TINY, None)


def test_no_process_is_left_behind() -> None:
    watched = Watched()
    watched.decode(TINY, None)
    assert watched.started
    assert watched.started.returncode is not None
