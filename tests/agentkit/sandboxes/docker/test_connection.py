from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.sandboxes.docker.connection import Connection
from agentkit.sandboxes.docker.inside.supervisor import Line

Ends = tuple[Connection, Line]


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    """Ours, and the one that the supervisor has."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(1)
        theirs = Line(str(tmp_path / "s"))
        ours = Connection(listener.accept()[0])
    yield ours, theirs
    ours.close()
    theirs.socket.close()


def test_messages_and_descriptors_arrive_whole(ends: Ends) -> None:
    ours, theirs = ends
    reading, writing = os.pipe()
    long = "x" * 5_000_000  # more than the socket holds
    sending = threading.Thread(target=ours.send, args=({"argv": [long]}, [writing]))
    sending.start()
    received = theirs.receive()
    sending.join()
    os.close(writing)
    assert received is not None
    message, (descriptor,) = received
    assert message == {"argv": [long]}
    os.write(descriptor, b"here")
    os.close(descriptor)
    assert os.read(reading, 10) == b"here"
    os.close(reading)


def test_two_messages_in_one_piece_are_two(ends: Ends) -> None:
    ours, theirs = ends
    ours.send({"a": 1})
    ours.send({"b": 2})
    assert [theirs.receive(), theirs.receive()] == [({"a": 1}, []), ({"b": 2}, [])]
    assert ours.arrived() == []
    theirs.send("started", 7)
    theirs.send("ended", {"code": 0})
    assert ours.wait_for("started", 5.0) == 7
    assert ours.wait_for("ended", 5.0) == {"code": 0}


def test_a_supervisor_that_goes_is_an_end(ends: Ends) -> None:
    ours, theirs = ends
    with pytest.raises(TimeoutError):
        ours.wait_for("started", 0.05)
    theirs.send("failed", "OSError: why")
    with pytest.raises(EOFError, match="OSError: why"):
        ours.wait_for("started", 5.0)
    theirs.socket.close()
    with pytest.raises(EOFError):
        ours.arrived()
    with pytest.raises(EOFError):
        ours.wait_for("started", 5.0)


def test_an_owner_that_goes_is_an_end_inside(ends: Ends) -> None:
    ours, theirs = ends
    ours.close()
    assert theirs.receive() is None


def test_the_peer_is_known(ends: Ends) -> None:
    assert ends[0].peer == os.getpid()
