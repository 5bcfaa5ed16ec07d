"""An event gets the frames that the maps of its own project give it, when it comes in and when it is looked at."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from core.bootstrap import Core
from core.mapping import mapper
from core.rules.source_maps import frames
from core.views import ProjectView
from tests.support.artifacts.bundles import DEBUG_ID, OTHER_DEBUG_ID, assert_uploaded, bundle, map_file, script_file
from tests.support.artifacts.source_maps import frame, js_event, map_json
from tests.support.core import World
from tests.support.db.databases import counted

URL = "https://shop.example.com/static/app.js"


def upload(core: Core, project: ProjectView, source: str = "src/app.ts", debug_id: str | None = DEBUG_ID, **where: Any) -> None:
    """A map in which everything comes from the second line of this source."""
    content = json.dumps(map_json([(0, 0, 0, 1, 2)], sources=[source], sourcesContent=["first\n  second\nthird"])).encode()
    files = [(script_file(debug_id=debug_id), b"t();\n//# sourceMappingURL=app.js.map\n"), (map_file(debug_id=debug_id), content)]
    assert_uploaded(core, bundle(files), project, **where)


def event(debug_id: str | None = DEBUG_ID, **parts: Any) -> dict[str, Any]:
    return js_event([frame(1, 3, url=URL)], {URL: debug_id} if debug_id else None, **parts)


def mapped_file(world: World, sent: dict[str, Any], project: ProjectView | None = None) -> str:
    found = world.core.mapper.mapped((project or world.project).id, sent)
    file: str = found.event["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"]
    return file


def test_a_debug_id_leads_to_the_original(world: World) -> None:
    upload(world.core, world.project)
    found = world.core.mapper.mapped(world.project.id, event())
    newest = found.event["exception"]["values"][0]["stacktrace"]["frames"][0]
    assert (newest["filename"], newest["lineno"], newest["colno"], newest["context_line"]) == ("src/app.ts", 2, 3, "  second")
    assert (newest["pre_context"], newest["post_context"], found.problems) == (["first"], ["third"], ())


def test_release_and_name_lead_to_the_original(world: World) -> None:
    upload(world.core, world.project, debug_id=None, release="shop@1")
    assert mapped_file(world, event(None, release="shop@1")) == "src/app.ts"
    assert mapped_file(world, event(None, release="shop@2")) == URL


def test_p13_a_map_of_another_project_is_never_used(world: World, other_world: World) -> None:
    sibling = world.core.directory.create_project("sibling", "acme", "javascript")
    for project in (sibling, other_world.project):
        upload(world.core, project, "secret.ts", release="shop@1")
    upload(world.core, world.project, "own.ts", OTHER_DEBUG_ID)
    # It is decoded and cached for those who may use it.
    assert mapped_file(world, event(), sibling) == mapped_file(world, event(), other_world.project) == "secret.ts"
    assert mapped_file(world, event()) == mapped_file(world, event(None, release="shop@1")) == URL
    assert mapped_file(world, event(OTHER_DEBUG_ID)) == "own.ts"


def selects(statements: Sequence[str]) -> int:
    return sum("SELECT" in statement for statement in statements)


def test_the_number_of_reads_does_not_grow_with_the_scripts(world: World) -> None:
    upload(world.core, world.project)
    upload(world.core, world.project, "other.ts", OTHER_DEBUG_ID)

    def cost(sent: dict[str, Any]) -> int:
        with counted(world.core) as asked:
            world.core.mapper.maps(world.project.id, frames.scripts(sent))
        return selects(asked)

    world.core.mapper.mapped(world.project.id, event())
    many = js_event([frame(url=f"https://x.example/{number}.js") for number in range(200)], release="shop@1")
    assert 0 < cost(js_event([frame(url="https://x.example/1.js")], release="shop@1")) == cost(many) <= 3
    assert cost(event()) == 0


def test_a_project_without_uploads_costs_one_read_in_a_while(world: World) -> None:
    with counted(world.core) as asked:
        for _ in range(10):
            world.core.mapper.mapped(world.project.id, event())
    assert selects(asked) == 1


def test_an_upload_counts_at_once(world: World) -> None:
    upload(world.core, world.project, "other.ts", OTHER_DEBUG_ID)
    assert mapped_file(world, event()) == URL
    upload(world.core, world.project)
    assert mapped_file(world, event()) == "src/app.ts"


def test_a_map_that_cannot_be_read_is_a_problem_of_the_event(world: World) -> None:
    files = [(script_file(debug_id=DEBUG_ID), b"t()"), (map_file(debug_id=DEBUG_ID), b'{"version": 2}')]
    assert_uploaded(world.core, bundle(files), world.project)
    assert world.core.mapper.mapped(world.project.id, event()).problems == (f"The source map of {URL} is not of version 3.",)


@pytest.mark.parametrize("is_uploaded", [True, False])
def test_a_stored_event_is_mapped_when_it_is_looked_at_and_stays_as_it_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch, *, is_uploaded: bool
) -> None:
    monkeypatch.setattr(mapper, "VIEW_SECONDS", 60.0)
    occurrence = world.occurrence("Boom")
    world.core.occurrences.record(world.project.id, [occurrence])
    stored = world.core.stored_events.one(world.project.id, occurrence.event_id)
    stored.payload.update(event())
    if is_uploaded:
        upload(world.core, world.project)
    cleaned: list[object] = []

    def clean(payload: dict[str, Any]) -> dict[str, Any]:
        cleaned.append(payload)
        return payload

    seen, problems = world.core.mapper.viewed(stored, clean)
    if is_uploaded:
        assert (seen.payload["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"], problems) == ("src/app.ts", ())
        assert cleaned == [seen.payload]
    else:
        assert (seen, problems, cleaned) == (stored, (f"No source map for {URL} (debug id {DEBUG_ID}).",), [])
    assert stored.payload["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"] == URL


def test_a_page_does_not_wait_for_long_and_only_few_wait_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(world.core, world.project)
    occurrence = world.occurrence("Boom")
    world.core.occurrences.record(world.project.id, [occurrence])
    stored = world.core.stored_events.one(world.project.id, occurrence.event_id)
    stored.payload.update(event())
    gate, waits = threading.Event(), []
    decode = world.core.mapper.decoded._decode
    monkeypatch.setattr(world.core.mapper.decoded, "_decode", lambda content, script: (gate.wait(30), decode(content, script))[1])
    monkeypatch.setattr(mapper, "VIEW_SECONDS", 0.01)
    for _ in range(mapper.MAX_WAITING_VIEWS):
        world.core.mapper._views.acquire()
        waits.append(world.core.mapper.viewed(stored, lambda payload: payload))
    gate.set()
    assert waits == [(stored, (f"The source map of {URL} is being read. Reload the page in a few seconds.",))] * 2
