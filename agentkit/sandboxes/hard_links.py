"""Hard links: other names of masked files, which would show what the masks hide.

From inside none can be made: a masked file is another file there. They come from outside, such as from
a package manager that links its cache into an environment. Nothing is walked unless a masked file has
a second name; then the folders that do not change under a command are walked once in a process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from agentkit.sandboxes.mount_plan import Bind

File = tuple[int, int]
"""Device and inode."""


def other_names(masks: Iterable[Path], binds: Sequence[Bind]) -> list[Path]:
    """Host paths below the binds that are masked files under another name."""
    known: set[Path] = set()
    wanted: set[File] = set()
    for mask in masks:
        for path, file in multiply_named(mask):
            known.add(path)
            wanted.add(file)
    if not wanted:
        return []
    found: dict[Path, None] = {}
    for bind in binds:
        source = bind.source.resolve()
        look = walk if bind.writable else walk_once
        for path, file in look(source):
            if file in wanted and path not in known:
                found[path] = None
    return list(found)


def multiply_named(mask: Path) -> Sequence[tuple[Path, File]]:
    """The file, or those below the folder, that have more than one name."""
    try:
        status = mask.stat()
    except OSError:
        return ()
    if stat.S_ISDIR(status.st_mode):
        return walk_once(mask.resolve())
    if status.st_nlink == 1:
        return ()
    return ((mask.resolve(), (status.st_dev, status.st_ino)),)


@lru_cache(maxsize=256)
def walk_once(folder: Path) -> tuple[tuple[Path, File], ...]:
    return walk(folder)


def walk(folder: Path) -> tuple[tuple[Path, File], ...]:
    """Plain files below a folder, or the file itself, that have more than one name."""
    return tuple(multiple(folder))


def multiple(folder: Path) -> Iterator[tuple[Path, File]]:
    if folder.is_file():
        status = folder.stat()
        if status.st_nlink > 1:
            yield folder, (status.st_dev, status.st_ino)
        return
    waiting = [str(folder)]
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        if status.st_nlink > 1:
                            yield Path(entry.path), (status.st_dev, status.st_ino)
                except OSError:
                    continue
