"""An event of minified JavaScript is named, grouped and stored by its original code, where its project has the map."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.chat import cards
from bot.ingest import originals
from core.db.models import Issue
from core.types import JSON
from core.views import ProjectView
from tests.support.artifacts.bundles import DEBUG_ID, assert_uploaded, bundle, map_file, script_file
from tests.support.artifacts.source_maps import bundle_of, frame, js_event, map_json
from tests.support.ingest.app import Doorstep

VITE = bundle_of("vite")


@pytest.fixture(autouse=True)
def _events_wait_for_their_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(originals, "MAX_SECONDS", 100.0)


def upload(doorstep: Doorstep, project: ProjectView, **manifest: Any) -> None:
    files = [(script_file(VITE.url, DEBUG_ID), VITE.script.encode()), (map_file(f"{VITE.url}.map", DEBUG_ID), VITE.map.encode())]
    assert_uploaded(doorstep.core, bundle(files), project, **manifest)


def crash(**parts: Any) -> JSON:
    return js_event(VITE.frames, {VITE.url: DEBUG_ID}, **parts)


def test_culprit_and_stack_are_those_of_the_original_code(doorstep: Doorstep) -> None:
    project = doorstep.project()
    upload(doorstep, project)
    assert doorstep.store(project, crash()).status == 200
    (issue,) = doorstep.issues(project)
    assert (issue.title, issue.culprit) == ("TypeError: t is undefined", "src/cart/total.ts in Cart.checkout")
    exception = issue.payload["exception"]["values"][0]
    newest = exception["stacktrace"]["frames"][-1]
    assert newest["context_line"].strip().startswith("return this.items.reduce")
    assert (newest["lineno"], exception["raw_stacktrace"]["frames"][-1]["colno"]) == (11, VITE.frames[-1]["colno"])


def test_a_card_in_either_chat_says_where_in_the_original_code(doorstep: Doorstep) -> None:
    project = doorstep.project()
    upload(doorstep, project)
    doorstep.store(project, crash())
    issue = doorstep.core.reads.issue(project.organization_id, f"{project.slug}-1")
    assert "src/cart/total.ts in Cart.checkout" in cards.alert(issue, "https://quell.example.com").where


def test_metadata_is_that_of_the_original_code(doorstep: Doorstep) -> None:
    project = doorstep.project()
    upload(doorstep, project)
    doorstep.store(project, crash())
    with doorstep.core.database.read() as work:
        (issue,) = work.session.query(Issue).filter_by(project_id=project.id).all()
        assert {key: issue.details[key] for key in ("filename", "function")} == {"filename": "src/cart/total.ts", "function": "Cart.checkout"}


def test_another_build_of_the_same_code_is_the_same_issue(doorstep: Doorstep) -> None:
    """The file has another name and all columns differ."""
    project = doorstep.project()
    for bundler, debug_id in (("vite", DEBUG_ID), ("esbuild", "c8bbc9ed-277e-57df-aa38-a2f5dcf36995")):
        built = bundle_of(bundler)
        url = f"https://shop.example.com/assets/{bundler}.js"
        files = [(script_file(url, debug_id), built.script.encode()), (map_file(f"{url}.map", debug_id), built.map.encode())]
        assert_uploaded(doorstep.core, bundle(files), project)
        stack = [{**each, "filename": url, "abs_path": url} for each in built.frames[-6:]]
        assert doorstep.store(project, js_event(stack, {url: debug_id})).status == 200
    (issue,) = doorstep.issues(project)
    assert issue.times_seen == 2


def test_several_events_of_an_envelope_are_mapped(doorstep: Doorstep) -> None:
    project = doorstep.project()
    upload(doorstep, project)
    lines = [b"{}"]
    for number in range(3):
        text = json.dumps(crash(message=str(number), event_id=f"{number + 1:032x}")).encode()
        lines += [b'{"type":"event","length":%d}' % len(text), text]
    assert doorstep.envelope(project, b"\n".join(lines) + b"\n").status == 200
    (issue,) = doorstep.issues(project)
    assert (issue.times_seen, issue.culprit) == (3, "src/cart/total.ts in Cart.checkout")


def test_events_without_a_map_and_of_other_languages_stay_as_they_are(doorstep: Doorstep) -> None:
    project, without = doorstep.project(), doorstep.project()
    upload(doorstep, project)
    other = {"exception": {"values": [{"type": "ValueError", "value": "node", "stacktrace": {"frames": [frame(url="a.py")]}}]}, "platform": "python"}
    for sent, to in ((js_event([frame()], release="1"), project), (other, project), (crash(), without)):
        assert doorstep.store(to, sent).status == 200
    unmapped, python = doorstep.issues(project)
    assert (unmapped.culprit, python.culprit) == ("https://shop.example.com/assets/app.min.js in t", "a.py in t")
    assert doorstep.issues(without)[0].culprit.startswith("https://shop.example.com/assets/main")


def test_p14_secrets_in_the_source_of_a_map_are_not_stored(doorstep: Doorstep) -> None:
    project = doorstep.project()
    content = map_json([(0, 0, 0, 0, 0)], sourcesContent=["const password = 'hunter2-hunter2'; // token: ghp_aBcD1234567890aBcD1234567890aBcD1234"])
    files = [(script_file(debug_id=DEBUG_ID), b"t()"), (map_file(debug_id=DEBUG_ID), json.dumps(content).encode())]
    assert_uploaded(doorstep.core, bundle(files), project)
    assert doorstep.store(project, js_event([frame()], {frame()["abs_path"]: DEBUG_ID})).status == 200
    stored = json.dumps(doorstep.issues(project)[0].payload)
    assert "src/app.ts" in stored
    assert "ghp_aBcD" not in stored


@pytest.mark.slow
def test_p19_a_map_that_crashes_what_reads_it_costs_no_event(doorstep: Doorstep) -> None:
    project = doorstep.project()
    files = [(script_file(debug_id=DEBUG_ID), b"{a:" * 300_000), (map_file(debug_id=DEBUG_ID), json.dumps(map_json()).encode())]
    assert_uploaded(doorstep.core, bundle(files), project)
    assert doorstep.store(project, js_event([frame()], {frame()["abs_path"]: DEBUG_ID})).status == 200
    assert doorstep.issues(project)[0].culprit == "src/app.ts in t"


def test_p19_only_so_many_requests_wait_for_maps(doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    project, without = doorstep.project(), doorstep.project()
    upload(doorstep, project)
    monkeypatch.setattr(originals, "MAX_WAITING", 0)
    assert doorstep.store(project, crash()).status == 429
    assert doorstep.store(without, crash()).status == 200


def test_the_debug_ids_of_a_whole_stack_are_stored_so_that_it_is_mapped_when_the_maps_come(doorstep: Doorstep) -> None:
    project = doorstep.project()
    urls = [f"https://shop.example.com/_next/static/chunks/pages/checkout-{number:08}.js" for number in range(50)]
    ids = {url: f"{number:08}-6a4a-5a53-9e4a-1d2f3c4b5a69" for number, url in enumerate(urls)}
    assert doorstep.store(project, js_event([frame(url=url) for url in urls], ids)).status == 200
    (issue,) = doorstep.issues(project)
    assert {image["code_file"]: image["debug_id"] for image in issue.payload["debug_meta"]["images"]} == ids
