"""The forwarder as a script, from a port of the loopback to a Unix socket."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.sandboxes.allow_list import forwarder

SCRIPT = str(forwarder.__file__)


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Path]:
    """A Unix socket that says everything back, once its peer has said all."""
    path = tmp_path / "echo"

    def serve(server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                said = b""
                while data := client.recv(65536):
                    said += data
                client.sendall(said)

    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    yield path
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(pairs: list[str], *argv: str) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-I", "-S", SCRIPT, *pairs, "--", *argv]
    return subprocess.run(words, capture_output=True, check=False, timeout=120)


SPEAK = """
import socket, sys
for port in sys.argv[1:]:
    with socket.create_connection(("127.0.0.1", int(port))) as end:
        end.sendall(b"x" * 3_000_000)
        end.shutdown(socket.SHUT_WR)
        count = 0
        while data := end.recv(65536):
            count += len(data)
        print(count)
"""


def test_everything_goes_both_ways_on_every_port(echo: Path) -> None:
    ports = [str(free_port()), str(free_port())]
    done = start([f"{port}={echo}" for port in ports], sys.executable, "-c", SPEAK, *ports)
    assert (done.returncode, done.stdout) == (0, b"3000000\n3000000\n"), done.stderr


def test_a_socket_that_is_not_there_closes_the_connection(tmp_path: Path) -> None:
    port = str(free_port())
    code = f"import socket; print(socket.create_connection(('127.0.0.1', {port})).recv(1))"
    assert start([f"{port}={tmp_path}/nothing"], sys.executable, "-c", code).stdout == b"b''\n"


def test_it_exits_as_the_program_does() -> None:
    assert start([], "sh", "-c", "exit 7").returncode == 7
    assert start([], "sh", "-c", "kill -9 $$").returncode == 137
    missing = start([], "no-such-program")
    assert missing.returncode == 127
    assert b"no-such-program: No such file" in missing.stderr
