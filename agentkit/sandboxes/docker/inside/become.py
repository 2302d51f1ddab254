"""Become: from a fork of the supervisor to the command, by way of the user that it runs as."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import socket
from typing import NoReturn

from agentkit.sandboxes.docker.inside.calls import give_up

DROP_FROM_BOUNDING_SET, LAST_CAPABILITY = 24, 63


def become(orders: socket.socket, user: int, group: int, calls: bytes = b"") -> NoReturn:
    """In the child: be that user, wait for the order, and be the command. Does not return.

    `calls`: the filter of system calls; empty: none but docker's own.
    """
    name = "the sandbox"
    try:
        os.setsid()
        os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"500")
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.umask(0o022)
        become_user(user, group)
        data, descriptors, _, _ = socket.recv_fds(orders, 1 << 20, 8)
        while part := orders.recv(1 << 20):
            data += part
        if not data:
            os._exit(0)
        order = json.loads(data)
        name = order["argv"][0]
        source, sink, errors = (
            descriptors if order["channel"] else [os.open("/dev/null", 0), *descriptors * 2]
        )
        # Copies above the places, so that none is overwritten before it is put there.
        for place, descriptor in enumerate([os.dup(os.dup(os.dup(each))) for each in (source, sink, errors)]):
            os.dup2(descriptor, place)
        os.closerange(3, 256)
        for kind, limit in ((resource.RLIMIT_DATA, order["memory"]), (resource.RLIMIT_FSIZE, order["file"])):
            if limit is not None:
                resource.setrlimit(kind, (limit, limit))
        os.chdir(order["folder"])
        if calls:
            give_up(calls)
        os.execvpe(name, order["argv"], order["variables"])
    except OSError as error:
        os.write(2, f"{name}: {error.strerror}\n".encode())
        os._exit(126 if error.errno == errno.EACCES else 127)
    finally:
        os._exit(127)


def become_user(user: int, group: int) -> None:
    """For good: with root's number go the capabilities."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def drop_bounding_set() -> None:
    """No program that a command starts can gain a capability, whatever is on its file.

    "No new privileges" says the same; without a library that ctypes needs, an image has to do with that.
    """
    try:
        import ctypes
    except ImportError:
        return
    control = ctypes.CDLL(None).prctl
    for capability in range(LAST_CAPABILITY + 1):
        control(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
