"""Where in a TOML file a value stands: `tomllib` gives positions for bad syntax only."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Number, from 1, of the line on which the statement begins that gives `path` its first value.

    Found by parsing ever longer beginnings of the file, so strings over several lines cannot mislead
    it. That is quadratic, and meant for the one line of an error message.
    """
    lines = text.splitlines(keepends=True)
    complete = 0  # lines of the longest beginning that is valid TOML without the value
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # cut within a statement
        if holds(document, path):
            return complete + 1
        complete = count
    return None


def holds(document: Any, path: Sequence[str | int]) -> bool:
    """Whether there is a value at `path`: keys of tables, and indices of arrays."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(document, list) or part >= len(document):
                return False
        elif not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def written(path: Sequence[str | int]) -> str:
    """`attempt[2].reply[0].stage`"""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out
