"""Which process is at work on a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def find_writer(run_folder: Path) -> int | None:
    """The process that holds the run's lock. The pid in the file alone could be that of another by now."""
    try:
        lock = os.open(run_folder / "journal.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode(errors="replace").strip()
        return int(holder) if holder.isdigit() else 0
    finally:
        os.close(lock)
    return None
