from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentkit.errors import AgentkitError
from agentkit.sandboxes.docker.ownership import hand_over, refuse_unreadable, user_for
from agentkit.sandboxes.remove import remove

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def test_nothing_runs_as_root(tmp_path: Path) -> None:
    user, group = user_for(tmp_path)
    assert user == (os.getuid() or 1000)
    assert group == (os.getgid() or 1000)


@as_root
def test_the_owner_of_the_folder_is_who_runs_in_it(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 1234)
    assert user_for(tmp_path) == (4321, 1234)


@as_root
def test_what_is_roots_is_handed_over_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/file").touch()
    (folder / "others").touch()
    os.chown(folder / "others", 4321, 1234)
    (folder / "link").symlink_to(outside)
    hand_over(folder, 1000, 1000)
    owners = {path.name: path.lstat().st_uid for path in (folder, *folder.rglob("*"))}
    assert owners == {"folder": 1000, "deep": 1000, "file": 1000, "others": 4321, "link": 1000}
    assert outside.stat().st_uid == (outside / "file").stat().st_uid == 0


def test_a_mount_that_the_user_cannot_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    refuse_unreadable(tmp_path, 4321, 4321)
    tmp_path.chmod(0o700)
    with pytest.raises(AgentkitError, match="chmod -R o\\+rX"):
        refuse_unreadable(tmp_path, 4321, 4321)
    refuse_unreadable(tmp_path, os.getuid(), os.getgid())


@as_root
def test_a_nest_of_folders_is_handed_over_however_deep_it_is(tmp_path: Path) -> None:
    nest = tmp_path
    for _ in range(1100):
        nest /= "d"
        nest.mkdir()
    (tmp_path / "others").touch()
    os.chown(tmp_path / "others", 4321, 1234)
    try:
        hand_over(tmp_path, 1000, 1000)
        assert (nest.stat().st_uid, nest.stat().st_gid) == (1000, 1000)
        assert (tmp_path / "others").stat().st_uid == 4321
    finally:
        remove(tmp_path / "d")  # pytest itself cannot
