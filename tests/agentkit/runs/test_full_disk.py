import errno
import sqlite3
from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from agentkit.runs.full_disk import told_as_full


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EFBIG, "File too large"),
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("disk I/O error"),
    ],
)
def test_want_of_room_is_said_so_with_the_way_on(error: Exception) -> None:
    with (
        pytest.raises(RunProblem, match=r"no room left[\s\S]*agentkit resume runs/x"),
        told_as_full(Path("runs/x")),
    ):
        raise error


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "no"), sqlite3.OperationalError("no such table")])
def test_other_faults_pass(error: Exception) -> None:
    with pytest.raises(type(error)), told_as_full(Path("runs/x")):
        raise error
