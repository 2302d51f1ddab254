"""ptxas -v: what each kernel uses, from the lines that ptxas prints about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

STARTS = re.compile(r"Compiling entry function '([^']+)' for '([^']+)'")
USED = re.compile(r"Used (\d+) registers")
BARRIERS = re.compile(r"used (\d+) barriers")
SHARED = re.compile(r"(\d+) bytes smem")
CONSTANT = re.compile(r"(\d+) bytes cmem\[\d+\]")
MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
PROPERTIES = re.compile(r"Function properties for (\S+)")


@dataclass(frozen=True)
class KernelUse:
    """Of one kernel, compiled for one architecture. Registers are of a thread, bytes of shared memory of a
    block, of stack and spills of a thread."""

    name: str
    """As the linker knows it."""
    arch: str
    registers: int = 0
    shared_bytes: int = 0
    constant_bytes: int = 0
    stack_bytes: int = 0
    spill_stores: int = 0
    spill_loads: int = 0
    barriers: int = 0

    @property
    def spills(self) -> bool:
        return self.spill_stores > 0 or self.spill_loads > 0


def kernel_uses(output: str) -> list[KernelUse]:
    """In the order of the output. A kernel compiled for two architectures is there twice."""
    found: list[KernelUse] = []
    name = arch = owner = ""
    memory = (0, 0, 0)
    for line in output.splitlines():
        if start := STARTS.search(line):
            name, arch, memory = start[1], start[2], (0, 0, 0)
        elif match := PROPERTIES.search(line):
            owner = match[1]
        elif (match := MEMORY.search(line)) and owner == name:  # else of a device function that it calls
            memory = (int(match[1]), int(match[2]), int(match[3]))
        elif (match := USED.search(line)) and name:
            found.append(
                KernelUse(
                    name=name,
                    arch=arch,
                    registers=int(match[1]),
                    shared_bytes=total(SHARED, line),
                    constant_bytes=total(CONSTANT, line),
                    stack_bytes=memory[0],
                    spill_stores=memory[1],
                    spill_loads=memory[2],
                    barriers=total(BARRIERS, line),
                )
            )
            name = ""
    return found


def total(pattern: re.Pattern[str], line: str) -> int:
    return sum(int(each) for each in pattern.findall(line))
