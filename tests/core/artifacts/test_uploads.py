"""Chunks become a bundle as a whole or not at all; the same upload again costs nothing; a project keeps a bounded amount."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from core.artifacts import uploads
from core.artifacts.source_maps import ScriptKey
from core.artifacts.uploads import CHUNK_BYTES, Assembled, TooManyChunks, WrongChecksum
from core.db.models import ArtifactBundle, ArtifactBundleProject, ArtifactChunk, ArtifactContent, ArtifactFile
from tests.support.artifacts.bundles import (
    SCRIPT,
    assert_uploaded,
    bundle,
    chunks_of,
    count,
    map_file,
    request_for,
    script_file,
    sha1,
    source_map,
    upload_to,
)
from tests.support.core import World

KEY = ScriptKey(None, "https://shop.example.com/static/app.js", "shop@1", None)
STORED = (ArtifactBundle, ArtifactBundleProject, ArtifactContent, ArtifactFile)


def releases(world: World) -> list[str | None]:
    return [row.release for row in world.core.artifact_keeping.listed(world.project.id)]


def large(seed: str = "") -> bytes:
    """A bundle of several chunks: random bytes do not get smaller."""
    return bundle([(script_file(), SCRIPT + seed.encode()), (map_file(), os.urandom(2 * CHUNK_BYTES))])


def test_an_upload_comes_in_chunks_and_is_told_which_are_missing(world: World) -> None:
    uploaded, take = large(), world.core.artifact_uploads
    names = [sha1(chunk) for chunk in chunks_of(uploaded)]
    request = request_for(uploaded, world.project)
    assert take.assemble(world.organization_id, request) == Assembled(missing=tuple(names))
    for number, chunk in list(enumerate(chunks_of(uploaded)))[::-1]:
        take.add_chunks(world.organization_id, {sha1(chunk): chunk})
        assert take.assemble(world.organization_id, request) == Assembled(missing=tuple(names[:number]))
    assert take.assemble(world.organization_id, request) == Assembled()


def test_p13_chunks_of_another_organization_are_missing(world: World, other_world: World) -> None:
    uploaded = bundle()
    assert_uploaded(world.core, uploaded, world.project)
    assert other_world.core.artifact_uploads.assemble(other_world.organization_id, request_for(uploaded, other_world.project)).missing


def test_the_same_upload_again_needs_no_chunks_and_adds_projects(world: World) -> None:
    core, till, uploaded = world.core, world.core.directory.create_project("till", "acme", None), bundle()
    assert_uploaded(core, uploaded, world.project, release="shop@1")
    world.clock.pass_by(days=2)
    core.artifact_keeping.forget()
    assert count(core, ArtifactChunk) == [0]
    before = count(core, ArtifactBundle, ArtifactFile, ArtifactContent)
    assert core.artifact_uploads.assemble(world.organization_id, request_for(uploaded, till, release="shop@1")) == Assembled()
    assert count(core, ArtifactBundle, ArtifactFile, ArtifactContent) == before == [1, 2, 2]
    for project in (world.project, till):
        assert KEY in core.artifacts.source_maps(project.id, [KEY])
        assert core.artifact_keeping.listed(project.id)[0].uploaded_at == world.clock()


def test_the_same_files_for_another_release_are_stored_once(world: World, other_world: World) -> None:
    uploaded = bundle()
    for release in ("shop@1", "shop@2", "shop@3"):
        assert_uploaded(world.core, uploaded, world.project, release=release)
    assert count(world.core, ArtifactBundle, ArtifactFile, ArtifactContent) == [3, 6, 2]
    assert_uploaded(world.core, uploaded, other_world.project, release="shop@1")
    assert count(world.core, ArtifactContent) == [4], "each organization has its own"


def test_the_request_says_the_release_or_else_the_manifest(world: World) -> None:
    uploaded = bundle(release="of manifest", dist="5")
    assert_uploaded(world.core, uploaded, world.project)
    world.clock.pass_by(seconds=1)
    assert_uploaded(world.core, uploaded, world.project, release="of request")
    listed = world.core.artifact_keeping.listed(world.project.id)
    assert [(row.release, row.dist) for row in listed] == [("of request", "5"), ("of manifest", "5")]


@pytest.mark.parametrize(("release", "dist"), [("latest", None), ("a/b", None), ("x" * 251, None), (None, "d" * 65), (None, "a\nb")])
def test_a_release_or_dist_that_cannot_be_is_refused(world: World, release: str | None, dist: str | None) -> None:
    problem = upload_to(world.core, bundle(), world.project, release=release, dist=dist).problem
    assert problem is not None
    assert problem.endswith("Nothing of the upload was stored.")
    assert count(world.core, *STORED) == [0, 0, 0, 0]


def test_a_chunk_with_another_checksum_is_refused_with_all_beside_it(world: World) -> None:
    with pytest.raises(WrongChecksum, match="another SHA-1"):
        world.core.artifact_uploads.add_chunks(world.organization_id, {sha1(b"good"): b"good", sha1(b"said"): b"sent"})
    assert count(world.core, ArtifactChunk) == [0]


def test_an_upload_with_another_checksum_is_refused(world: World) -> None:
    uploaded = bundle()
    world.core.artifact_uploads.add_chunks(world.organization_id, {sha1(uploaded): uploaded})
    request = replace(request_for(uploaded, world.project), checksum=sha1(b"other"))
    assert "another checksum" in (world.core.artifact_uploads.assemble(world.organization_id, request).problem or "")


def test_an_upload_for_no_project_is_refused(world: World) -> None:
    assert "has no project" in (world.core.artifact_uploads.assemble(world.organization_id, request_for(bundle())).problem or "")


def test_chunks_of_an_organization_are_bounded_and_used_ones_give_way_first(
    world: World, other_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_HELD_BYTES", 3 * CHUNK_BYTES)
    take, pieces = world.core.artifact_uploads, [os.urandom(CHUNK_BYTES) for _ in range(5)]
    uploaded = bundle()
    assert_uploaded(world.core, uploaded, world.project)
    for piece in pieces[:3]:
        take.add_chunks(world.organization_id, {sha1(piece): piece})
    assert count(world.core, ArtifactChunk) == [3], "that of the bundle went"
    with pytest.raises(TooManyChunks, match=r"has 3 MiB .* Try again in an hour"):
        take.add_chunks(world.organization_id, {sha1(pieces[3]): pieces[3]})
    take.add_chunks(other_world.organization_id, {sha1(pieces[3]): pieces[3]})
    assert count(world.core, ArtifactChunk) == [4]


def test_the_oldest_bundles_of_a_project_give_way_to_new_ones(world: World) -> None:
    till = world.core.directory.create_project("till", "acme", None)
    one_mib = [bundle([(map_file(), os.urandom(CHUNK_BYTES - 1000))]) for _ in range(4)]
    take = replace(world.core.artifact_uploads, max_mib=2)
    world.core.artifact_uploads = take
    for number, uploaded in enumerate(one_mib):
        world.clock.pass_by(minutes=1)
        projects = [world.project, till] if number == 0 else [world.project]
        assert_uploaded(world.core, uploaded, *projects, release=f"shop@{number}")
    assert releases(world) == ["shop@3", "shop@2"]
    assert [row.release for row in world.core.artifact_keeping.listed(till.id)] == ["shop@0"], "it has room"
    assert count(world.core, ArtifactBundle) == [3]


def test_a_bundle_that_no_project_has_room_for_is_refused_and_takes_nothing_away(world: World) -> None:
    world.core.artifact_uploads = replace(world.core.artifact_uploads, max_mib=1)
    assert_uploaded(world.core, bundle(), world.project, release="small")
    problem = upload_to(world.core, bundle([(map_file(), os.urandom(2 * CHUNK_BYTES))]), world.project, release="large").problem
    assert problem == "The bundle is larger than all bundles of a project may be, 1 MiB. Nothing of the upload was stored."
    assert releases(world) == ["small"]


def test_a_content_in_memory_is_never_more_than_a_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many contents are stored in several transactions, and are all there in the end."""
    monkeypatch.setattr(uploads, "_BATCH_FILES", 3)
    files = [(script_file(f"~/{number}.js", map_name=f"{number}.map"), b"%d" % number) for number in range(10)]
    files += [(map_file(f"~/{number}.map"), source_map(f"{number}")) for number in range(10)]
    assert_uploaded(world.core, bundle(files), world.project, release="shop@1")
    keys = [ScriptKey(None, f"/{number}.js", "shop@1", None) for number in range(10)]
    maps = world.core.artifacts.source_maps(world.project.id, keys)
    assert [maps[key].content for key in keys] == [source_map(f"{number}") for number in range(10)]
