from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.manifest import Entry, Manifest, check_paths, read_bytes

FILE = Entry("file", 0o644, "0" * 64)


def test_equal_content_has_an_equal_name_whatever_the_order(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    one, two = {"a": FILE, "b": Entry("folder", 0o755)}, {"b": Entry("folder", 0o755), "a": FILE}
    assert Manifest(one).save(blobs) == Manifest(two).save(blobs)
    assert Manifest({"a": Entry("file", 0o755, "0" * 64)}).save(blobs) != Manifest({"a": FILE}).save(blobs)


@pytest.mark.parametrize("name", ["plain", "with blank", "ümläut", "new\nline", "\udcff\udc80", "quote\"'\\"])
def test_any_file_name_comes_through(tmp_path: Path, name: str) -> None:
    blobs = Blobs(tmp_path)
    made = Manifest({name: FILE, "link": Entry("link", 0, name)}, {"big": "larger"})
    assert Manifest.load(blobs, made.save(blobs)) == made


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../../x", "..", ".", "", "a//b", "a/", "./a", "nul\0"]
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folders = {"a": Entry("folder", 0o755), "a/..": Entry("folder", 0o755)}
    blobs = Blobs(tmp_path)
    digest = Manifest({**folders, path: FILE}).save(blobs)
    with pytest.raises(RunProblem):
        Manifest.load(blobs, digest)


def test_a_path_through_a_link_is_refused() -> None:
    with pytest.raises(RunProblem, match="not a folder"):
        check_paths({"out": Entry("link", 0, "/etc"), "out/passwd": FILE})
    with pytest.raises(RunProblem, match="not a folder"):
        check_paths({"missing/x": FILE})


@given(st.text(max_size=20))
def test_whatever_is_accepted_stays_inside(path: str) -> None:
    root = Path("/folder/of/it")
    try:
        check_paths({path: FILE})
    except RunProblem:
        return
    assert (root / path).is_relative_to(root)
    assert ".." not in (root / path).parts


@pytest.mark.parametrize(
    "entry", [Entry("file", 0o4755, "0" * 64), Entry("file", 0o644, "../../x"), Entry("device", 0o644)]  # type: ignore[arg-type]
)  # fmt: skip
def test_strange_entries_are_refused(entry: Entry) -> None:
    with pytest.raises(RunProblem):
        check_paths({"a": entry})


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"entries":{"a":1},"version":1,"skipped":{}}', b"\xff"]
)
def test_what_is_no_manifest_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    blobs = Blobs(tmp_path)
    with pytest.raises(RunProblem, match="not a snapshot"):
        Manifest.load(blobs, blobs.put(data))


def test_a_snapshot_that_is_not_there_or_newer(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with pytest.raises(RunProblem, match="There is no snapshot"):
        Manifest.load(blobs, "0" * 64)
    newer = json.dumps({"version": 2, "entries": {}, "skipped": {}}).encode()
    with pytest.raises(RunProblem, match="version 2"):
        Manifest.load(blobs, blobs.put(newer))


def test_reading_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    assert read_bytes(tmp_path / "file") == b"x"
    with pytest.raises(OSError, match="link"):
        read_bytes(tmp_path / "link")
