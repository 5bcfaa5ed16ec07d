"""Uploads are listed and deleted; those that no event uses go after a while, and what nobody has goes with them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from core.artifacts.source_maps import ScriptKey
from core.artifacts.uploads import Assembled
from core.db.models import ArtifactBundle, ArtifactBundleProject, ArtifactChunk, ArtifactContent, ArtifactFile, Project
from core.errors import UnknownName
from scheduler.jobs import JOBS
from tests.support.artifacts.bundles import DEBUG_ID, SCRIPT, assert_uploaded, bundle, count, map_file, request_for, script_file, sha1, source_map
from tests.support.core import NOON, World

KEY = ScriptKey(None, "/static/app.js", "shop@1", None)
ALL = (ArtifactBundle, ArtifactBundleProject, ArtifactContent, ArtifactFile, ArtifactChunk)


def forget(world: World) -> None:
    """Lets the job run until it finds nothing."""
    (job,) = [job for job in JOBS if job.name == "forget source maps"]
    while job.run(world.core):
        pass


def releases(world: World) -> list[str | None]:
    return [row.release for row in world.core.artifact_keeping.listed(world.project.id)]


def other(name: str) -> bytes:
    return bundle([(map_file(), source_map(name))])


def test_uploads_are_listed_newest_first_with_all_that_is_known(world: World) -> None:
    files = [(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(debug_id=DEBUG_ID), source_map())]
    assert_uploaded(world.core, bundle(files), world.project, release="shop@1", dist="7")
    world.clock.pass_by(minutes=1)
    assert_uploaded(world.core, other("x"), world.project)
    new, old = world.core.artifact_keeping.listed(world.project.id)
    assert (new.release, new.dist, new.files, new.debug_ids) == (None, None, 1, 0)
    assert (old.release, old.dist, old.files, old.debug_ids, old.uploaded_at, old.last_used_at) == ("shop@1", "7", 2, 1, NOON, None)
    assert 0 < new.size < old.size < 1000
    assert world.core.artifact_keeping.listed(world.project.id, "shop@1") == [old]


def test_an_upload_that_no_event_uses_goes_after_a_while_and_its_contents_a_day_later(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    world.clock.pass_by(days=89, hours=23)
    forget(world)
    assert count(world.core, *ALL) == [1, 1, 2, 2, 0]
    world.clock.pass_by(hours=2)
    forget(world)
    assert count(world.core, *ALL) == [0, 0, 0, 0, 0]


def test_an_upload_that_events_use_stays(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    assert_uploaded(world.core, other("unused"), world.project, release="shop@2")
    world.clock.pass_by(days=60)
    assert world.core.artifacts.source_maps(world.project.id, [KEY])
    world.clock.pass_by(days=60)
    forget(world)
    assert releases(world) == ["shop@1"]
    assert world.core.artifacts.source_maps(world.project.id, [KEY])
    assert count(world.core, ArtifactContent) == [2]


def test_a_content_that_another_upload_has_stays(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project, release="shop@1")
    world.clock.pass_by(days=60)
    assert_uploaded(world.core, bundle(), world.project, release="shop@2")
    world.clock.pass_by(days=60)
    forget(world)
    assert releases(world) == ["shop@2"]
    assert count(world.core, ArtifactContent) == [2]


def test_contents_of_an_upload_that_was_interrupted_go_after_a_day(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project)
    with world.core.database.write() as work:
        work.session.execute(delete(ArtifactBundle))
    world.clock.pass_by(hours=23)
    forget(world)
    assert count(world.core, ArtifactContent) == [2]
    # The same upload begins again; it finds the contents and keeps them.
    assert_uploaded(world.core, bundle(), world.project)
    world.clock.pass_by(hours=23)
    forget(world)
    assert count(world.core, ArtifactContent) == [2]


def test_chunks_go_after_a_day_and_an_hour_after_they_were_used(world: World) -> None:
    world.core.artifact_uploads.add_chunks(world.organization_id, {sha1(b"unused"): b"unused"})
    assert_uploaded(world.core, bundle(), world.project)
    left = []
    for hours in (0.9, 0.2, 22.8, 0.2):
        world.clock.pass_by(hours=hours)
        forget(world)
        left += count(world.core, ArtifactChunk)
    assert left == [2, 1, 1, 0]


def test_one_upload_is_deleted_or_those_of_a_release_or_all(world: World) -> None:
    keeping = world.core.artifact_keeping
    for number in range(5):
        world.clock.pass_by(minutes=1)
        assert_uploaded(world.core, other(f"{number}"), world.project, release=f"shop@{number % 2}")
    newest = keeping.listed(world.project.id)[0]
    assert keeping.delete(world.project.id, bundle_id=newest.id) == 1
    assert releases(world) == ["shop@1", "shop@0", "shop@1", "shop@0"]
    assert keeping.delete(world.project.id, "shop@0") == 2
    assert releases(world) == ["shop@1", "shop@1"]
    assert keeping.delete(world.project.id) == 2
    assert keeping.delete(world.project.id) == 0
    with pytest.raises(UnknownName, match="There is no upload of release shop@9"):
        keeping.delete(world.project.id, "shop@9")
    with pytest.raises(UnknownName, match=f"There is no upload {newest.id}"):
        keeping.delete(world.project.id, bundle_id=newest.id)


def test_a_deleted_upload_is_found_no_more_but_by_the_other_project_that_has_it(world: World) -> None:
    till = world.core.directory.create_project("till", "acme", None)
    assert_uploaded(world.core, bundle(), world.project, till, release="shop@1")
    world.core.artifact_keeping.delete(world.project.id, "shop@1")
    assert not world.core.artifacts.source_maps(world.project.id, [KEY])
    assert world.core.artifacts.source_maps(till.id, [KEY])
    world.core.artifact_keeping.delete(till.id)
    assert count(world.core, ArtifactBundle, ArtifactFile) == [0, 0]
    assert world.core.artifact_uploads.assemble(world.organization_id, request_for(bundle(), till, release="shop@1")) == Assembled()
    assert world.core.artifacts.source_maps(till.id, [KEY]), "its chunks were still there"


def test_p13_nobody_deletes_the_upload_of_another_organization(world: World, other_world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project)
    (row,) = world.core.artifact_keeping.listed(world.project.id)
    with pytest.raises(UnknownName):
        other_world.core.artifact_keeping.delete(other_world.project.id, bundle_id=row.id)
    assert releases(world) == [None]


def test_with_its_project_an_upload_goes_too(world: World) -> None:
    assert_uploaded(world.core, bundle(), world.project)
    with world.core.database.write() as work:
        work.session.execute(delete(Project).where(Project.id == world.project.id))
    forget(world)
    assert count(world.core, ArtifactBundle, ArtifactBundleProject, ArtifactFile) == [0, 0, 0]
    world.clock.pass_by(days=2)
    forget(world)
    assert count(world.core, *ALL) == [0] * 5
