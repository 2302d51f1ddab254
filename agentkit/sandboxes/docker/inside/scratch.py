"""Scratch: what a command can write besides its folder and mounts, and what the next one must find empty."""

from __future__ import annotations

import os
import signal
import time

from agentkit.sandboxes.docker.inside.become import become_user
from agentkit.sandboxes.docker.inside.meter import read

CLEAN_SECONDS = 5.0
FOLDERS = ("/tmp", "/dev/shm", "/dev/mqueue")
IPC = ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg")


def contents() -> dict[str, set[str]]:
    """As they are before the first command: places for mounts."""
    return {folder: names_in(folder) for folder in FOLDERS if os.access(folder, os.R_OK)}


def names_in(folder: str | int) -> set[str]:
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries}


def tidy(kept: dict[str, set[str]], user: int, group: int) -> bool:
    """Remove what the command left in memory-backed folders; False: not all of it went."""
    if any(read(path).count("\n") > 1 for path in IPC):
        return False
    if not leftovers(kept):
        return True
    # Its owner can do it; this process may not enter what another user closed.
    pid = os.fork()
    if pid == 0:
        try:
            become_user(user, group)
            for folder, name in leftovers(kept):
                remove(name, os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        finally:
            os._exit(0)
    until = time.monotonic() + CLEAN_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.0005)
    return not leftovers(kept)


def leftovers(kept: dict[str, set[str]]) -> list[tuple[str, str]]:
    return [(folder, name) for folder, names in kept.items() for name in names_in(folder) - names]


def remove(name: str, folder: int) -> None:
    """A file or a whole folder, without ever following a link."""
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        os.chmod(name, 0o700, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        for each in names_in(inner):
            remove(each, inner)
        os.close(inner)
        os.rmdir(name, dir_fd=folder)
