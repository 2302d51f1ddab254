"""A full disk: the one fault of a machine that a run must expect, said as what it is."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit.errors import RunProblem

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@contextmanager
def told_as_full(folder: Path) -> Iterator[None]:
    """Turn what the system or SQLite raises for want of room into a RunProblem; all else passes."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if not is_full(error):
            raise
        raise RunProblem(
            f"There is no room left to write: {error}.",
            "Nothing that was recorded is lost; the run stops here.",
            f"Next: make room, then `agentkit resume {folder}`.",
        ) from error


def is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    # SQLite gives a file-size limit or a failing disk the same words.
    return any(words in str(error) for words in ("disk I/O error", "disk is full"))
