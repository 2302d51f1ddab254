"""Paths: what a model may name in a workspace, and what it may change there."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOG_PREFIX = "log:"
"""`log:shell-0003.log`: the full output of an earlier call, to be read only."""
INSIDE = "/workspace"
"""What a sandbox calls the workspace; a model that has seen it there names it so."""
MOST_LINKS = 40
"""As many as the kernel follows."""
SKIPPED = frozenset({".git", "__pycache__", ".venv", "node_modules", ".mypy_cache", ".ruff_cache"})
"""Folders that no list goes into."""


class Refused(Exception):
    """A request that cannot be carried out; the text is for the model."""


@dataclass(frozen=True)
class Place:
    """A file or folder, there or not, with every symlink followed."""

    path: Path
    name: str
    """As the model names it: relative to the workspace, `.` for the workspace itself."""


def locate(folder: Path, path: str) -> Place:
    """Raises Refused unless it lies in the folder once `..` and symlinks are followed."""
    root = folder.resolve()
    if path == INSIDE or path.startswith(f"{INSIDE}/"):
        path = path.removeprefix(INSIDE).lstrip("/")
    try:
        full = follow(root / path)
        full.lstat()
    except FileNotFoundError:
        pass
    except NotADirectoryError as error:
        raise Refused(f"{path}: a file stands where its folder should be.") from error
    except (OSError, RuntimeError, ValueError) as error:  # a link loop, a NUL, a name too long
        raise Refused(f"{path[:200]!r} is no usable path: {error}.") from error
    if not full.is_relative_to(root):
        raise Refused(
            f"{path} is outside the workspace. "
            "Name a path relative to it, without `..` or links that leave it."
        )
    return Place(full, full.relative_to(root).as_posix())


def follow(path: Path) -> Path:
    """Every symlink followed. OSError or RuntimeError for links that end nowhere.

    One `resolve` is not enough: where it meets a loop it leaves the rest of the path as text, so that
    `loop/../out` becomes the link `out` itself.
    """
    for _ in range(MOST_LINKS):
        further = path.resolve()
        if further == path:
            return path
        path = further
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def locate_readable(folder: Path, logs: Path, path: str) -> Place:
    """Like `locate`; a `log:` name is looked for among the logs."""
    if not path.startswith(LOG_PREFIX):
        return locate(folder, path)
    name = path.removeprefix(LOG_PREFIX)
    full = logs / name
    if "/" in name or name in ("", ".", "..") or "\0" in name or full.is_symlink() or not full.is_file():
        raise Refused(f"There is no log of the name {path}.")
    return Place(full, path)


def require_editable(place: Place, editable: Iterable[str]) -> None:
    """Raises Refused, and says what may be changed."""
    globs = tuple(editable)
    if not matches(place.name, globs):
        raise Refused(
            f"{place.name} may not be changed: the task locks it. "
            f"You may change: {', '.join(globs) or 'nothing'}."
        )


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether any glob fits the whole path. `*` and `?` stay within a folder, `**` crosses folders."""
    return any(glob_pattern(glob).fullmatch(name) for glob in globs)


@cache
def glob_pattern(glob: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    while position < len(glob):
        match = GLOB_TOKEN.match(glob, position)
        token = match[0] if match else glob[position]
        position += len(token)
        if token == "**/":
            parts.append("(?:[^/]+/)*")
        elif token == "**":
            parts.append(".*")
        elif token == "*":
            parts.append("[^/]*")
        elif token == "?":
            parts.append("[^/]")
        elif token.startswith("[") and len(token) > 1:
            negated, inside = token[1] in "!^", token[2:-1] if token[1] in "!^" else token[1:-1]
            # Escaped are the signs that Python's `re` gives, or may come to give, a meaning inside a set.
            inside = re.sub(r"([\[\]\\&~|^])", r"\\\1", inside).replace("--", r"-\-")
            parts.append(f"[{'^/' if negated else ''}{inside}]")
        else:
            parts.append(re.escape(token))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:  # `[z-a]`: taken as it stands
        return re.compile(re.escape(glob))


GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?[^\]/]+\]")


def list_files(place: Place, glob: str = "") -> Iterator[Place]:
    """Regular files below a folder (or the file itself), by name; links are not followed.

    A glob without `/` is matched with the last part of the path, else with the path from `place` on.
    """
    if not place.path.is_dir():
        if not glob or matches(place.path.name, [glob]):
            yield place
        return
    prefix = "" if place.name == "." else f"{place.name}/"
    for inside in sorted(walk(place.path)):
        if not glob or matches(inside if "/" in glob else inside.rpartition("/")[2], [glob]):
            yield Place(place.path / inside, prefix + inside)


def walk(folder: Path) -> Iterator[str]:
    for current, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in files:
            path = Path(current, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path.relative_to(folder).as_posix()
            except OSError:  # gone meanwhile
                continue
