"""What a kernel keeps on the chip: greedily, what saves most bytes for each byte and phase that it takes."""

from __future__ import annotations

import math
from dataclasses import replace

from machine.plans import ITEM, Kernel, Phases, kernel_cost
from machine.tensors import BadPlan, Shape


def keep_on_chip(kernel: Kernel, shapes: dict[str, Shape]) -> Kernel:
    phases = Phases(kernel)
    if phases.count == 1:
        return kernel
    worth: dict[str, float] = {}
    for name, when in phases.read.items():
        size = ITEM * math.prod(shapes[name])
        born = phases.made.get(name)
        later = when if born is None else {each for each in when if each > born}
        loads = len(later) - (born is None)
        saved = size * (loads + (born is not None and bool(later) and name not in kernel.store))
        if saved > 0:
            worth[name] = saved / (size * (1 + max(later) - (min(when) if born is None else born)))
    kept: list[str] = []
    for name in sorted(worth, key=lambda each: (-worth[each], each)):
        try:
            kernel_cost(replace(kernel, keep=(*kept, name)), shapes)
        except BadPlan:
            continue
        kept.append(name)
    return replace(kernel, keep=tuple(kept))
