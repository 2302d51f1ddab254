from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentkit.sandboxes.docker.inside.scratch import leftovers, remove, tidy


def fill(folder: Path) -> None:
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/file").write_text("x")
    (folder / "link").symlink_to(folder.parent / "outside")
    os.mkfifo(folder / "pipe")
    (folder / "a/b").chmod(0)


def test_a_tree_goes_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").touch()
    fill(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    for name in ("a", "link", "pipe"):
        remove(name, descriptor)
    os.close(descriptor)
    assert list(folder.iterdir()) == []
    assert (tmp_path / "outside/kept").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_tidying_is_done_as_the_user_and_says_what_stays(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    for each in (tmp_path, *tmp_path.parents):
        if each.name.startswith(("test_", "popen-", "pytest-")):  # else the other user cannot get here
            each.chmod(0o755)
    folder.chmod(0o1777)
    (folder / "mount").mkdir()
    kept = {str(folder): {"mount"}}
    assert tidy(kept, 1000, 1000)
    (folder / "theirs").touch()
    os.chown(folder / "theirs", 1000, 1000)
    assert tidy(kept, 1000, 1000)
    (folder / "roots").touch()
    assert not tidy(kept, 1000, 1000)
    assert leftovers(kept) == [(str(folder), "roots")]
