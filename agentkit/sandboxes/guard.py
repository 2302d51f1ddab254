"""Guard: the parent of a command in the `local` sandbox. Run as a script: `guard.py PARENT argv…`.

Orphans of the command become its children (a "child subreaper"), so a double fork does not get away:
when the command ends, or agentkit does, all that is left is killed and waited for. It uses the
standard library only and runs in its own interpreter, with `-I -S`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36


def descendants(root: int) -> list[int]:
    """Living and dead processes below `root`."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_bytes()
            except OSError:
                continue
            children[int(stat[stat.rindex(b")") + 2 :].split()[1])].append(int(entry.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        fresh = children[waiting.pop()]
        found += fresh
        waiting += fresh
    return found


def kill_all() -> None:
    """Until no child is left; new ones that are started meanwhile are met on the next round."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.002)


def on_terminate(number: int, frame: FrameType | None) -> None:
    kill_all()
    os._exit(128 + number)


def start(argv: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        # Its own session, so that `kill 0` of the command does not hit the guard.
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execv(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    os._exit(127)


def main() -> None:
    import ctypes

    control = ctypes.CDLL(None).prctl
    control(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, on_terminate)
    control(SET_PARENT_DEATH_SIGNAL, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):
        return  # agentkit died before the line above
    command = start(sys.argv[2:])
    os.close(0)
    os.close(1)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == command:
            break
    kill_all()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
