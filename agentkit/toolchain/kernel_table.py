"""Kernel table: what each kernel uses and how many of its blocks fit, for a model and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.toolchain.occupancy import occupancy_of
from agentkit.toolchain.ptxas import KernelUse

MOST_ROWS = 30
HEAD = (
    "kernel | arch | registers | shared B | stack B | spill stores/loads B | barriers | occupancy (limit) at "
)


def kernel_rows(
    uses: Sequence[KernelUse], names: Mapping[str, str], sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """Kernels that spill first, then by registers. `occupancy`: by threads in a block, share and limiter."""
    order = sorted(uses, key=lambda use: (-use.spill_loads - use.spill_stores, -use.registers))
    return [
        {
            "kernel": names.get(use.name, use.name),
            "symbol": use.name,
            "arch": use.arch,
            "registers": use.registers,
            "shared_bytes": use.shared_bytes,
            "constant_bytes": use.constant_bytes,
            "stack_bytes": use.stack_bytes,
            "spill_store_bytes": use.spill_stores,
            "spill_load_bytes": use.spill_loads,
            "barriers": use.barriers,
            "occupancy": occupancies(use, sizes),
        }
        for use in order
    ]


def occupancies(use: KernelUse, sizes: Sequence[int]) -> dict[str, Any]:
    """Without dynamic shared memory, which no compiler knows."""
    found = (occupancy_of(use.arch, size, use.registers, use.shared_bytes, use.barriers) for size in sizes)
    return {
        str(each.threads): {"share": each.share, "blocks": each.blocks, "limiter": each.limiter}
        for each in found
        if each is not None
    }


def kernel_table(rows: Sequence[Mapping[str, Any]], sizes: Sequence[int]) -> list[str]:
    """A line a kernel. Empty where there is no kernel."""
    if not rows:
        return []
    lines = [HEAD + ", ".join(map(str, sizes)) + " threads a block"]
    for row in rows[:MOST_ROWS]:
        shares = ", ".join(
            f"{each['share']:.0%} ({each['limiter']})" if each["blocks"] else "does not fit"
            for each in row["occupancy"].values()
        )
        lines.append(
            f"{row['kernel']} | {row['arch']} | {row['registers']} | {row['shared_bytes']:,} | "
            f"{row['stack_bytes']:,} | {row['spill_store_bytes']:,}/{row['spill_load_bytes']:,} | "
            f"{row['barriers']} | {shares or 'not known for this architecture'}"
        )
    if len(rows) > MOST_ROWS:
        lines.append(f"[… {len(rows) - MOST_ROWS} more kernels, which use less …]")
    return lines
