"""The issue page shows the original code of minified frames, also of an event that came before its map."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.mapping import mapper
from tests.support.artifacts.bundles import DEBUG_ID, assert_uploaded, bundle, map_file, script_file
from tests.support.artifacts.source_maps import bundle_of, frame, js_event, map_json
from tests.support.core import World
from tests.support.pages import Browser, Open


async def signed_in(browser: Browser, world: World) -> Browser:
    return await browser.sign_in(world.core.logins.make(world.ada.id))


def with_payload(world: World, payload: dict[str, object]) -> None:
    world.core.occurrences.record(world.project.id, [replace(world.occurrence("Boom"), payload=payload)])


async def test_an_event_that_came_before_its_map_shows_the_original_code(world: World, open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapper, "VIEW_SECONDS", 60.0)
    bundled = bundle_of("vite")
    with_payload(world, js_event(bundled.frames, {bundled.url: DEBUG_ID}))
    browser, shared = await signed_in(open_(), world), f"/share/issue/{world.share()}/"
    before = await browser.get("/issues/SHOP-1/")
    assert f"No source map for {bundled.url} (debug id {DEBUG_ID})." in before.text
    assert "No source map" not in (await open_().get(shared)).text
    files = [(script_file(bundled.url, DEBUG_ID), bundled.script.encode()), (map_file(f"{bundled.url}.map", DEBUG_ID), bundled.map.encode())]
    assert_uploaded(world.core, bundle(files), world.project)
    for page in (await browser.get("/issues/SHOP-1/"), await open_().get(shared)):
        assert "src/cart/total.ts:11 in Cart.checkout" in page.text
        assert "<mark>11      return this.items.reduce((left, item) =&gt; left + item.price, 0) * coupon!.discount;</mark>" in page.text
        assert "12    }" in page.text
        assert "No source map" not in page.text


async def test_p15_a_map_puts_no_markup_on_the_page(world: World, open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapper, "VIEW_SECONDS", 60.0)
    evil = "<script>alert(1)</script>"
    with_payload(world, js_event([frame()], {frame()["abs_path"]: DEBUG_ID}))
    hostile = map_json([(0, 0, 0, 0, 0, 0)], sources=[f"{evil}.ts"], names=[evil], sourcesContent=[evil])
    assert_uploaded(world.core, bundle([(map_file(debug_id=DEBUG_ID), json.dumps(hostile).encode())]), world.project)
    page = await (await signed_in(open_(), world)).get("/issues/SHOP-1/")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script" not in page.text
