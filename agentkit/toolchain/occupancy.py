"""Occupancy: how many warps of a kernel fit on a multiprocessor at once, and what keeps it from more.

Limits are those of the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability";
the rules of allocation are those of the toolkit's `cuda_occupancy.h`, which a test compares with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

WARP = 32
REGISTERS = 65536
"""Of a multiprocessor, and the most that a block may take."""
REGISTER_UNIT = 256
"""Registers are given to a warp in steps of so many."""
PARTS = 4
"""Into which a multiprocessor's warps and registers are divided."""
MOST_REGISTERS = 255
MOST_THREADS = 1024
KIB = 1024


@dataclass(frozen=True)
class Multiprocessor:
    """What one multiprocessor of a compute capability has."""

    warps: int
    blocks: int
    shared_bytes: int
    block_shared_bytes: int
    """The most that one block may have, once it has asked for more than 48 KiB."""
    barriers: int
    """Of all its blocks. 0: no limit."""
    reserved_bytes: int = KIB
    """Shared memory that the system takes for each block."""
    shared_unit: int = 128


MULTIPROCESSORS = {
    70: Multiprocessor(64, 32, 96 * KIB, 96 * KIB, 0, 0, 256),
    72: Multiprocessor(64, 32, 96 * KIB, 96 * KIB, 0, 0, 256),
    75: Multiprocessor(32, 16, 64 * KIB, 64 * KIB, 0, 0, 256),
    80: Multiprocessor(64, 32, 164 * KIB, 163 * KIB, 0),
    86: Multiprocessor(48, 16, 100 * KIB, 99 * KIB, 0),
    87: Multiprocessor(48, 16, 164 * KIB, 163 * KIB, 0),
    88: Multiprocessor(48, 16, 100 * KIB, 99 * KIB, 0),
    89: Multiprocessor(48, 24, 100 * KIB, 99 * KIB, 0),
    90: Multiprocessor(64, 32, 228 * KIB, 227 * KIB, 64),
    100: Multiprocessor(64, 32, 228 * KIB, 227 * KIB, 64),
    103: Multiprocessor(64, 32, 228 * KIB, 227 * KIB, 64),
    110: Multiprocessor(48, 24, 228 * KIB, 227 * KIB, 24),
    120: Multiprocessor(48, 24, 100 * KIB, 99 * KIB, 24),
    121: Multiprocessor(48, 24, 100 * KIB, 99 * KIB, 24),
}
"""By compute capability: 90 is 9.0."""


@dataclass(frozen=True)
class Occupancy:
    """Theoretical: with enough blocks, and with no shared memory beyond what was said."""

    threads: int
    blocks: int
    """On one multiprocessor; 0: the kernel cannot be launched so."""
    warps: int
    share: float
    """Of the warps that the multiprocessor has room for."""
    limiter: str
    """registers, shared memory, warps, blocks, barriers; of several the first."""


def capability(arch: str) -> int | None:
    """90 of `sm_90a` or `compute_90`."""
    match = re.fullmatch(r"(?:sm|compute|lto)_(\d+)[af]?", arch)
    return int(match[1]) if match else None


def occupancy_of(
    arch: str, threads: int, registers: int, shared_bytes: int, barriers: int = 0
) -> Occupancy | None:
    """Of blocks of so many threads. None for an architecture or a block size that is not known.

    `registers` are of a thread; `shared_bytes` of a block, static and dynamic together.
    """
    found = MULTIPROCESSORS.get(capability(arch) or 0)
    if found is None or threads < 1:
        return None
    warps = math.ceil(threads / WARP)
    limits = {
        "registers": blocks_by_registers(warps, registers),
        "shared memory": blocks_by_shared(found, shared_bytes),
        "warps": found.warps // warps if threads <= MOST_THREADS else 0,
        "blocks": found.blocks,
        "barriers": found.barriers // barriers if barriers and found.barriers else found.blocks,
    }
    blocks = min(limits.values())
    limiter = next(name for name, limit in limits.items() if limit == blocks)
    if blocks * warps == found.warps:
        limiter = "warps"
    return Occupancy(threads, blocks, blocks * warps, blocks * warps / found.warps, limiter)


def blocks_by_registers(warps: int, registers: int) -> int:
    if not registers:
        return 1 << 30
    for_warp = rounded_up(registers * WARP, REGISTER_UNIT)
    # A launch is checked as if every part took as many warps as the one that takes most.
    if registers > MOST_REGISTERS or for_warp * rounded_up(warps, PARTS) > REGISTERS:
        return 0
    return REGISTERS // PARTS // for_warp * PARTS // warps


def blocks_by_shared(found: Multiprocessor, shared_bytes: int) -> int:
    taken = rounded_up(shared_bytes + found.reserved_bytes, found.shared_unit)
    if shared_bytes > found.block_shared_bytes:
        return 0
    return found.shared_bytes // taken if taken else 1 << 30


def rounded_up(value: int, unit: int) -> int:
    return -(-value // unit) * unit
