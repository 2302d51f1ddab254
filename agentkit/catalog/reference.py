"""Reading a task reference: a name, or a path to a place below some kit's tasks folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A task's benchmark and name in the kit at `root`."""

    root: Path
    benchmark: str
    task: str


def split_name(reference: str) -> tuple[str, str]:
    """`tasks/speedrun/record12` and `speedrun/record12` to ("speedrun", "record12"); a part may be empty."""
    parts = parts_of(reference)
    if parts[:1] == ["tasks"]:
        parts = parts[1:]
    return (parts[0] if parts else "", "/".join(parts[1:]))


def is_path(reference: str) -> bool:
    """Whether it can only be meant as a path."""
    return reference.startswith(("~", ".", "/")) or Path(reference).is_absolute()


def places(reference: str) -> Iterator[Place]:
    """What a path may mean, innermost `tasks` folder first. Nothing has to exist but that folder."""
    path = Path(os.path.normpath(Path.cwd() / Path(reference).expanduser()))
    parts = [path.anchor, *parts_of(str(path.relative_to(path.anchor)))]
    for index in range(len(parts) - 2, 0, -1):
        root = Path(*parts[:index])
        if parts[index] == "tasks" and (root / "tasks" / parts[index + 1]).is_dir():
            yield Place(root, parts[index + 1], "/".join(parts[index + 2 :]))


def parts_of(reference: str) -> list[str]:
    """Split at slashes; a task may also be named by the task.toml in its folder."""
    parts = [part for part in reference.replace(os.sep, "/").split("/") if part not in ("", ".")]
    return parts[:-1] if parts[-1:] == ["task.toml"] else parts
