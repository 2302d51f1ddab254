"""Control groups: made for real where they are permitted; their places are read from the kernel's texts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Limits
from agentkit.sandboxes.cgroup import CommandGroup, Parents, find_parents, group_parents, sweep


@pytest.fixture
def parents() -> Parents:
    found = group_parents()
    if found is None:
        pytest.skip("control groups are not permitted here")
    return found


@pytest.fixture
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sh", "-c", "read _; (sleep 30 &) ; sleep 30"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def folders_of(group: CommandGroup) -> list[Path]:
    return list(dict.fromkeys(group._folders.values()))


def test_a_process_and_its_children_are_counted_and_no_more_may_come(
    parents: Parents, waiting: subprocess.Popen[bytes]
) -> None:
    group = CommandGroup.make(parents, Limits(memory_bytes=2**28, processes=50, cpu_cores=0.5))
    try:
        group.add(waiting.pid)
        assert group.pids() == [waiting.pid]
        group.forbid_forks()
        assert waiting.stdin
        waiting.stdin.write(b"\n")
        waiting.stdin.close()
        # The shell cannot start what comes next.
        assert waiting.wait(30) != 0
        assert group.fork_refusals() >= 1
        assert group.memory_kills() == 0
    finally:
        group.remove()
    assert not any(folder.exists() for folder in folders_of(group))


def test_a_group_that_a_dead_harness_left_is_removed_and_one_in_use_is_not(
    parents: Parents, waiting: subprocess.Popen[bytes]
) -> None:
    used = CommandGroup.make(parents, Limits())
    used.add(waiting.pid)
    left = CommandGroup.make(parents, Limits())
    long_ago = time.time() - 1000
    try:
        for folder in [*folders_of(used), *folders_of(left)]:
            os.utime(folder, (long_ago, long_ago))
        for folder in parents.folders.values():
            sweep(folder)
        assert all(folder.exists() for folder in folders_of(used))
        assert not any(folder.exists() for folder in folders_of(left))
    finally:
        waiting.kill()
        waiting.wait()
        used.remove()


def mounted(*lines: str) -> list[str]:
    return [
        f"30 20 0:1 / {place} rw shared:1 - {kind} {kind} {options}"
        for place, kind, options in map(str.split, lines)
    ]


def test_version_two_is_taken_where_a_group_above_passes_its_controllers_on(tmp_path: Path) -> None:
    slice_ = tmp_path / "user.slice/app.slice"
    own = slice_ / "agentkit.scope"
    own.mkdir(parents=True)
    for folder, passed_on in ((tmp_path, "cpu memory pids"), (slice_, "memory pids"), (own, "")):
        (folder / "cgroup.subtree_control").write_text(passed_on)
        (folder / "cgroup.procs").touch()
    mounts = mounted(f"{tmp_path} cgroup2 rw")
    found = find_parents(["0::/user.slice/app.slice/agentkit.scope"], mounts)
    assert found == Parents(2, {"memory": slice_, "pids": slice_})


def test_the_limits_of_version_two_are_written_in_its_words(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    folder.mkdir()
    (folder / "memory.swap.max").touch()
    group = CommandGroup(Parents(2, {}), {"memory": folder, "pids": folder, "cpu": folder})
    group._set(Limits(memory_bytes=1000, processes=5, cpu_cores=1.5))
    said = {path.name: path.read_text() for path in folder.iterdir()}
    assert said == {
        "memory.max": "1000",
        "memory.swap.max": "0",
        "pids.max": "5",
        "cpu.max": "150000 100000",
    }
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    assert group.memory_kills() == 2


def test_version_one_needs_memory_and_pids(tmp_path: Path) -> None:
    for name in ("memory/ours", "pids"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "cgroup.procs").touch()
    own = ["4:memory:/ours", "8:pids:/", "1:cpu,cpuacct:/", "0::/"]
    both = mounted(f"{tmp_path}/memory cgroup rw,memory", f"{tmp_path}/pids cgroup rw,pids")
    assert find_parents(own, both) == Parents(
        1, {"memory": tmp_path / "memory/ours", "pids": tmp_path / "pids"}
    )
    assert find_parents(own, both[:1]) is None
    assert find_parents([], []) is None
