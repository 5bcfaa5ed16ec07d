"""``quell project artifacts``: uploaded source maps are listed and deleted."""

from __future__ import annotations

import pytest

from core.artifacts.source_maps import ScriptKey
from tests.support.artifacts.bundles import DEBUG_ID, SCRIPT, assert_uploaded, bundle, map_file, script_file, source_map
from tests.support.cli import Shell
from tests.support.core import World


@pytest.fixture
def uploaded(peopled: World) -> World:
    """Two uploads of a release and one of none."""
    world = peopled
    files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map())]
    assert_uploaded(world.core, bundle(files), world.project, release="shop@1", dist="42")
    assert_uploaded(world.core, bundle([(map_file(), source_map("x"))]), world.project, release="shop@1")
    assert_uploaded(world.core, bundle([(map_file(), b"x" * 10_000)]), world.project)
    world.core.artifacts.source_maps(world.project.id, [ScriptKey(DEBUG_ID, "", None, None)])
    return world


def test_nothing_is_stored_at_first(peopled: World, quell: Shell) -> None:
    assert quell("project", "artifacts", "shop").out.startswith("No source maps are stored for shop. Example: sentry-cli sourcemaps upload")
    assert quell.json("project", "artifacts", "shop") == {"project": "shop", "artifacts": []}


def test_uploads_are_listed_for_people_and_for_programs(uploaded: World, quell: Shell) -> None:
    lines = quell("project", "artifacts", "shop").out.splitlines()
    day = f"{uploaded.clock():%Y-%m-%d}"
    assert lines[0].split("  ")[0] == "ID"
    assert [line.split()[:5] for line in lines[1:]] == [
        ["3", "-", "-", "0", "1"],
        ["2", "shop@1", "-", "0", "1"],
        ["1", "shop@1", "42", "1", "2"],
    ]
    assert [line.split()[-1] for line in lines[1:]] == ["never", "never", day]
    first = quell.json("project", "artifacts", "shop")["artifacts"][-1]
    assert (first["release"], first["dist"], first["debug_ids"], first["files"], first["uploaded_at"][:10]) == ("shop@1", "42", 1, 2, day)
    assert first["bytes"] > 0
    assert len(quell.json("project", "artifacts", "shop", "--release", "shop@1")["artifacts"]) == 2


def test_one_upload_is_deleted_or_those_of_a_release_or_all(uploaded: World, quell: Shell) -> None:
    assert quell.json("project", "artifacts", "shop", "--delete", "3") == {"project": "shop", "deleted": 1}
    assert quell.json("project", "artifacts", "shop", "--release", "shop@1", "--delete", "all") == {"project": "shop", "deleted": 2}
    assert quell.json("project", "artifacts", "shop", "--delete", "all") == {"project": "shop", "deleted": 0}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--delete", "9"], "There is no upload 9."),
        (["--delete", "latest"], "'latest' is neither the number of an upload nor all. Nothing was deleted. Example: --delete 7"),
        (["--delete", ""], "'' is neither the number of an upload nor all."),
        (["--release", "shop@9", "--delete", "all"], "There is no upload of release shop@9."),
        (["--release", "shop@9", "--delete", "1"], "There is no upload 1."),
        (["--release", "\udcff", "--delete", "all"], "There is no upload of release \\udcff."),
    ],
)
def test_what_is_not_there_is_not_deleted(uploaded: World, quell: Shell, words: list[str], sentence: str) -> None:
    assert sentence in quell("project", "artifacts", "shop", *words).refusal
    assert len(quell.json("project", "artifacts", "shop")["artifacts"]) == 3


def test_a_release_can_do_nothing_to_a_terminal(peopled: World, quell: Shell) -> None:
    assert_uploaded(peopled.core, bundle(), peopled.project, release="shop\u202e1\u2028x")
    assert not {"\u202e", "\u2028"} & set(quell("project", "artifacts", "shop").out)
