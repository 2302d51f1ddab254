"""Find where a program spends its time, in the most telling way that this machine allows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Literal

from agentkit import ToolContext, ToolResult, Truncated, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import Refused, locate
from agentkit.source.textfile import read_text
from agentkit.toolbox.command import gpu_facts, log_name, refused, require_seconds
from agentkit.toolchain.declared_work import read_work
from agentkit.toolchain.ladder import (
    LEAST_SECONDS,
    Profile,
    Program,
    by_counters,
    by_nsys,
    by_py_spy,
    by_sampler,
    by_torch,
    read_program,
)
from agentkit.toolchain.static_rungs import by_artefact, by_roofline

Rung = Literal["auto", "counters", "timeline", "sampling", "static"]
Step = Callable[[], Awaitable[Profile]]


@tool
async def profile(
    context: ToolContext,
    command: str,
    rung: Rung = "auto",
    kernel: str = "",
    artefact: str = "",
    work: str = "",
    gpus: int = 0,
    timeout_seconds: float = 300,
) -> ToolResult:
    """Profile a command: top costs, idle share, launch gaps, memory; says by which means.

    kernel: regex, for counters
    artefact: .cubin or .so, for static
    work: bytes=1e9 flops=1e9, for roofline
    """
    began = time.monotonic()
    try:
        require_seconds(timeout_seconds)
        program = Program("", ()) if rung == "static" else read_program(command)
        declared = read_work(work)
        request = GpuRequest(count=gpus)
        until = began + timeout_seconds

        def left() -> float:
            if (seconds := until - time.monotonic()) < LEAST_SECONDS:
                raise Refused("the time was over before it was tried")
            return seconds

        steps: dict[str, Step] = {
            "counters": lambda: by_counters(context, program, left(), request, kernel),
            "torch": lambda: by_torch(context, program, left(), request),
            "nsys": lambda: by_nsys(context, program, left(), request),
            "py-spy": lambda: by_py_spy(context, program, left(), request),
            "sampler": lambda: by_sampler(context, program, left(), request),
            "static": lambda: by_artefact(context, artefact),
            "roofline": lambda: by_roofline(context, declared, left(), request),
        }
        result = await climb_down(steps, order(context, program, rung, gpus))
    except Refused as refusal:
        result = refused(str(refusal))
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


def order(context: ToolContext, program: Program, rung: Rung, gpus: int) -> list[str]:
    """The ways to try, the most telling first."""
    chosen = {
        "counters": ["counters"],
        "timeline": ["torch", "nsys"],
        "sampling": ["py-spy", "sampler"],
        "static": ["static", "roofline"],
    }
    if rung != "auto":
        return chosen[rung]
    if gpus:
        return ["counters", "torch", "nsys", "static", "roofline"]
    timeline = ["torch"] if uses_torch(context, program) else []
    return [*timeline, "py-spy", "sampler", "static", "roofline"]


def uses_torch(context: ToolContext, program: Program) -> bool:
    """By the script's own text; of a module it is not known, and then tried."""
    if not program.script or program.script.startswith("-m"):
        return bool(program.script)
    try:
        place = locate(context.workspace.folder, program.script)
        if not place.path.is_file():
            raise Refused(f"There is no {program.script} in the workspace.")
        return "torch" in read_text(place).text
    except Refused as refusal:
        raise Refused(f"{program.command!r} cannot be profiled. {refusal}") from refusal


async def climb_down(steps: dict[str, Step], wanted: list[str]) -> ToolResult:
    """The first way that works, and why those before it did not."""
    lacking: list[str] = []
    for name in wanted:
        try:
            found = await steps[name]()
        except Refused as refusal:
            lacking.append(f"{name}: {refusal}")
            continue
        return told(found, lacking)
    raise Refused("No way of profiling works for this here.\n" + "\n".join(f"- {each}" for each in lacking))


def told(found: Profile, lacking: list[str]) -> ToolResult:
    head = f"rung: {found.rung}"
    above = [f"[not {cut_line(each.splitlines()[0], 200)}]" for each in lacking]
    lines = [head, *above, *found.lines]
    full = ""
    if found.ran is not None:
        full = log_name(found.ran.log)
        lines.append(f"[What was printed is in {full}.]")
    text = excerpt(printable("\n".join(lines)), LIMIT)
    size = found.ran.log.stat().st_size if found.ran is not None and found.ran.log.exists() else 0
    return ToolResult(
        ok=True,
        summary=cut_line(f"{head}; {found.lines[0] if found.lines else 'nothing'}", 200),
        text=text,
        data={"rung": found.rung, "lacking": lacking, **found.data},
        truncated=Truncated(from_chars=size, kept=len(text), full_log=full) if full else None,
        gpu=gpu_facts(found.ran) if found.ran else None,
    )
