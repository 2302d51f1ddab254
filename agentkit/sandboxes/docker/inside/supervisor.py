"""The first process of a sandbox's container: starts commands, measures them, and leaves nothing of them.

It takes orders over one socket only, which it connects before the first command exists. It is root, without a
capability but to become another user and to signal one; commands are that other user, so they can
neither signal it, nor trace it, nor open what it holds.

A message is a length (4 bytes, big-endian) and JSON. In: `{"argv": …}` with the descriptors of the
command's ends of its pipes, `{"order": "terminate"}`, `{"order": "kill"}`. Out: `{"ready": …}`,
`{"started": pid}`, `{"ended": …}`. When the socket ends, so does everything here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from typing import Any

from agentkit.sandboxes.docker.inside.become import become, drop_bounding_set
from agentkit.sandboxes.docker.inside.calls import check_library
from agentkit.sandboxes.docker.inside.meter import Meter
from agentkit.sandboxes.docker.inside.scratch import contents, names_in, tidy

SAMPLE_SECONDS = 0.1
GRACE_SECONDS = 0.5
DEATH_SECONDS = 10.0


class Line:
    """The socket to the harness."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self._data = b""
        self._descriptors: list[int] = []

    def send(self, name: str, value: object) -> None:
        data = json.dumps({name: value}).encode()
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def receive(self) -> tuple[dict[str, Any], list[int]] | None:
        """The next message; None: the harness is gone."""
        while True:
            if len(self._data) >= 4:
                end = 4 + struct.unpack(">I", self._data[:4])[0]
                if len(self._data) >= end:
                    message = json.loads(self._data[4:end])
                    descriptors, self._descriptors = self._descriptors, []
                    self._data = self._data[end:]
                    return message, descriptors
            try:
                data, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 20, 8)
            except OSError:
                return None
            self._descriptors += descriptors
            if not data:
                return None
            self._data += data


class Task:
    """One command, from before its start until nothing of it is left.

    Its process is forked ahead of the order, while nobody waits: half of what a start takes.
    """

    def __init__(
        self, line: Line, meter: Meter, kept: dict[str, set[str]], user: int, group: int, calls: bytes
    ) -> None:
        self.line, self.meter, self.kept, self.user, self.group = line, meter, kept, user, group
        self.code: int | None = None
        self.peak = 0
        self.deadline = float("inf")
        """When what was asked to end is made to."""
        self.waited = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.before, self.refused = meter.seconds(), meter.refusals()
        ours, theirs = socket.socketpair()
        self.main = os.fork()
        if self.main == 0:
            ours.close()
            become(theirs, user, group, calls)
        theirs.close()
        self.order = ours

    def run(self, message: dict[str, Any], descriptors: list[int]) -> bool:
        """False: the harness is gone."""
        self.line.send("started", self.main)
        data = json.dumps(message).encode()
        # It may have been killed before it could begin, which its end will tell.
        with self.order, contextlib.suppress(BrokenPipeError):
            sent = socket.send_fds(self.order, [data], descriptors)
            self.order.sendall(data[sent:])
        for each in descriptors:
            os.close(each)
        there = self._watch()
        left = self._end_all()
        ended = self._account() | {
            "left": left,
            "clean": left == 0 and tidy(self.kept, self.user, self.group),
        }
        if there:
            self.line.send("ended", ended)
        return there

    def _account(self) -> dict[str, object]:
        killed, refused = (now - then for now, then in zip(self.meter.refusals(), self.refused, strict=True))
        after = self.meter.seconds()
        if after is None or self.before is None:
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = usage.ru_utime + usage.ru_stime - self.waited.ru_utime - self.waited.ru_stime
        else:
            seconds = after - self.before
        return {
            "code": self.code,
            "seconds": max(0.0, seconds),
            "peak": self.peak,
            "memory_kills": killed,
            "fork_refusals": refused,
        }

    def _watch(self) -> bool:
        """Until the first process has ended or must; False: the harness is gone."""
        poll = select.poll()
        handle = os.pidfd_open(self.main)
        poll.register(handle, select.POLLIN)
        poll.register(self.line.socket, select.POLLIN)
        pause = SAMPLE_SECONDS / 8
        try:
            while True:
                due = min(pause, max(0.0, self.deadline - time.monotonic()))
                ready = {descriptor for descriptor, _ in poll.poll(1000 * due)}
                self._reap()
                if self.code is not None or time.monotonic() >= self.deadline:
                    return True
                if self.line.socket.fileno() in ready and not self._obey():
                    return False
                self.peak = max(self.peak, self.meter.memory())
                if self.meter.refusals()[0] != self.refused[0]:
                    return True  # the kernel ended one process for want of memory; so the others go too
                pause = min(2 * pause, SAMPLE_SECONDS)
        finally:
            os.close(handle)

    def _obey(self) -> bool:
        received = self.line.receive()
        if received is None:
            return False
        order = received[0].get("order")
        if order == "kill":
            self.deadline = 0.0
        elif order == "terminate" and self.deadline == float("inf"):
            self.deadline = time.monotonic() + GRACE_SECONDS
            signal_all(signal.SIGTERM)
            signal_all(signal.SIGCONT)
        return True

    def _reap(self) -> bool:
        """False: there is no child left. Orphans become children of the first process."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self.peak = max(self.peak, usage.ru_maxrss * 1024)
            if pid == self.main:
                self.code = os.waitstatus_to_exitcode(status)

    def _end_all(self) -> int:
        """Kill and wait; returns how many could not be killed."""
        until = time.monotonic() + DEATH_SECONDS
        signal_all(signal.SIGKILL)
        while self._reap():
            if time.monotonic() > until:
                return sum(name.isdigit() for name in names_in("/proc")) - 1
            time.sleep(0.0005)
            signal_all(signal.SIGKILL)
        return 0


def signal_all(number: int) -> None:
    """Everything in this pid namespace but this process; at once, so that no fork slips through."""
    if os.getpid() != 1:
        raise RuntimeError(
            "only the first process of a container may do this: anywhere else it hits everybody"
        )
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, number)


def main() -> None:
    line = Line(sys.argv[1])
    try:
        serve(line)
    except Exception as error:  # noqa: BLE001 - the last thing this process can do is to say it
        line.send("failed", f"{type(error).__name__}: {error}")


def serve(line: Line) -> None:
    user, group, calls = int(sys.argv[2]), int(sys.argv[3]), base64.b64decode(sys.argv[4])
    if calls:
        check_library()
    drop_bounding_set()
    kept = contents()
    meter = Meter()
    line.send("ready", {"counted": meter.seconds() is not None})
    while True:
        task = Task(line, meter, kept, user, group, calls)
        received = line.receive()
        while received and "argv" not in received[0]:
            received = line.receive()  # an order to end what has ended by itself
        if not received or not task.run(*received):
            return
