"""An event finds the map of a script by debug id, or by release, dist and name, and only what was uploaded for its project."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.exc import OperationalError

from core.artifacts.source_maps import ScriptKey
from core.bootstrap import Core
from tests.support.artifacts.bundles import DEBUG_ID, OTHER_DEBUG_ID, SCRIPT, assert_uploaded, bundle, map_file, script_file, source_map
from tests.support.core import NOON, World
from tests.support.growth import AT_MOST, growth

URL = "https://shop.example.com/static/app.js"


def key(url: str = URL, release: str | None = "shop@1", dist: str | None = None, debug_id: str | None = None) -> ScriptKey:
    return ScriptKey(debug_id, url, release, dist)


def found(world: World, wanted: ScriptKey) -> bytes | None:
    stored = world.core.artifacts.source_maps(world.project.id, [wanted]).get(wanted)
    return stored.content if stored else None


@contextmanager
def statements(core: Core) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    sql_event.listen(core.database.engine, "before_cursor_execute", note)
    yield asked
    sql_event.remove(core.database.engine, "before_cursor_execute", note)


def test_a_debug_id_finds_its_map_whatever_the_release_and_the_name(world: World) -> None:
    files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map("mine.ts"))]
    assert_uploaded(world.core, bundle(files), world.project)
    for wanted in (key("app.js", None, None, DEBUG_ID), key("https://elsewhere/x.js", "other@1", "7", DEBUG_ID.upper())):
        assert found(world, wanted) == source_map("mine.ts")
    stored = world.core.artifacts.source_maps(world.project.id, [wanted])[wanted]
    assert stored.script == SCRIPT


def test_a_script_with_a_debug_id_whose_map_has_none_names_its_map(world: World) -> None:
    assert_uploaded(world.core, bundle([(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(), source_map())]), world.project)
    assert found(world, key("app.js", None, None, DEBUG_ID)) == source_map()


def test_a_debug_id_that_is_unknown_leaves_the_release_and_the_name(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert found(world, key(debug_id=OTHER_DEBUG_ID)) == source_map()
    assert found(world, key(debug_id="no debug id at all")) == source_map()


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://other.example.com/static/app.js",
        f"{URL}?v=3",
        f"{URL}#top",
        "app:///static/app.js",
        "/static/app.js",
        "static/app.js",
        "~/static/app.js",
        "https://shop.example.com/static/%61pp.js",
    ],
)
def test_a_name_without_a_host_is_found_from_any_host(world: World, url: str) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert found(world, key(url)) == source_map()


@pytest.mark.parametrize(
    "url", ["https://shop.example.com/app.js", "https://shop.example.com/static/app.jsx", "https://shop.example.com", "", "a\0b", "\ud800"]
)
def test_another_name_finds_nothing(world: World, url: str) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert found(world, key(url)) is None


def test_a_name_with_a_host_is_found_from_that_host_only_and_before_one_without(world: World) -> None:
    exact = [(script_file(URL, map_name="exact.map"), b"1"), (map_file("https://shop.example.com/static/exact.map"), source_map("exact.ts"))]
    assert_uploaded(world.core, bundle([*exact, (script_file(), SCRIPT), (map_file(), source_map())]), world.project, release="shop@1")
    assert found(world, key()) == source_map("exact.ts")
    assert found(world, key("http://shop.example.com/static/app.js")) == source_map()


def test_the_release_must_be_the_same(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert [found(world, key(release=release)) for release in ("shop@2", None, "", "a\0b")] == [None] * 4


def test_the_dist_of_the_event_comes_first_and_an_upload_without_dist_serves_all(world: World) -> None:
    assert_uploaded(world.core, bundle([(script_file(), SCRIPT), (map_file(), source_map("for 7"))]), world.project, release="shop@1", dist="7")
    assert found(world, key(dist="8")) is None
    assert found(world, key()) is None
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert [found(world, key(dist=dist)) for dist in ("7", "8", None)] == [source_map("for 7"), source_map(), source_map()]


def test_the_newest_upload_of_the_same_wins(world: World) -> None:
    for number in (1, 2, 3):
        world.clock.pass_by(minutes=1)
        files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map(f"{number}"))]
        assert_uploaded(world.core, bundle(files), world.project, release="shop@1")
    assert found(world, key()) == found(world, key(debug_id=DEBUG_ID)) == source_map("3")


def test_the_map_may_come_with_another_upload_of_the_release(world: World) -> None:
    assert_uploaded(world.core, bundle([(script_file(), SCRIPT)]), world.project, release="shop@1")
    assert_uploaded(world.core, bundle([(map_file(), source_map("elsewhere"))]), world.project, release="shop@2")
    assert found(world, key()) is None
    assert_uploaded(world.core, bundle([(map_file(), source_map())]), world.project, release="shop@1")
    assert found(world, key()) == source_map()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("app.js.map", "~/static/app.js.map"),
        ("../maps/app.map?x=1", "~/maps/app.map"),
        ("/maps/app.map", "~/maps/app.map"),
        ("~/maps/app.map", "~/maps/app.map"),
        ("https://cdn.example.com/app.map", "https://cdn.example.com/app.map"),
    ],
)
def test_the_name_of_a_map_is_relative_to_its_script(world: World, name: str, url: str) -> None:
    by_header = [(script_file(map_name=name), b"1"), (map_file(url), source_map("header"))]
    assert_uploaded(world.core, bundle(by_header), world.project, release="shop@1")
    by_comment = [(script_file(), f"2\n//# sourceMappingURL={name}\n".encode()), (map_file(url), source_map("comment"))]
    assert_uploaded(world.core, bundle(by_comment), world.project, release="shop@2")
    assert [found(world, key(release=release)) for release in ("shop@1", "shop@2")] == [source_map("header"), source_map("comment")]


def test_a_map_may_stand_inside_its_script(world: World) -> None:
    data = b"data:application/json;charset=utf-8;base64," + base64.b64encode(source_map("inline"))
    assert_uploaded(world.core, bundle([(script_file(debug_id=DEBUG_ID), b"1\n//# sourceMappingURL=" + data)]), world.project, release="shop@1")
    assert found(world, key()) == found(world, key("x", None, None, DEBUG_ID)) == source_map("inline")


def test_one_lookup_answers_all_keys_in_a_fixed_number_of_statements(world: World) -> None:
    files = [(script_file(f"~/{number}.js", map_name=f"{number}.map"), b"%d" % number) for number in range(40)]
    files += [(map_file(f"~/{number}.map"), source_map(f"{number}")) for number in range(40)]
    assert_uploaded(world.core, bundle(files), world.project, release="shop@1")
    keys = [key(f"https://x/{number}.js", debug_id=DEBUG_ID) for number in range(50)]
    world.core.artifacts.source_maps(world.project.id, keys)
    counts = []
    for few in (keys[:1], keys):
        with statements(world.core) as asked:
            maps = world.core.artifacts.source_maps(world.project.id, few)
        counts.append(len(asked))
    assert {wanted.url: stored.content for wanted, stored in maps.items()} == {
        f"https://x/{number}.js": source_map(f"{number}") for number in range(40)
    }
    assert counts == [4, 4]


def test_a_debug_id_that_is_found_costs_two_statements(world: World) -> None:
    files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map())]
    assert_uploaded(world.core, bundle(files), world.project, release="shop@1")
    assert found(world, key(debug_id=DEBUG_ID))
    with statements(world.core) as asked:
        assert found(world, key(debug_id=DEBUG_ID))
    assert len(asked) == 2


def test_many_keys_and_many_uploads_take_time_in_proportion(world: World) -> None:
    for number in range(3):
        files = [(script_file("~/static/app.js", map_name="app.js.map"), b"%d" % number), (map_file(), source_map(f"{number}"))]
        assert_uploaded(world.core, bundle(files * 60), world.project, release="shop@1")

    def look(size: int) -> None:
        world.core.artifacts.locate(world.project.id, [key(f"https://{number}/static/app.js", dist=f"{number}") for number in range(size)])

    assert growth(look, 100, 200) < AT_MOST


def test_a_project_without_uploads_costs_no_statement(world: World, other_world: World) -> None:
    assert_uploaded(world.core, bundle(), other_world.project, release="shop@1")
    assert not world.core.artifacts.has_any(world.project.id)
    with statements(world.core) as asked:
        assert found(world, key()) is None
    assert asked == []


def test_the_first_upload_is_noticed_at_once(world: World) -> None:
    assert found(world, key()) is None
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert found(world, key()) == source_map()


def test_p13_no_other_project_and_no_other_organization_finds_a_map(world: World, other_world: World) -> None:
    core, sibling = world.core, world.core.directory.create_project("till", "acme", None)
    files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map())]
    assert_uploaded(core, bundle(files), world.project, release="shop@1")
    # All have something of their own, so that nobody is spared the search.
    for project in (sibling, other_world.project):
        assert_uploaded(core, bundle([(map_file(debug_id=OTHER_DEBUG_ID), source_map("other"))]), project, release="shop@1")
    keys = [key(), key(debug_id=DEBUG_ID)]
    assert len(core.artifacts.source_maps(world.project.id, keys)) == 2
    for project in (sibling, other_world.project):
        assert core.artifacts.source_maps(project.id, keys) == {}
    refs = core.artifacts.locate(world.project.id, keys).values()
    assert core.artifacts.load(other_world.project.id, list(refs)) == {}


def test_p13_a_script_finds_no_map_in_the_bundle_of_another_project_of_the_release(world: World) -> None:
    sibling = world.core.directory.create_project("till", "acme", None)
    assert_uploaded(world.core, bundle([(script_file(), SCRIPT)]), world.project, sibling, release="shop@1")
    assert_uploaded(world.core, bundle([(map_file(), source_map())]), sibling, release="shop@1")
    assert found(world, key()) is None
    assert world.core.artifacts.source_maps(sibling.id, [key()])


def test_when_a_bundle_was_last_used_is_noted_once_a_day(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    used = []
    for _ in range(3):
        found(world, key())
        used.append(world.core.artifact_keeping.listed(world.project.id)[0].last_used_at)
        world.clock.pass_by(hours=13)
    assert used == [NOON, NOON, NOON + timedelta(hours=26)]


def test_a_map_is_found_also_where_its_use_cannot_be_noted(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")

    def refuse(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE artifact_bundles"):
            raise OperationalError(statement, {}, Exception("the disk is full"))

    sql_event.listen(world.core.database.engine, "before_cursor_execute", refuse)
    assert found(world, key()) == source_map()
    sql_event.remove(world.core.database.engine, "before_cursor_execute", refuse)
    assert world.core.artifact_keeping.listed(world.project.id)[0].last_used_at is None
