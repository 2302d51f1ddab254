from __future__ import annotations

import fcntl
import os
from pathlib import Path

from agentkit.runs.writer import find_writer


def test_the_writer_of_a_run_is_known_while_it_holds_the_lock(tmp_path: Path) -> None:
    assert find_writer(tmp_path) is None
    lock = os.open(tmp_path / "journal.lock", os.O_RDWR | os.O_CREAT)
    os.write(lock, f"{os.getpid()}\n".encode())
    assert find_writer(tmp_path) is None, "a file that nobody has locked is a leftover"
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert find_writer(tmp_path) == os.getpid()
    os.close(lock)
    assert find_writer(tmp_path) is None
