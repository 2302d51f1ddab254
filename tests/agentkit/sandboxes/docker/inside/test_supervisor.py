"""The parts that are safe outside of a container; the rest is in the tests of the sandbox."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from agentkit.sandboxes.docker.inside.supervisor import Line, signal_all


def test_it_signals_nobody_outside_of_a_container() -> None:
    assert os.getpid() != 1
    with pytest.raises(RuntimeError, match="first process of a container"):
        signal_all(signal.SIGCONT)


def test_a_line_that_ends_is_none(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(1)
        line = Line(str(tmp_path / "s"))
        other, _ = listener.accept()
        other.sendall(b"\0\0\0\x02{")  # half of a message
        other.close()
        assert line.receive() is None
        line.socket.close()
