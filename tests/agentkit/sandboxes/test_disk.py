"""What a folder takes on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from agentkit.sandboxes import disk
from agentkit.sandboxes.disk import DiskWatch, deleted, taken


def test_blocks_count_and_each_file_once(tmp_path: Path) -> None:
    before = taken(tmp_path, set())
    (tmp_path / "a").mkdir()
    (tmp_path / "a/full").write_bytes(b"x" * 1_000_000)
    os.link(tmp_path / "a/full", tmp_path / "again")
    (tmp_path / "link").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    assert 1_000_000 <= taken(tmp_path, set()) - before < 1_100_000
    assert taken(tmp_path / "nowhere", set()) == 0


def test_folders_that_are_too_deep_for_a_path_hide_nothing(tmp_path: Path) -> None:
    words = "for n in $(seq 30); do mkdir $0 && cd $0; done; head -c 1000000 /dev/zero > x"
    subprocess.run(["sh", "-c", words, "d" * 200], cwd=tmp_path, check=True)
    assert 1_000_000 <= taken(tmp_path, set()) < 1_500_000
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


MAPPED = """
import mmap, os, sys
file = os.open("gone", os.O_RDWR | os.O_CREAT)
os.ftruncate(file, 1_000_000)
held = mmap.mmap(file, 1_000_000)
held[:] = b"x" * 1_000_000
held.flush()
os.unlink("gone")
os.closerange(3, 100)
print("up", flush=True)
sys.stdin.read()
"""
OWN_TABLE = """
import ctypes, os, sys, threading
CLONE_FILES = 0x400
def hold():
    assert ctypes.CDLL(None).unshare(CLONE_FILES) == 0
    file = os.open("gone", os.O_RDWR | os.O_CREAT)
    os.write(file, b"x" * 1_000_000)
    os.fsync(file)
    os.unlink("gone")
    print("up", flush=True)
    sys.stdin.read()
threading.Thread(target=hold).start()
"""


@pytest.mark.parametrize("program", [MAPPED, OWN_TABLE])
def test_files_without_a_name_are_found_wherever_a_process_holds_them(tmp_path: Path, program: str) -> None:
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe) as process:
        assert process.stdout and process.stdout.readline() == b"up\n"
        assert deleted([process.pid])[tmp_path.stat().st_dev] >= 1_000_000
        process.communicate()


def test_what_is_hidden_in_a_closed_folder_counts_as_what_the_file_system_lost() -> None:
    """Nobody but root can look into a folder that its owner has closed, and its owner can still write."""
    with tempfile.TemporaryDirectory(prefix="agentkit-") as place:
        os.chmod(place, 0o777)  # noqa: PTH101
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setresuid(4321, 4321, 4321)
                code = grow_in_a_closed_folder(Path(place, "closed"))
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def grow_in_a_closed_folder(folder: Path) -> int:
    """0 if it is noticed."""
    folder.mkdir()
    (folder / "before").mkdir(mode=0)
    watch = DiskWatch([folder], limit=4_000_000)
    if watch.walk([]):
        return 2
    (folder / "inner").mkdir()
    with (folder / "inner/large").open("wb") as file:
        (folder / "inner").chmod(0)
        file.write(b"x" * 64_000_000)
        file.flush()
        os.fsync(file.fileno())
        over = watch.walk([])
    for name in ("inner", "before"):
        (folder / name).chmod(0o777)
    folder.chmod(0o777)
    return 0 if over else 3
