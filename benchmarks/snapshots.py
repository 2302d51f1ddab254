"""What it costs to keep, restore and fork a workspace; beside `cp -a`, a shadow git repository and,
where this user may mount one, an overlay whose upper layer is what changed.

2,000 files with 5 changed are what issue trees of agents look like: limits of 50 ms each for a snapshot and
a restore are checked. Then fork time (an empty folder filled from a snapshot) against the size of the
workspace, and snapshot and restore against how much changed. Medians of wall time, and of CPU time beside
them: where CPU is much less, others used the machine meanwhile.

    python -m benchmarks.snapshots [--repeats 9]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.workspace import SnapshotWorkspace, lay_out

LIMIT = 0.050
FILES, CHANGED = 2000, 5
LINES = 100
"""Of each file: about 1.5 kB, as source files are."""


def plant(folder: Path, files: int) -> None:
    for number in range(files):
        path = place_of(folder, number, files)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"value = {number}\n" * LINES)


def place_of(folder: Path, number: int, files: int) -> Path:
    return folder / f"d{number % max(1, files // 50)}" / f"f{number}.py"


def change(folder: Path, files: int, changed: int, turn: int) -> None:
    for number in range(changed):
        place_of(folder, number * (files // changed), files).write_text(f"turn = {turn} {number}\n" * LINES)


@dataclass
class Timed:
    """Wall and CPU seconds of a step, over the repeats; CPU time of child processes counts."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def time(self, step: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), cpu_seconds()
        step()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(cpu_seconds() - cpu)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    def __str__(self) -> str:
        cpu = statistics.median(self.cpu)
        return f"{1000 * self.median:8.1f} ({1000 * min(self.wall):.1f}; {1000 * cpu:.1f})"


def cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@dataclass
class Ways:
    """One workspace and the ways to keep it, in a folder of its own."""

    root: Path
    files: int

    def __post_init__(self) -> None:
        self.work = self.root / "work"
        plant(self.work, self.files)
        self.blobs = Blobs(self.root / "blobs")
        self.workspace = SnapshotWorkspace(self.work, self.blobs)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_DIR": str(self.root / "shadow"),
            "GIT_WORK_TREE": str(self.work),
            **{f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.git("init", "--quiet")
        self.git("config", "gc.auto", "0")
        self.start = self.workspace.snapshot()
        self.commit()
        self.first = self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], env=self.environment, cwd=self.work, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")

    def reset(self) -> None:
        self.git("reset", "--quiet", "--hard", self.first)
        self.git("clean", "--quiet", "--force", "-d", "-x")

    def fork(self, number: int) -> None:
        lay_out(self.blobs, self.start, self.root / f"fork-{number}")

    def copy(self, number: int) -> None:
        subprocess.run(["cp", "-a", str(self.work), str(self.root / f"copy-{number}")], check=True)

    def worktree(self, number: int) -> None:
        place = self.root / f"tree-{number}"
        place.mkdir()
        self.git("--work-tree", str(place), "checkout", "--quiet", "--force", self.first, "--", ".")


class Overlay:
    """A workspace whose changes are a layer of files: kept by a copy, undone by mounting without it."""

    def __init__(self, root: Path, lower: Path) -> None:
        self.lower, self.merged = lower, root / "merged"
        self.upper, self.kept, self.work = root / "upper", root / "kept", root / "overlay-work"
        self.merged.mkdir()
        self.upper.mkdir()
        self.work.mkdir()

    def mount(self) -> bool:
        """False: not allowed here."""
        layers = f"lowerdir={self.lower},upperdir={self.upper},workdir={self.work}"
        command = ["mount", "-t", "overlay", "overlay", "-o", layers, str(self.merged)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def unmount(self) -> None:
        subprocess.run(["umount", str(self.merged)], check=True)

    def keep(self) -> None:
        shutil.rmtree(self.kept, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.upper), str(self.kept)], check=True)

    def back(self) -> None:
        """Nobody may have the folder open: a sandbox that holds it has to be ended first."""
        self.unmount()
        for each in (self.upper, self.work):
            shutil.rmtree(each)
            each.mkdir()
        assert self.mount()


def measure_overlay(root: Path, files: int, changed: int, repeats: int) -> dict[str, Timed]:
    """Empty where no overlay can be mounted."""
    overlay = Overlay(root, root / "work")
    if not overlay.mount():
        return {}
    found = {name: Timed() for name in ("overlay keep", "overlay back")}
    try:
        for turn in range(repeats):
            change(overlay.merged, files, changed, turn)
            found["overlay keep"].time(overlay.keep)
            found["overlay back"].time(overlay.back)
    finally:
        overlay.unmount()
    return found


def measure_changes(root: Path, files: int, changed: int, repeats: int) -> dict[str, Timed]:
    """Snapshot and restore of both kinds, each turn with other contents."""
    ways = Ways(root, files)
    found = {name: Timed() for name in ("snapshot", "restore", "git commit", "git reset")}
    for turn in range(repeats):
        # What is younger than a tick of the file system's clock is read again, whoever looks.
        for keep, back, words in (
            (ways.workspace.snapshot, lambda: ways.workspace.restore(ways.start), ("snapshot", "restore")),
            (ways.commit, ways.reset, ("git commit", "git reset")),
        ):
            change(ways.work, files, changed, turn)
            time.sleep(0.05)
            found[words[0]].time(keep)
            found[words[1]].time(back)
            time.sleep(0.05)
    return found | measure_overlay(root, files, changed, repeats)


def measure_forks(root: Path, files: int, repeats: int) -> dict[str, Timed]:
    ways = Ways(root, files)
    found = {name: Timed() for name in ("fork", "cp -a", "git checkout")}
    for turn in range(repeats):
        for name, step in (("fork", ways.fork), ("cp -a", ways.copy), ("git checkout", ways.worktree)):
            found[name].time(lambda step=step, turn=turn: step(turn))  # type: ignore[misc]
        for kind in ("fork", "copy", "tree"):
            shutil.rmtree(root / f"{kind}-{turn}")
    return found


def table(title: str, rows: dict[str, dict[str, Timed]]) -> None:
    names = list(next(iter(rows.values())))
    print(f"\n{title}: median wall ms (fastest; median CPU)")
    print(f"{'':22}" + "".join(f"{name:>26}" for name in names))
    for label, row in rows.items():
        print(f"{label:22}" + "".join(f"{row[name]!s:>26}" for name in names))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    repeats: int = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        changes, forks = {}, {}
        for changed in (1, CHANGED, 50, 500):
            place = root / f"changed-{changed}"
            place.mkdir()
            label = f"{changed} of {FILES:,} changed"
            changes[label] = measure_changes(place, FILES, changed, repeats)
        for files in (200, FILES, 8000):
            place = root / f"files-{files}"
            place.mkdir()
            forks[f"{files:,} files"] = measure_forks(place, files, max(3, repeats // 3))
        table("keep and go back, against what changed", changes)
        table("fork, against the size of the workspace", forks)
    asked = changes[f"{CHANGED} of {FILES:,} changed"]
    faults = [
        f"{each}: {1000 * asked[each].median:.0f} ms is more than {1000 * LIMIT:.0f} ms"
        for each in ("snapshot", "restore")
        if asked[each].median > LIMIT
    ]
    print("\n" + ("\n".join(faults) or "snapshot and restore are within their limits"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
