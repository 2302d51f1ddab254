from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from agentkit.sandboxes.docker.inside.become import become

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def output_of(order: dict[str, object]) -> tuple[str, int]:
    """What a command says on both of its outputs, and its exit code."""
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        ours.close()
        become(theirs, 1000, 1001)
    with theirs, ours:
        socket.send_fds(ours, [json.dumps(order).encode()], [writing])
    os.close(writing)
    with os.fdopen(reading) as stream:
        said = stream.read()
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def order(*argv: str, **words: object) -> dict[str, object]:
    variables = {"PATH": "/usr/bin:/bin", "TASK": "here"}
    rest = {"memory": None, "file": None, "channel": False, "folder": "/"}
    return {"argv": list(argv), "variables": variables, **rest, **words}


def test_it_is_another_user_without_power() -> None:
    said, code = output_of(order("sh", "-c", "id -u; id -G; grep CapEff /proc/self/status; env | grep TASK"))
    assert code == 0
    assert said.split() == ["1000", "1001", "CapEff:", "0" * 16, "TASK=here"]


def test_limits_are_set_and_nothing_else_is_open() -> None:
    said, _ = output_of(order("sh", "-c", "ulimit -f; ulimit -c; ls /proc/self/fd", file=5120))
    assert said.split() == ["10", "0", "0", "1", "2", "3"]


def test_what_cannot_be_run_says_so(tmp_path: Path) -> None:
    assert output_of(order("no-such-program")) == ("no-such-program: No such file or directory\n", 127)
    tmp_path.chmod(0o700)
    assert output_of(order("true", folder=str(tmp_path)))[1] == 126
