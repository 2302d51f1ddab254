from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.workspace import SnapshotWorkspace


@pytest.fixture
def workspace(tmp_path: Path) -> SnapshotWorkspace:
    (tmp_path / "work").mkdir()
    return SnapshotWorkspace(tmp_path / "work", Blobs(tmp_path / "blobs"))


def test_changed_added_removed(workspace: SnapshotWorkspace) -> None:
    folder = workspace.folder
    (folder / "train.py").write_text("one\ntwo\nthree\n")
    (folder / "old.py").write_text("gone\n")
    before = workspace.snapshot()
    (folder / "train.py").write_text("one\n2\nthree\n")
    (folder / "old.py").unlink()
    (folder / "sub").mkdir()
    (folder / "sub/new.py").write_text("here")
    text = workspace.diff(before, workspace.snapshot())
    assert "--- a/train.py\n+++ b/train.py\n" in text
    assert "\n-two\n+2\n" in text
    assert "--- a/old.py\n+++ /dev/null\n" in text
    assert "--- /dev/null\n+++ b/sub/new.py\n@@ -0,0 +1 @@\n+here\n\\ No newline at end of file\n" in text
    assert workspace.diff(before, before) == ""


def test_patch_can_apply_it(workspace: SnapshotWorkspace, tmp_path: Path) -> None:
    folder = workspace.folder
    (folder / "a.py").write_text("".join(f"line {n}\n" for n in range(50)) + "end")
    before = workspace.snapshot()
    text = (folder / "a.py").read_text()
    changed = text.replace("line 3\n", "line three\n").replace("line 40\n", "") + " of it\n"
    (folder / "a.py").write_text(changed)
    (folder / "b.py").write_text("new\n")
    patch = workspace.diff(before, workspace.snapshot())
    workspace.restore(before)
    applied = subprocess.run(
        ["git", "apply", "--unsafe-paths", "-p1", f"--directory={folder}", "-"],
        input=patch, text=True, capture_output=True, cwd="/", check=False,
    )  # fmt: skip
    assert applied.returncode == 0, applied.stderr
    assert (folder / "a.py").read_text() == changed
    assert (folder / "b.py").read_text() == "new\n"


def test_what_is_not_text_is_named(workspace: SnapshotWorkspace) -> None:
    folder = workspace.folder
    (folder / "model.pt").write_bytes(b"\0\1\2")
    before = workspace.snapshot()
    (folder / "model.pt").write_bytes(b"\0\1\3")
    (folder / "latin").write_bytes(b"\xff")
    (folder / "huge.txt").write_text("x\n" * 600_000)
    assert workspace.diff(before, workspace.snapshot()) == (
        "Binary file huge.txt added\nBinary file latin added\nBinary file model.pt changed\n"
    )


def test_modes_links_and_odd_names(workspace: SnapshotWorkspace) -> None:
    folder = workspace.folder
    (folder / "run.sh").write_text("x\n")
    (folder / "run.sh").chmod(0o644)
    (folder / "link").symlink_to("run.sh")
    before = workspace.snapshot()
    (folder / "run.sh").chmod(0o755)
    (folder / "link").unlink()
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "two\nlines").touch()
    text = workspace.diff(before, workspace.snapshot())
    assert "Mode of run.sh changed from 644 to 755\n" in text
    assert "-link to run.sh\n" in text
    assert "+link to /etc/passwd\n" in text
    assert "+++ b/two\\nlines\n" in text
