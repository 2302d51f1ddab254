"""What a folder takes on disk."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from agentkit.sandboxes import disk
from agentkit.sandboxes.disk import DiskWatch, deleted, taken


def test_blocks_count_and_each_file_once(tmp_path: Path) -> None:
    before = taken(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/full").write_bytes(b"x" * 1_000_000)
    os.link(tmp_path / "a/full", tmp_path / "again")
    (tmp_path / "link").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    assert 1_000_000 <= taken(tmp_path) - before < 1_100_000
    assert taken(tmp_path / "nowhere") == 0


def test_folders_that_are_too_deep_for_a_path_hide_nothing(tmp_path: Path) -> None:
    words = "for n in $(seq 30); do mkdir $0 && cd $0; done; head -c 1000000 /dev/zero > x"
    subprocess.run(["sh", "-c", words, "d" * 200], cwd=tmp_path, check=True)
    assert 1_000_000 <= taken(tmp_path) < 1_500_000
    # pytest itself cannot remove it.
    subprocess.run(["rm", "-rf", str(tmp_path / ("d" * 200))], check=True)


def test_files_without_a_name_are_found_by_who_holds_them(tmp_path: Path) -> None:
    with (tmp_path / "gone").open("wb") as file:
        file.write(b"x" * 1_000_000)
        file.flush()
        (tmp_path / "gone").unlink()
        assert deleted([os.getpid()])[tmp_path.stat().st_dev] >= 1_000_000
    assert deleted([2**22 + 1]) == {}


def test_it_walks_when_the_file_system_has_shrunk_enough(tmp_path: Path) -> None:
    watch = DiskWatch([tmp_path], limit=40_000_000)
    assert not watch.due(), "so soon"
    (tmp_path / "large").write_bytes(b"x" * 50_000_000)
    os.sync()
    time.sleep(disk.SHORTEST_PAUSE)
    assert watch.due()
    assert watch.walk([])
    assert watch.growth >= 50_000_000
    (tmp_path / "large").unlink()
    assert not watch.walk([])
