"""The filter: on this kernel for this architecture, and read instruction by instruction for the others."""

from __future__ import annotations

import asyncio
import errno
import platform
from collections.abc import Callable, Sequence

import pytest

from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.seccomp import (
    ALLOW,
    ANY_BIT,
    ARCHITECTURES,
    AT_LEAST,
    EQUAL,
    INSTRUCTION,
    JUDGED,
    KILL,
    LOAD,
    REFUSE,
    RETURN,
    X32,
    filter_program,
)

Make = Callable[..., Command]
EPERM, ENOSYS, FAMILY = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS, REFUSE | errno.EAFNOSUPPORT
NEW_USER, THREAD = 0x10000000, 0x3D0F00


def verdict(machine: str, call: str | int, arguments: Sequence[int] = (), audit: int | None = None) -> int:
    """What the kernel would do: a classic BPF machine as `man 2 seccomp` has it."""
    architecture = ARCHITECTURES[machine]
    number = architecture.numbers[call] if isinstance(call, str) else call
    values = {0: number, 4: architecture.audit if audit is None else audit}
    values |= {16 + 8 * place: value & 0xFFFFFFFF for place, value in enumerate([*arguments, *[0] * 6][:6])}
    code = list(INSTRUCTION.iter_unpack(filter_program(machine) or b""))
    place = held = 0
    tests: dict[int, Callable[[int], bool]] = {
        EQUAL: lambda constant: held == constant,
        AT_LEAST: lambda constant: held >= constant,
        ANY_BIT: lambda constant: bool(held & constant),
    }
    while True:
        operation, if_true, if_false, constant = code[place]
        place += 1
        if operation == RETURN:
            return int(constant)
        if operation == LOAD:
            held = values[constant]
        else:
            place += if_true if tests[operation](constant) else if_false


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
def test_what_it_refuses_and_what_it_lets_pass(machine: str) -> None:
    numbers = ARCHITECTURES[machine].numbers
    for name in numbers.keys() - set(JUDGED):
        assert verdict(machine, name) == EPERM, name
    refused_by_number = set(numbers.values())
    for number in set(range(470)) - refused_by_number:
        assert verdict(machine, number) == ALLOW, number
    assert verdict(machine, "clone3") == verdict(machine, "openat2") == ENOSYS
    for name in ("clone", "unshare"):
        assert verdict(machine, name, [NEW_USER]) == EPERM
        assert verdict(machine, name, [THREAD]) == ALLOW
    assert verdict(machine, "socket", [1]) == verdict(machine, "socket", [10, 1]) == ALLOW
    assert verdict(machine, "socket", [16, 3, 0]) == ALLOW
    assert verdict(machine, "socket", [16, 3, 9]) == verdict(machine, "socket", [40]) == FAMILY
    assert verdict(machine, "ioctl", [0, 0x5412]) == verdict(machine, "ioctl", [0, 0xFF00005412]) == EPERM
    assert verdict(machine, "ioctl", [0, 0x5413]) == ALLOW
    assert verdict(machine, "personality", [0xFFFFFFFF]) == ALLOW
    assert verdict(machine, "personality", [0x0040000]) == EPERM
    assert verdict(machine, "fchmod", [3, 0o4755]) == verdict(machine, "fchmodat", [3, 0, 0o2755]) == EPERM
    assert verdict(machine, "fchmod", [3, 0o755]) == ALLOW
    assert verdict(machine, "openat", [3, 0, 0o101, 0o4755]) == EPERM
    # Without O_CREAT the fourth argument is whatever the register held.
    assert verdict(machine, "openat", [3, 0, 0o1, 0o4755]) == ALLOW


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    assert verdict(machine, 1, audit=0x40000003) == KILL
    assert verdict(machine, X32 | 1) == KILL


def test_no_program_for_an_unknown_machine() -> None:
    assert filter_program("pdp11") is None


CALLS = """
import ctypes, errno, os, sys
call = ctypes.CDLL(None, use_errno=True).syscall
def attempt(name, *arguments):
    ctypes.set_errno(0)
    result = call(*arguments)
    print(name, 'passed' if result >= 0 else errno.errorcode[ctypes.get_errno()])
attempt('keyctl', 250, 0, -3, 0)
attempt('io_uring', 425, 1, 0)
attempt('bpf', 321, 0, 0, 0)
attempt('perf', 298, 0, 0, -1, -1, 0)
attempt('userfaultfd', 323, 1)
attempt('ptrace', 101, 0, 0, 0, 0)
attempt('unshare', 272, 0x10000000)
attempt('clone3', 435, 0, 0)
attempt('personality', 135, 0x40000)
attempt('vsock', 41, 40, 1, 0)
attempt('alg', 41, 38, 5, 0)
attempt('packet', 41, 17, 3, 0)
attempt('netlink audit', 41, 16, 3, 9)
attempt('netlink route', 41, 16, 3, 0)
attempt('unix', 41, 1, 1, 0)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86_64")
def test_the_kernel_refuses(bubblewrap: BubblewrapSandbox, command: Make) -> None:
    result = asyncio.run(bubblewrap.run(command("python", "-c", CALLS)))
    said = dict(line.rsplit(" ", 1) for line in result.output.splitlines())
    passed = {"netlink route", "unix"}
    families = {"vsock", "alg", "packet", "netlink audit"}
    assert {name for name in said if said[name] == "passed"} == passed
    assert {name for name in said if said[name] == "EAFNOSUPPORT"} == families
    assert {name for name in said if said[name] == "ENOSYS"} == {"clone3"}
    assert {said[name] for name in said.keys() - passed - families - {"clone3"}} == {"EPERM"}
    # The same tries outside: without the filter most of them pass, or fail for another reason.
    free = asyncio.run(LocalSandbox().run(command("python", "-c", CALLS)))
    assert "ptrace passed" in free.output
    assert "personality passed" in free.output


FOREIGN = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex('53b814000000cd805bc3'))  # getpid, as a 32-bit program asks for it
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print('foreign', function() != 0, flush=True)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="machine code of x86_64")
def test_a_foreign_call_ends_it(bubblewrap: BubblewrapSandbox, command: Make) -> None:
    result = asyncio.run(bubblewrap.run(command("python", "-c", FOREIGN)))
    assert (result.status, result.exit_code) == ("failed", -31)  # SIGSYS
    assert "foreign" not in result.output


def test_no_set_id_bit_reaches_the_host(
    run_in: Callable[..., CommandResult], bubblewrap: BubblewrapSandbox
) -> None:
    """The file would be the harness's own, and its bit would count for every user of the host."""
    words = "touch x; chmod 4755 x; chmod 2755 x; chmod 755 x; stat -c %a x"
    refused = run_in(bubblewrap, "sh", "-c", words)
    assert refused.output.splitlines()[-1] == "755"
    assert refused.output.count("not permitted") == 2
    assert "4755" in run_in(LocalSandbox(), "sh", "-c", "touch y; chmod 4755 y; stat -c %a y").output


@pytest.fixture
def run_in(command: Make) -> Callable[..., CommandResult]:
    return lambda sandbox, *argv, **words: asyncio.run(sandbox.run(command(*argv, **words)))


@pytest.mark.real
def test_what_programs_need_still_works(bubblewrap: BubblewrapSandbox, command: Make) -> None:
    words = (
        "git init -q repository && git -C repository -c user.name=a -c user.email=a@example.org"
        " commit -q --allow-empty -m first && git -C repository log --oneline | wc -l;"
        " python -m pip --version | cut -c 1-3;"
        " python -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1, -2]))';"
        " python -c 'import asyncio; print(asyncio.run(asyncio.to_thread(int, 7)))';"
        " python -c 'import socket; print(socket.if_nameindex()[0][1])'"
    )
    result = asyncio.run(bubblewrap.run(command("sh", "-c", words)))
    assert result.output.splitlines() == ["1", "pip", "[1, 2]", "7", "lo"]


@pytest.mark.real
def test_a_compiled_function_of_torch(bubblewrap: BubblewrapSandbox, command: Make) -> None:
    """With gcc, a pool of compile workers, and 64 processes and threads at most."""
    code = "import torch; print(float(torch.compile(lambda x: (2 * x).sum())(torch.ones(8))))"
    # Headers compiled beforehand would pay only from the second function on.
    variables = {"OMP_NUM_THREADS": "1", "TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS": "0"}
    given = command("python", "-c", code, seconds=600.0, processes=64, variables=variables)
    result = asyncio.run(bubblewrap.run(given))
    assert (result.status, result.output) == ("ok", "16.0\n")
