"""Seccomp: the system calls that a command in bubblewrap is refused, as a classic BPF program.

Assembled here in a few lines rather than by libseccomp: its Python binding needs the system's library,
and bubblewrap takes nothing but the finished program. Numbers are those of `asm/unistd.h`.

Refused with EPERM: mounts, other processes' memory (ptrace), the kernel's keys, modules, clocks and
switches, BPF, perf, userfaultfd, io_uring, further namespaces, file handles, terminal injection, odd
personalities, and set-uid or set-gid bits, which would be the harness's own on the host's file system.
Refused as absent, so that libraries fall back: `clone3` and `openat2`, whose flags are behind a pointer.
Sockets are of the families UNIX, INET, INET6 and NETLINK's ROUTE, by which addresses are listed.
A call of another architecture (32-bit, x32) ends the process.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`; of an argument the low half, first on little-endian machines."""
X32 = 0x40000000
INSTRUCTION = struct.Struct("=HBBI")

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant."""

NEW_NAMESPACES = 0x7E020000
NEW_TIME = 0x80
"""Means a signal to `clone`, and a namespace to `unshare` only."""
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
TERMINAL_REQUESTS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX, which type into a terminal."""
UNIX, INET, INET6, NETLINK, NETLINK_ROUTE = 1, 2, 10, 16, 0
OPEN_CREATES = 0x40 | 0x400000
"""O_CREAT and O_TMPFILE; only then is there a mode."""
SET_ID = 0o6000

COMMON = {
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "open_tree_attr": 467,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "quotactl_fd": 443,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "clone3": 435,
    "openat2": 437,
    "fchmodat2": 452,
}
X86_64 = """
mount 165  umount2 166  pivot_root 155  chroot 161  swapon 167  swapoff 168
ptrace 101  process_vm_readv 310  process_vm_writev 311  kcmp 312
add_key 248  request_key 249  keyctl 250  bpf 321  perf_event_open 298  userfaultfd 323
setns 308  unshare 272  open_by_handle_at 304  kexec_load 246  kexec_file_load 320
init_module 175  finit_module 313  delete_module 176  reboot 169  acct 163  quotactl 179
iopl 172  ioperm 173  modify_ldt 154  uselib 134  _sysctl 156  syslog 103  vhangup 153
lookup_dcookie 212  nfsservctl 180  fanotify_init 300  settimeofday 164  clock_settime 227
personality 135  ioctl 16  socket 41  socketpair 53  clone 56
chmod 90  fchmod 91  fchmodat 268  open 2  openat 257  creat 85  mknod 133  mknodat 259
"""
AARCH64 = """
mount 40  umount2 39  pivot_root 41  chroot 51  swapon 224  swapoff 225
ptrace 117  process_vm_readv 270  process_vm_writev 271  kcmp 272
add_key 217  request_key 218  keyctl 219  bpf 280  perf_event_open 241  userfaultfd 282
setns 268  unshare 97  open_by_handle_at 265  kexec_load 104  kexec_file_load 294
init_module 105  finit_module 273  delete_module 106  reboot 142  acct 89  quotactl 60
syslog 116  vhangup 58  lookup_dcookie 18  nfsservctl 42  fanotify_init 262
settimeofday 170  clock_settime 112  personality 92  ioctl 29  socket 198  socketpair 199  clone 220
fchmod 52  fchmodat 53  openat 56  mknodat 33
"""
JUDGED = (
    *("clone3", "openat2", "unshare", "clone", "personality", "ioctl", "socket", "socketpair"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "open", "openat", "creat", "mknod", "mknodat"),
)
"""Calls that are refused for what they ask; all others of the tables are refused always."""


@dataclass(frozen=True)
class Architecture:
    audit: int
    """AUDIT_ARCH_… of `linux/audit.h`."""
    numbers: dict[str, int]


def table(text: str) -> dict[str, int]:
    words = text.split()
    return COMMON | {name: int(number) for name, number in zip(words[::2], words[1::2], strict=True)}


ARCHITECTURES = {
    "x86_64": Architecture(0xC000003E, table(X86_64)),
    "aarch64": Architecture(0xC00000B7, table(AARCH64)),
}


@lru_cache
def filter_program(machine: str = "") -> bytes | None:
    """An array of `struct sock_filter`; None for an architecture that is not in the tables."""
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        return None
    return b"".join(INSTRUCTION.pack(*each) for each in assemble(ARCHITECTURES[machine]))


def assemble(architecture: Architecture) -> list[Instruction]:
    numbers = architecture.numbers
    code = [load(ARCHITECTURE), (EQUAL, 1, 0, architecture.audit), end(KILL), load(NUMBER)]
    code += [(AT_LEAST, 0, 1, X32), end(KILL)]
    for name in sorted(numbers.keys() - set(JUDGED)):
        code += [(EQUAL, 0, 1, numbers[name]), refuse()]
    for name, block in judged():
        if name in numbers:
            code += [(EQUAL, 0, len(block), numbers[name]), *block]
    return [*code, end(ALLOW)]


def judged() -> Iterable[tuple[str, list[Instruction]]]:
    """Each ends in a return: what was loaded is no longer the call's number."""
    yield "clone3", [refuse(errno.ENOSYS)]
    yield "openat2", [refuse(errno.ENOSYS)]
    yield "unshare", unless_any(0, NEW_NAMESPACES | NEW_TIME)
    yield "clone", unless_any(0, NEW_NAMESPACES)
    yield "personality", only(0, PERSONALITIES, errno.EPERM)
    yield "ioctl", never(1, TERMINAL_REQUESTS)
    for name in ("socket", "socketpair"):
        allowed = only(0, (UNIX, INET, INET6), errno.EAFNOSUPPORT)
        route = only(2, (NETLINK_ROUTE,), errno.EAFNOSUPPORT)
        yield name, [load(argument(0)), (EQUAL, 0, len(route), NETLINK), *route, *allowed]
    for name, place in {"chmod": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2, "creat": 1}.items():
        yield name, unless_any(place, SET_ID)
    for name, place in {"mknod": 1, "mknodat": 2}.items():
        yield name, unless_any(place, SET_ID)
    for name, place in {"open": 1, "openat": 2}.items():
        flags = [load(argument(place)), (ANY_BIT, 1, 0, OPEN_CREATES), end(ALLOW)]
        yield name, [*flags, *unless_any(place + 1, SET_ID)]


def unless_any(place: int, bits: int) -> list[Instruction]:
    return [load(argument(place)), (ANY_BIT, 0, 1, bits), refuse(), end(ALLOW)]


def only(place: int, values: Sequence[int], error: int) -> list[Instruction]:
    code = [load(argument(place))]
    for value in values:
        code += [(EQUAL, 0, 1, value), end(ALLOW)]
    return [*code, refuse(error)]


def never(place: int, values: Sequence[int]) -> list[Instruction]:
    code = [load(argument(place))]
    for value in values:
        code += [(EQUAL, 0, 1, value), refuse()]
    return [*code, end(ALLOW)]


def argument(place: int) -> int:
    return ARGUMENTS + 8 * place


def load(offset: int) -> Instruction:
    return (LOAD, 0, 0, offset)


def refuse(error: int = errno.EPERM) -> Instruction:
    return end(REFUSE | error)


def end(value: int) -> Instruction:
    return (RETURN, 0, 0, value)
