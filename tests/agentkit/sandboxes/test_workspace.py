from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes import workspace as workspace_module
from agentkit.sandboxes.manifest import Entry, Manifest
from agentkit.sandboxes.remove import open_up, remove
from agentkit.sandboxes.workspace import SnapshotWorkspace, lay_out, not_kept

State = dict[str, tuple[str, int, bytes]]


def state_of(folder: Path) -> State:
    """Everything below a folder: kind, mode, content. Written apart from the code under test."""
    found: State = {}
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place, name)
            mode = stat.S_IMODE(path.lstat().st_mode)
            key = str(path.relative_to(folder))
            if path.is_symlink():
                found[key] = ("link", 0, os.fsencode(path.readlink()))
            elif path.is_dir():
                found[key] = ("folder", mode, b"")
            else:
                found[key] = ("file", mode, path.read_bytes())
    return found


NAMES = st.sampled_from(["a", "b", "c", "d.py", "e f", "ü", "\N{SNOWMAN}", "\udcff", "new\nline"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
LEAVES = st.tuples(st.just("file"), st.sampled_from([0o644, 0o755, 0o600, 0o444]), st.binary(max_size=20)) | (
    st.tuples(st.just("link"), st.just(0), st.sampled_from([b"a", b"../x", b"/etc/passwd", b"nowhere"]))
    | st.tuples(st.just("folder"), st.sampled_from([0o755, 0o700, 0o500]), st.just(b""))
)
TREES = st.dictionaries(PATHS, LEAVES, max_size=12)


def plant(folder: Path, tree: State) -> None:
    """Make a tree; a path below something that is no folder is left out."""
    later = []
    for path, (kind, mode, content) in sorted(tree.items()):
        place = folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError:  # below a file, or through links in a circle
            continue
        if (
            not place.parent.resolve().is_relative_to(folder.resolve())
            or place.is_symlink()
            or place.exists()
        ):
            continue
        if kind == "file":
            place.write_bytes(content)
            place.chmod(mode)
        elif kind == "link":
            place.symlink_to(os.fsdecode(content))
        else:
            place.mkdir()
            later.append((place, mode))
    for place, mode in later:
        place.chmod(mode)


@settings(deadline=None, max_examples=60)
@given(TREES, TREES)
def test_a_restore_is_exact_from_whatever_is_there(first: State, second: State) -> None:
    with tempfile.TemporaryDirectory() as root:
        blobs = Blobs(Path(root, "blobs"))
        one, two = Path(root, "one"), Path(root, "two")
        one.mkdir()
        two.mkdir()
        plant(one, first)
        plant(two, second)
        wanted, other = state_of(one), state_of(two)
        digest = SnapshotWorkspace(one, blobs).snapshot()
        workspace = SnapshotWorkspace(two, blobs)
        back = workspace.snapshot()
        workspace.restore(digest)
        assert state_of(two) == wanted
        assert workspace.snapshot() == digest
        workspace.restore(back)
        assert state_of(two) == other
        lay_out(blobs, digest, Path(root, "fresh"))
        assert state_of(Path(root, "fresh")) == wanted
        for name in ("one", "two", "fresh"):
            open_up(Path(root))
            remove(Path(root, name))  # its folders may be without the permission to be emptied


@pytest.fixture
def workspace(tmp_path: Path) -> SnapshotWorkspace:
    (tmp_path / "work").mkdir()
    return SnapshotWorkspace(tmp_path / "work", Blobs(tmp_path / "blobs"))


def test_equal_states_have_equal_names(workspace: SnapshotWorkspace) -> None:
    file = workspace.folder / "a"
    file.write_text("1")
    first = workspace.snapshot()
    file.write_text("2")
    second = workspace.snapshot()
    file.write_text("1")
    assert workspace.snapshot() == first != second


def test_a_change_that_keeps_size_and_mtime_is_seen(workspace: SnapshotWorkspace) -> None:
    file = workspace.folder / "a"
    file.write_text("one")
    before = file.stat()
    time.sleep(0.05)
    first = workspace.snapshot()
    for text in ("two", "six"):
        file.write_text(text)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert (new := workspace.snapshot()) != first
        first = new
    # Written anew within one tick of the clock, too.
    for n in range(200):
        file.write_text(f"{n:03}")
        workspace.snapshot()
        file.write_text(f"{n + 500:03}")
        seen = Manifest.load(workspace._blobs, workspace.snapshot()).entries["a"].content
        assert workspace._blobs.get(seen) == f"{n + 500:03}".encode()


def test_caches_are_ignored_and_do_not_outlive_a_restore(workspace: SnapshotWorkspace) -> None:
    folder = workspace.folder
    (folder / "a.py").write_text("x = 1\n")
    clean = workspace.snapshot()
    for name in ("__pycache__", ".git"):
        (folder / name).mkdir()
        (folder / name / "stale").write_text("x")
    assert workspace.snapshot() == clean
    workspace.restore(clean)
    assert [path.name for path in folder.iterdir()] == ["a.py"]


def test_globs_of_the_caller(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "sub/deep").mkdir(parents=True)
    for name in ("keep.py", "model.pt", "sub/other.pt", "sub/deep/x", "sub/keep"):
        (work / name).touch()
    workspace = SnapshotWorkspace(work, Blobs(tmp_path / "blobs"), ignore=("*.pt", "sub/deep"))
    kept = Manifest.load(workspace._blobs, workspace.snapshot()).entries
    assert set(kept) == {"keep.py", "sub", "sub/keep"}


def test_large_and_special_files_are_left_out_with_a_note(
    workspace: SnapshotWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_module, "FILE_BYTES", 1000)
    (workspace.folder / "big").write_bytes(b"x" * 1001)
    (workspace.folder / "fits").write_bytes(b"x" * 1000)
    os.mkfifo(workspace.folder / "pipe")
    digest = workspace.snapshot()
    assert set(workspace.skipped) == {"big", "pipe"}
    assert "larger than" in workspace.skipped["big"]
    manifest = Manifest.load(workspace._blobs, digest)
    assert set(manifest.entries) == {"fits"}
    assert set(manifest.skipped) == {"big", "pipe"}
    workspace.restore(digest)
    assert [path.name for path in workspace.folder.iterdir()] == ["fits"]


def test_a_link_out_of_the_workspace_is_kept_as_a_link(workspace: SnapshotWorkspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (workspace.folder / "way").symlink_to(outside)
    digest = workspace.snapshot()
    assert set(Manifest.load(workspace._blobs, digest).entries) == {"way"}
    # A folder that was swapped for a link to elsewhere is not written through.
    (workspace.folder / "way").unlink()
    (workspace.folder / "way").mkdir()
    (workspace.folder / "way/secret").write_text("ours")
    inside = workspace.snapshot()
    workspace.restore(digest)
    workspace.restore(inside)
    assert (outside / "secret").read_text() == "secret"
    assert (workspace.folder / "way/secret").read_text() == "ours"


def test_a_hard_link_to_the_outside_is_cut_not_written(workspace: SnapshotWorkspace, tmp_path: Path) -> None:
    file = workspace.folder / "a"
    file.write_text("ours")
    digest = workspace.snapshot()
    (tmp_path / "outside").write_text("theirs")
    (tmp_path / "outside").chmod(0o600)
    file.unlink()
    file.hardlink_to(tmp_path / "outside")
    workspace.restore(digest)
    assert file.read_text() == "ours"
    assert (tmp_path / "outside").read_text() == "theirs"
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == 0o600


def test_a_path_outside_is_refused_before_anything_is_touched(
    workspace: SnapshotWorkspace, tmp_path: Path
) -> None:
    (workspace.folder / "a").write_text("x")
    content = workspace._blobs.put(b"evil")
    bad = Manifest({"../escaped": Entry("file", 0o644, content)}).save(workspace._blobs)
    with pytest.raises(RunProblem, match="not inside"):
        workspace.restore(bad)
    assert not (tmp_path / "escaped").exists()
    assert (workspace.folder / "a").read_text() == "x"


def test_a_lost_blob_is_said(workspace: SnapshotWorkspace) -> None:
    (workspace.folder / "a").write_text("x")
    digest = workspace.snapshot()
    content = Manifest.load(workspace._blobs, digest).entries["a"].content
    workspace._blobs.path(content).unlink()
    (workspace.folder / "a").write_text("y")
    with pytest.raises(RunProblem, match="content of a is missing"):
        workspace.restore(digest)


def test_a_damaged_blob_is_never_restored(workspace: SnapshotWorkspace) -> None:
    (workspace.folder / "a").write_text("x")
    digest = workspace.snapshot()
    content = Manifest.load(workspace._blobs, digest).entries["a"].content
    workspace._blobs.path(content).write_text("z")
    (workspace.folder / "a").unlink()
    with pytest.raises(RunProblem, match="content of a is damaged"):
        workspace.restore(digest)
    assert not (workspace.folder / "a").exists()


def test_what_is_left_out_is_said_by_name(workspace: SnapshotWorkspace) -> None:
    assert not_kept({}) == ""
    os.mkfifo(workspace.folder / "pi\npe")
    workspace.snapshot()
    assert not_kept(workspace.skipped).endswith("files: pi\\npe (not a regular file).")
    assert not_kept({str(n): "big" for n in range(9)}).endswith("4 (big) and 4 more.")


def test_set_user_id_is_not_kept(workspace: SnapshotWorkspace) -> None:
    file = workspace.folder / "a"
    file.touch()
    file.chmod(0o4755)
    workspace.restore(workspace.snapshot())
    assert stat.S_IMODE(file.stat().st_mode) == 0o755


@pytest.mark.real
def test_the_cost_follows_what_changed(workspace: SnapshotWorkspace) -> None:
    for n in range(2000):
        path = workspace.folder / f"d{n % 40}" / f"f{n}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"value = {n}\n" * 100)
    time.sleep(0.05)
    start = workspace.snapshot()
    took: dict[str, list[float]] = {"snapshot": [], "restore": []}
    for turn in range(5):
        for n in range(5):
            (workspace.folder / "d7" / f"f{7 + 40 * n}.py").write_text(f"turn = {turn}\n")
        time.sleep(0.05)
        for name, work in (("snapshot", workspace.snapshot), ("restore", lambda: workspace.restore(start))):
            began = time.process_time()
            work()
            took[name].append(time.process_time() - began)
    # CPU time, because others use this machine too. Of all 2,000 it is ten times that.
    assert min(took["snapshot"]) < 0.05
    assert min(took["restore"]) < 0.075
