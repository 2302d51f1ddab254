"""Static rungs: what can be said of a kernel without running it."""

from __future__ import annotations

from agentkit.contracts.jobs import GpuRequest
from agentkit.contracts.tool import ToolContext
from agentkit.source.paths import Refused, locate
from agentkit.toolchain.declared_work import Work
from agentkit.toolchain.disassemble import disassemble
from agentkit.toolchain.disassembly import without_padding
from agentkit.toolchain.inside_program import ask_inside
from agentkit.toolchain.instructions import histogram
from agentkit.toolchain.kernel_names import written_names
from agentkit.toolchain.ladder import Profile, failure

MOST = 10
NEXT = "registers, spills and occupancy: the nvcc tool; windows of the code: sass"


async def by_artefact(context: ToolContext, artefact: str) -> Profile:
    """The instructions of each kernel by kind: how much arithmetic for each access to memory."""
    if not artefact:
        raise Refused("no artefact was named, such as a .cubin")
    place = locate(context.workspace.folder, artefact)
    if not place.path.is_file():
        raise Refused(f"there is no file {artefact} in the workspace")
    functions, ran = await disassemble(context, place.path, place.name)
    names = await written_names(context, [each.name for each in functions])
    rows = []
    for each in sorted(functions, key=lambda function: -len(function.instructions))[:MOST]:
        code = without_padding(each)
        kinds = {work: counts.total() for work, counts in histogram(step.opcode for step in code).items()}
        shares = ", ".join(
            f"{work} {count:,}" for work, count in sorted(kinds.items(), key=lambda kind: -kind[1])
        )
        local = sum(step.opcode.startswith(("LDL", "STL")) for step in code)
        spills = f"; {local:,} accesses to local memory" if local else ""
        rows.append(f"{names[each.name]} ({each.arch}): {len(code):,} instructions: {shares}{spills}")
    if not rows:
        raise Refused(f"{artefact} holds no function for a GPU")
    return Profile("static (instructions)", [*rows, f"[{NEXT}]"], {}, ran)


async def by_roofline(context: ToolContext, work: Work, seconds: float, gpus: GpuRequest) -> Profile:
    """The least time that the declared work takes on this machine."""
    if not work:
        raise Refused("no work was declared (work='bytes=… flops=…')")
    asked = await ask_inside(context, "profile", "peaks", {"cuda": bool(gpus.count)}, seconds, gpus=gpus)
    if not asked.answer:
        raise Refused(f"the machine's peaks could not be measured. {failure(asked.ran, asked.printed)}")
    moved, done = asked.answer["bytes"], asked.answer["flops"]
    by_bytes, by_flops = work.bytes / moved, work.flops / done
    limit = "bandwidth" if by_bytes >= by_flops else "arithmetic"
    what = "GPU" if gpus.count else "CPU"
    lines = [
        f"a call takes at least {max(by_bytes, by_flops) * 1e3:.4g} ms on this {what}, for its {limit}",
        f"moving the bytes {by_bytes * 1e3:.4g} ms at {moved / 1e9:.3g} GB/s, "
        f"arithmetic {by_flops * 1e3:.4g} ms at {done / 1e9:.4g} GFLOP/s (both measured)",
    ]
    return Profile("roofline", lines, {"bytes_a_second": moved, "flops_a_second": done}, asked.ran)
