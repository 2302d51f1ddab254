from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentkit.sandboxes.remove import discard, remove


def test_everything_goes_and_links_are_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    (folder / "a" / "out").symlink_to(kept)
    os.mkfifo(folder / "a" / "pipe")
    remove(folder)
    assert not folder.exists()
    assert (kept / "file").read_text() == "x"


def test_a_folder_deeper_than_a_path_can_say(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("level", dir_fd=here)
        inner = os.open("level", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    remove(folder)
    assert not folder.exists()


def test_folders_that_are_closed_to_their_owner(tmp_path: Path) -> None:
    inner = tmp_path / "folder" / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0)
    inner.parent.chmod(0o500)
    remove(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove(tmp_path / "gone")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    remove(tmp_path / "link")
    assert not (tmp_path / "link").is_symlink()


def test_discard_minds_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        remove(Path("/proc/self"))
    discard(Path("/proc/self"))
    discard(tmp_path / "gone")
