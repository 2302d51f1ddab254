"""Disk: how much a command has added to a folder, looked at so seldom that it costs next to nothing.

A walk counts blocks, so a sparse file costs what it takes, and adds files that are deleted but still
open or mapped in one of the command's processes. Between walks only the file system's free space is asked:
while it has not shrunk enough for the limit to be in reach, there is no need to walk.

A folder that was closed to us meanwhile (a command may do so to its own, and unless we are root) cannot be
counted; from then on all that its file system has lost is taken for the command's.
"""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from agentkit.sandboxes.process_tree import PROC, numbered

BLOCK = 512
LONGEST_PAUSE = 5.0
"""Seconds between walks at most: other programs that free space could hide what this one takes."""
SHARE = 0.02
"""Of the time that walks may take, once one is slow."""
SHORTEST_PAUSE = 0.05
NEAR = 0.25
"""Part of what is left under the limit that may be taken before the next walk."""


class DiskWatch:
    """What has come to each of several folders since it was made."""

    def __init__(self, folders: Sequence[Path], limit: int) -> None:
        self.limit = limit
        self.growth = 0
        """Bytes that came to the folder that grew most, at the last walk."""
        self._folders = tuple(folders)
        self._closed: set[str] = set()
        self._before = {folder: taken(folder, self._closed) for folder in self._folders}
        self._free_before = self._free = self._free_now()
        self._walking: asyncio.Future[bool] | None = None
        self._walked = time.monotonic()
        self._cost = 0.0

    def over(self, pids: Callable[[], Iterable[int]]) -> bool:
        """What the last walk found. The next one goes on in a thread: deadlines do not wait for it."""
        if self._walking is None:
            if self.due():
                self._walking = asyncio.get_running_loop().run_in_executor(None, self.walk, list(pids()))
        elif self._walking.done():
            found, self._walking = self._walking.result(), None
            return found
        return False

    def due(self) -> bool:
        """Whether a walk is worth its while now."""
        now = time.monotonic()
        passed = now - self._walked
        if passed < max(SHORTEST_PAUSE, self._cost / SHARE if self._cost > 0.05 else 0.0):
            return False
        room = max(0, self.limit - self.growth)
        shrunk = max(before - free for before, free in zip(self._free, self._free_now(), strict=True))
        return shrunk > NEAR * room or passed > LONGEST_PAUSE

    def walk(self, pids: Iterable[int]) -> bool:
        """Count again; whether it is over. Safe in a thread, one at a time."""
        began = time.monotonic()
        free = self._free_now()
        open_only = deleted(pids)
        closed: set[str] = set()
        grown = [
            taken(folder, closed) - before + open_only.get(device_of(folder), 0)
            for folder, before in self._before.items()
        ]
        if closed - self._closed:
            grown += [before - now for before, now in zip(self._free_before, free, strict=True)]
        self.growth = max([0, *grown])
        self._free = free
        self._walked = time.monotonic()
        self._cost = self._walked - began
        return self.growth > self.limit

    def _free_now(self) -> list[int]:
        return [free_bytes(folder) for folder in self._folders]


def taken(folder: Path, closed: set[str]) -> int:
    """Bytes on disk below a folder; a file with several names counts once. Links are not followed.

    What we may not look at is added to `closed`.
    """
    total = 0
    seen: set[int] = set()
    waiting = [str(folder)]
    while waiting:
        place = waiting.pop()
        try:
            entries = os.scandir(place)
        except PermissionError:
            closed.add(place)
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return taken_deep(folder, closed)
            continue
        with entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                except PermissionError:
                    closed.add(entry.path)
                    continue
                except OSError:
                    continue
                if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                    if status.st_ino in seen:
                        continue
                    seen.add(status.st_ino)
                total += status.st_blocks * BLOCK
    return total


def taken_deep(folder: Path, closed: set[str]) -> int:
    """The same where folders are deeper than a path can say; `du` goes down step by step."""
    done = subprocess.run(
        ["du", "--summarize", "--block-size=1", "--", str(folder)],
        capture_output=True,
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    if b"Permission denied" in done.stderr:
        closed.add(f"{folder}/…")
    words = done.stdout.split()
    return int(words[0]) if words else 0


def deleted(pids: Iterable[int]) -> dict[int, int]:
    """Bytes of files without a name that processes hold open or mapped, by device."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        for place in held(pid):
            try:
                status = os.stat(place)  # noqa: PTH116
            except OSError:
                continue
            if status.st_nlink == 0 and status.st_blocks:
                found[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
        for device, inode, size in mapped(pid):
            found.setdefault((device, inode), size)
    totals: dict[int, int] = {}
    for (device, _), size in found.items():
        totals[device] = totals.get(device, 0) + size
    return totals


def held(pid: int) -> Iterator[str]:
    """Its descriptors, as places in /proc. Those of each thread: one can have a table of its own."""
    for thread in numbered(PROC / str(pid) / "task"):
        folder = f"/proc/{pid}/task/{thread}/fd"
        try:
            yield from (f"{folder}/{name}" for name in os.listdir(folder))  # noqa: PTH208 - a folder of links
        except OSError:
            continue


def mapped(pid: int) -> Iterator[tuple[int, int, int]]:
    """Device, inode and bytes of files without a name in its memory; holes count where only root may look."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        if not line.endswith(b" (deleted)"):
            continue
        span, _, offset, device, inode = line.decode(errors="replace").split()[:5]
        begin, end = (int(each, 16) for each in span.split("-"))
        try:
            status = os.stat(f"/proc/{pid}/map_files/{begin:x}-{end:x}")  # noqa: PTH116
            yield status.st_dev, status.st_ino, status.st_blocks * BLOCK
        except OSError:
            major, minor = (int(each, 16) for each in device.split(":"))
            yield os.makedev(major, minor), int(inode), int(offset, 16) + end - begin


def device_of(folder: Path) -> int:
    try:
        return folder.stat().st_dev
    except OSError:
        return -1


def free_bytes(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bfree * status.f_frsize
