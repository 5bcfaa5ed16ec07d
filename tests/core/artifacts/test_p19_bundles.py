"""Whatever is sent as a bundle is stored or refused in one sentence, with nothing left of it and at a cost in proportion to its size."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from core.artifacts import bundles
from core.artifacts.bundles import BadBundle, Bundle, map_of
from core.artifacts.chunked import ChunkedFile
from core.artifacts.inline_maps import mentioned_map
from core.artifacts.names import names_of, resolved
from core.db.models import ArtifactBundle, ArtifactContent, ArtifactFile
from tests.support.artifacts.bundles import DEBUG_ID, SCRIPT, archive, bundle, chunks_of, count, map_file, script_file, source_map, upload_to
from tests.support.core import World
from tests.support.growth import AT_MOST, growth

MIB = 1024 * 1024
MANIFEST = json.dumps({"files": {}}).encode()


def opened(upload: bytes) -> Bundle:
    pieces = chunks_of(upload)
    return Bundle(ChunkedFile([len(piece) for piece in pieces], pieces.__getitem__))


def read_whole(upload: bytes) -> None:
    found = opened(upload)
    for file in found.files:
        found.content(file)


def refusal(upload: bytes) -> str:
    with pytest.raises(BadBundle) as refused:
        read_whole(upload)
    sentence = str(refused.value)
    assert sentence.endswith(" Nothing of the upload was stored.")
    return sentence.removesuffix(" Nothing of the upload was stored.")


def manifest(files: object) -> bytes:
    return archive([("manifest.json", json.dumps({"files": files}).encode())])


def encrypted() -> bytes:
    """The flag that says so, in each entry of the directory."""
    return _patched(bundle(), b"PK\x01\x02", 8, lambda flags: flags | 1)


def of_another_method() -> bytes:
    return _patched(bundle(), b"PK\x01\x02", 10, lambda _: 12)


def _patched(upload: bytes, mark: bytes, offset: int, change: Callable[[int], int]) -> bytes:
    changed, at = bytearray(upload), upload.find(mark)
    while at >= 0:
        (value,) = struct.unpack_from("<H", changed, at + offset)
        struct.pack_into("<H", changed, at + offset, change(value))
        at = upload.find(mark, at + 4)
    return bytes(changed)


def claiming(size: int) -> bytes:
    """A bundle whose map says in the directory that it has another size."""
    upload = bytearray(bundle([(map_file(), source_map())]))
    struct.pack_into("<I", upload, upload.find(b"PK\x01\x02") + 24, size)
    return bytes(upload)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return archive([("manifest.json", MANIFEST), ("a", b"1"), ("a", b"2")])


REFUSED: list[tuple[Callable[[], bytes], str]] = [
    (lambda: b"", "The upload is not a zip archive that can be read."),
    (lambda: b"PK\x05\x06", "The upload is not a zip archive that can be read."),
    (lambda: SCRIPT * 1000, "The upload is not a zip archive that can be read."),
    (lambda: bundle()[:-30], "The upload is not a zip archive that can be read."),
    (lambda: archive([("a.js", b"1")]), "The bundle has no manifest.json."),
    (lambda: archive([("manifest.json", b"\xff{")]), "The manifest of the bundle is not JSON with an object of files."),
    (lambda: archive([("manifest.json", b"[" * 100_000)]), "The manifest of the bundle is not JSON with an object of files."),
    (lambda: archive([("manifest.json", b'{"files": []}')]), "The manifest of the bundle is not JSON with an object of files."),
    (lambda: manifest({"a": 1}), "The manifest of the bundle says of a file what is no object."),
    (lambda: manifest({"a": map_file()}), "The manifest of the bundle names a file that the bundle does not have."),
    (lambda: manifest({f"{number}": {} for number in range(20_001)}), "The manifest of the bundle names more than 20,000 files."),
    (lambda: manifest({"a": [1] * 1_000_000}), "The manifest of the bundle has too many values."),
    (lambda: archive([("manifest.json", b" " * 9 * MIB)]), "The bundle unpacks to more than 200 times its size."),
    (lambda: archive([("manifest.json", MANIFEST), ("a", bytes(60 * MIB))]), "The bundle unpacks to more than 200 times its size."),
    (lambda: claiming(2**31), "A file of the bundle is larger than 64 MiB."),
    (lambda: claiming(60 * MIB), "The bundle unpacks to more than 200 times its size."),
    (lambda: claiming(5), "The upload is not a zip archive that can be read."),
    (lambda: claiming(6 * MIB), "A file of the bundle has another size than the bundle says."),
    (encrypted, "The bundle is encrypted."),
    (of_another_method, "The bundle is compressed by another method than deflate."),
    (twice, "The bundle has two entries of the same name."),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=[f"{number} {sentence[:40]}" for number, (_, sentence) in enumerate(REFUSED)])
def test_what_is_no_bundle_is_refused_in_one_sentence(make: Callable[[], bytes], sentence: str) -> None:
    assert refusal(make()) == sentence


@pytest.mark.parametrize("url", ["", "~/a\nb", "~/a%00b", "~/" + "x" * 500, "\ud800"])
def test_a_name_that_cannot_be_stored_is_refused(url: str) -> None:
    sentence = "A file of the bundle has no name, or one that is not printable or longer than 500 characters."
    assert refusal(bundle([(map_file(url), b"{}")])) == sentence


def test_an_archive_with_more_entries_than_it_may_have_is_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_FILES", 50)
    assert refusal(archive([(f"{number}", b"") for number in range(52)])) == "The bundle has more than 50 files."
    long_names = archive([(f"{number:08}{'x' * 60_000}", b"") for number in range(80)])
    assert refusal(long_names) == "The directory of the bundle is too large; a bundle has at most 50 files."


def test_a_directory_that_claims_to_be_huge_is_not_read() -> None:
    """Also where a second end record for large archives, before the usual one, says so."""
    upload = bytearray(bundle())
    end = upload.rfind(b"PK\x05\x06")
    huge = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, 2**40, 8)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    assert refusal(bytes(upload[:end]) + huge + locator + bytes(upload[end:])) == "The upload is not a zip archive that can be read."
    padding = bytes(6 * MIB)
    claimed = bytearray(padding + upload)
    struct.pack_into("<I", claimed, claimed.rfind(b"PK\x05\x06") + 12, 5 * MIB)
    assert "too large" in refusal(bytes(claimed))


def test_total_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_UNPACKED_BYTES", 1000)
    assert refusal(bundle([(map_file(), bytes(1100))])) == "The bundle unpacks to more than 0 MiB."


def test_entries_that_share_their_bytes_unpack_to_no_more_than_they_say() -> None:
    """Many entries of the directory point at the same kernel: a bomb without nesting."""
    upload = bundle([(map_file(), bytes(5 * MIB))])
    start, end = upload.find(b"PK\x01\x02"), upload.rfind(b"PK\x05\x06")
    (name_size,) = struct.unpack_from("<H", upload, start + 28)
    entry = upload[start : start + 46 + name_size]
    copies = [bytearray(entry) for _ in range(100)]
    for number, copy in enumerate(copies):
        copy[46:] = f"{number:0{name_size}}".encode()
    directory = b"".join(map(bytes, copies)) + upload[start:end]
    closing = bytearray(upload[end:])
    struct.pack_into("<HHI", closing, 8, 102, 102, len(directory))
    assert refusal(upload[:start] + directory + bytes(closing)) == "The bundle unpacks to more than 200 times its size."


def test_names_are_data_and_lead_nowhere(world: World) -> None:
    entries = ["../../../etc/passwd", "/etc/passwd", "C:\\windows\\system32", "a/../../b"]
    files = {entry: map_file(f"~/{number}.map") for number, entry in enumerate(entries)}
    upload = archive([*((entry, source_map(entry)) for entry in entries), ("manifest.json", json.dumps({"files": files}).encode())])
    assert upload_to(world.core, upload, world.project).problem is None
    with world.core.database.read() as work:
        names = work.session.scalars(select(ArtifactFile.url).order_by(ArtifactFile.id)).all()
    assert names == ["~/0.map", "~/1.map", "~/2.map", "~/3.map"]


def test_an_archive_in_an_archive_is_a_file_like_any_other(world: World) -> None:
    nested = bundle([(map_file(), bundle())])
    assert upload_to(world.core, nested, world.project).problem is None
    assert count(world.core, ArtifactContent) == [1]


def test_files_that_are_neither_scripts_nor_maps_are_passed_over() -> None:
    kinds = ["source", "indexed_ram_bundle", "x" * 1000, None, 7, ["source_map"]]
    files = [({"type": kind, "url": "~/src/app.ts"}, b"1") for kind in kinds] + [(script_file(), SCRIPT)]
    assert [file.url for file in opened(bundle(files)).files] == ["~/static/app.js"]


def test_old_clients_call_scripts_and_maps_sources() -> None:
    files = [({"type": "source", "url": f"~/{name}"}, b"1") for name in ("a.js", "a.js.map", "b.MJS?v=1", "c.css", "d.bundle")]
    assert [(file.url, file.is_map) for file in opened(bundle(files)).files] == [
        ("~/a.js", False),
        ("~/a.js.map", True),
        ("~/b.MJS", False),
        ("~/d.bundle", False),
    ]


@pytest.mark.parametrize("headers", [None, [], "debug-id", {"debug-id": 7}, {"DEBUG-ID": "no"}, {"Sourcemap": {"a": 1}}, {"": None}])
def test_headers_that_make_no_sense_are_as_if_absent(headers: object) -> None:
    (file,) = opened(bundle([({"type": "minified_source", "url": "~/a.js", "headers": headers}, b"1")])).files
    assert (file.debug_id, file.reference) == (None, None)


def test_a_bad_bundle_leaves_nothing_even_where_its_last_file_is_bad(world: World) -> None:
    good = [(map_file(f"~/{number}.map"), source_map(f"{number}") + bytes(MIB)) for number in range(20)]
    upload = bytearray(bundle([*good, (map_file("~/last.map"), b"x" * 100)]))
    at = upload.find(b"PK\x03\x04", upload.find(b"_/_/20") - 40)
    upload[at + 14] ^= 0xFF  # its checksum
    problem = upload_to(world.core, bytes(upload), world.project).problem
    if problem is None:  # the directory has the checksum that counts
        at = upload.find(b"PK\x01\x02", upload.rfind(b"_/_/20") - 50)
        upload[at + 16] ^= 0xFF
        problem = upload_to(world.core, bytes(upload), world.project).problem
    assert problem is not None
    assert not world.core.artifacts.has_any(world.project.id)


def test_a_damaged_bundle_is_read_or_refused() -> None:
    whole, chance = bundle([(script_file(debug_id=DEBUG_ID), SCRIPT), (map_file(), source_map())]), random.Random(7)
    refused = 0
    for _ in range(500):
        upload = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            # The directory is at the end, and the most fragile.
            upload[chance.randrange(chance.choice([0, len(upload) - 400]), len(upload))] = chance.randrange(256)
        try:
            read_whole(bytes(upload))
        except BadBundle:
            refused += 1
    assert 100 < refused < 500


@pytest.mark.slow
@pytest.mark.parametrize("end", [b"", b"\n", b" ", b"*/", b"\r\n//# debugId=1"])
def test_reading_the_comment_of_a_script_takes_time_in_proportion(end: bytes) -> None:
    def read(size: int) -> None:
        mentioned_map(None, b"//# sourceMappingURL=" * (size // 21) + end)
        mentioned_map(None, b"//# sourceMappingURL=data:application/json;base64," + b"%" * size + end)

    assert growth(read, 500_000, 1_000_000) < AT_MOST


def test_names_of_full_length_take_time_in_proportion() -> None:
    def read(size: int) -> None:
        for part in ("a://", "%41", "../", "?", "~/", "[", "."):
            names_of(part * size)
            resolved(f"~/{part * 100}", part * size)

    assert growth(read, 5_000, 10_000) < AT_MOST


@pytest.mark.parametrize("data", [b"data:", b"data:;base64,", b"data:;base64,%%%", b"data:application/json;base64,AAA", "data:,é".encode()])
def test_an_inline_map_that_cannot_be_read_is_no_map_or_is_stored_as_it_is(data: bytes) -> None:
    (file,) = opened(bundle([(script_file(), b"1")])).files
    name, inline = map_of(file, b"1\n//# sourceMappingURL=" + data)
    assert (name is None) == (inline is None)


def test_an_archive_of_zip_and_nothing_else_is_stored_in_no_file() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("manifest.json", MANIFEST)
    assert opened(packed.getvalue()).files == []


def test_an_empty_bundle_is_stored_and_finds_nothing(world: World) -> None:
    assert upload_to(world.core, manifest({}), world.project).problem is None
    with world.core.database.read() as work:
        assert work.session.scalar(select(func.count()).select_from(ArtifactBundle)) == 1
