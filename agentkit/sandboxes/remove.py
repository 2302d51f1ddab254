"""Remove: folders that somebody else has filled, however deep they are and whatever their modes say."""

from __future__ import annotations

import contextlib
import os
import stat
import uuid
from pathlib import Path


def discard(folder: Path) -> None:
    """`remove` for what is of no use any more: what cannot be removed stays, and nobody minds."""
    with contextlib.suppress(OSError):
        remove(folder)


def remove(path: Path) -> None:
    """A file, a link itself, or a folder with all that is in it; fine if there is nothing.

    Folders are emptied level by level, their own folders moved up first: a path longer than the kernel
    takes cannot be named, and `shutil.rmtree` (until Python 3.13) goes one call deeper a level.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    open_up(path)
    moved = f"removing-{uuid.uuid4().hex}"
    count = 0
    while entries := list_entries(path):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                Path(entry.path).unlink()
                continue
            open_up(Path(entry.path))
            for inner in list_entries(Path(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    open_up(Path(inner.path))  # moving a folder changes what `..` is in it
                    count += 1
                    Path(inner.path).rename(path / f"{moved}-{count}")
                else:
                    Path(inner.path).unlink()
            Path(entry.path).rmdir()
    path.rmdir()


def list_entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def open_up(folder: Path) -> None:
    """Let its owner change what is in it."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(mode | stat.S_IRWXU)
