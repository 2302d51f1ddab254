"""What a command is given of the GPUs it leased: device nodes, and the variables that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/gpus")
NODES = Path("/dev")
CONTROL = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")
"""Shared by all GPUs; none of them reaches the memory of one whose own node is not there."""


def gpu_variables(gpus: Sequence[str], driver: Path = DRIVER) -> dict[str, str]:
    """By UUID where the driver tells it: inside, where only some nodes are, numbers begin at 0 again."""
    known = driver_table(driver)
    names = ",".join(known[each][0] if each in known else each for each in gpus)
    return {"CUDA_VISIBLE_DEVICES": names, "NVIDIA_VISIBLE_DEVICES": names}


def gpu_nodes(gpus: Iterable[str], driver: Path = DRIVER, nodes: Path = NODES) -> list[Path]:
    """The nodes of these GPUs and those that all share. A stand-in has none: no driver knows it."""
    known = driver_table(driver)
    found = [nodes / f"nvidia{known[each][1]}" for each in gpus if each in known]
    if not found:
        return []
    return [node for node in [*(nodes / name for name in CONTROL), *found] if node.exists()]


def driver_table(driver: Path) -> dict[str, tuple[str, str]]:
    """(UUID, minor number) by UUID and by number in PCI order."""
    table: dict[str, tuple[str, str]] = {}
    for index, place in enumerate(sorted(driver.glob("*/information"))):
        text = place.read_text(encoding="utf-8", errors="replace")
        fields = dict(re.findall(r"^([^:\n]+):[ \t]*(.*)$", text, re.MULTILINE))
        identity, minor = fields.get("GPU UUID", "").strip(), fields.get("Device Minor", "").strip()
        if identity.startswith("GPU-") and minor.isdecimal():
            table[identity] = table[str(index)] = (identity, minor)
    return table
