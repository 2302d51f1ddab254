"""Forwarder inside: from ports of the loopback to Unix sockets that were mounted in. Run as a script,
with `-I -S`: `forwarder.py PORT=SOCKET … -- program argv…`.

It starts the program, forwards until that ends, and exits as it did. Standard library only, because
inside a sandbox there may be nothing else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading

PIECE = 64 * 1024


def listen(pair: str) -> tuple[socket.socket, str]:
    port, _, path = pair.partition("=")
    return socket.create_server(("127.0.0.1", int(port)), backlog=128), path


def accept(server: socket.socket, path: str) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            continue
        outward = socket.socket(socket.AF_UNIX)
        try:
            outward.connect(path)
        except OSError:
            client.close()
            outward.close()
            continue
        for source, target in ((client, outward), (outward, client)):
            threading.Thread(target=copy, args=(source, target), daemon=True).start()


def copy(source: socket.socket, target: socket.socket) -> None:
    """One way; each thread closes what it wrote to for writing, and the last one drops both."""
    with contextlib.suppress(OSError):
        while data := source.recv(PIECE):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def start(argv: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        # Its own session, so that `kill 0` of the program does not hit the forwarder.
        os.setsid()
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    os._exit(127)


def main() -> None:
    split = sys.argv.index("--")
    servers = [listen(pair) for pair in sys.argv[1:split]]
    program = start(sys.argv[split + 1 :])
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    for server, path in servers:
        threading.Thread(target=accept, args=(server, path), daemon=True).start()
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == program:
            break
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
