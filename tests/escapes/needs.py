"""What an attack may need of the host; each says what is missing, or nothing."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

from agentkit.sandboxes.local import LocalSandbox

LIBRARY = ctypes.CDLL(None, use_errno=True)


def root() -> str:
    return "" if os.geteuid() == 0 else "needs root on the host"


def ipv6() -> str:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return "the host has no IPv6"
    return ""


def other_address() -> str:
    return "" if address_of_host() else "the host has no address besides its loopback"


def address_of_host() -> str:
    """Chosen by the routing table; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        name: str = probe.getsockname()[0]
    return "" if name.startswith("127.") else name


def file(path: str) -> Callable[[], str]:
    return lambda: "" if Path(path).exists() else f"the host has no {path}"


def family(number: int, name: str) -> Callable[[], str]:
    def found() -> str:
        try:
            socket.socket(number, socket.SOCK_STREAM if number == 40 else socket.SOCK_SEQPACKET).close()
        except OSError as error:
            return f"the kernel has no {name}" if error.errno == errno.EAFNOSUPPORT else ""
        return ""

    return found


def system_call(number: int, name: str) -> Callable[[], str]:
    """With arguments that no call accepts."""

    def found() -> str:
        LIBRARY.syscall(number, -1, 0, 0, 0, 0)
        return f"the kernel has no {name}" if ctypes.get_errno() == errno.ENOSYS else ""

    return found


def plain_core_pattern() -> str:
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    return "" if "/" not in pattern and not pattern.startswith("|") else "core dumps go to a program here"


def no_control_groups() -> str:
    return "control groups count it here" if "cgroup" in LocalSandbox().walls.get("memory", "") else ""


def capability(number: int, name: str) -> Callable[[], str]:
    """Of the harness itself: root in a container or a small machine may lack some."""

    def found() -> str:
        lines = Path("/proc/self/status").read_text().splitlines()
        power = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
        return "" if power >> number & 1 else f"needs {name} on the host"

    return found
