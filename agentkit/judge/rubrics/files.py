"""Rubrics as files: found in a folder, and refused where they cannot be one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.errors import BadFile

NAMES = ("rubric.toml", "rubric.md", "rubric.json")
"""Looked for in a folder, the first wins."""
LARGEST = 64 * 1024 * 1024
"""Bytes; the largest published rubric has 2.4 million."""
POINTER = "version https://git-lfs.github.com/spec/v1"


class NoRubric(BadFile):
    """A folder that should hold a rubric has none."""

    code = "no-rubric"

    def __init__(self, folder: Path) -> None:
        names = sorted(each.name for each in folder.iterdir())
        found = ", ".join(names[:10]) + (" …" if len(names) > 10 else "") if names else "an empty folder"
        super().__init__(
            folder,
            "",
            f"a rubric: {' or '.join(NAMES)}",
            f"{self.code}: {found}",
            "Next: name a rubric's file instead of the folder",
        )
        self.message = f"{folder} has no rubric."


def rubric_file(path: Path) -> Path:
    """The path itself, or the rubric in the folder that it names."""
    if not path.is_dir():
        return path
    for name in NAMES:
        if (path / name).is_file():
            return path / name
    raise NoRubric(path)


def read_text(path: Path) -> str:
    """UTF-8, as it is in the file. Raises BadFile for what cannot be a rubric."""
    expected = "a rubric in TOML, Markdown or JSON"
    try:
        # Not before the size is known: a rubric is small, whatever else was named by mistake.
        size = path.stat().st_size
        if size > LARGEST:
            raise BadFile(path, "", f"{expected} of at most {LARGEST} bytes", f"{size} bytes")
        text = path.read_bytes().decode("utf-8")
    except OSError as problem:
        raise BadFile(path, "", expected, problem.strerror or str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise BadFile(path, "", "UTF-8 text", str(problem)) from problem
    if text.startswith(POINTER):
        found = "a Git LFS pointer, which stands for a file that was not fetched"
        raise BadFile(path, "", expected, found, "Next: git lfs pull")
    if not text.strip("\ufeff \t\r\n"):
        raise BadFile(path, "", expected, "an empty file")
    return text


def load_json(text: str, path: object) -> Any:
    """The tree of a rubric, taken out of what is around it in the output of a grader."""
    return load_graded(text, path)[1]


def load_graded(text: str, path: object) -> tuple[Mapping[str, Any], Any]:
    """What stands around the graded tree, and the tree. Without anything around it, it is all of the file."""
    try:
        loaded = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise BadFile(path, "", "JSON", str(problem)) from problem
    if isinstance(loaded, dict) and "graded_task_tree" in loaded:
        tree = loaded.pop("graded_task_tree")
        return loaded, tree
    return {}, loaded


def quoted(found: object) -> str:
    """For the `Found:` line of an error: not longer than a line."""
    text = "nothing" if found is None else repr(found)
    return text if len(text) <= 100 else text[:99] + "…"
