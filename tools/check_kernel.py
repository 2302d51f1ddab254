"""Run a program under compute-sanitizer: memory faults, races, uninitialised reads, wrong barriers."""

from __future__ import annotations

from typing import Literal

from agentkit import ToolContext, ToolResult, Truncated, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import Refused
from agentkit.toolbox.command import (
    Ran,
    advice,
    facts,
    gpu_facts,
    how_it_ended,
    log_name,
    refused,
    run_logged,
)
from agentkit.toolchain.programs import find_programs
from agentkit.toolchain.sanitizer import STARTED, findings, verdict

MOST = 10
PRINTED = "10000"
"""Faults that compute-sanitizer may print: those of a second kernel are not lost behind a first one's."""


@tool
async def check_kernel(
    context: ToolContext,
    command: str,
    check: Literal["memcheck", "racecheck", "initcheck", "synccheck"] = "memcheck",
    gpus: int = 1,
    timeout_seconds: float = 600,
) -> ToolResult:
    """Find faults of CUDA kernels with compute-sanitizer. It is 10 to 100 times slower: use small inputs.

    command: runs the kernel; compile with -lineinfo to see lines
    """
    try:
        if not command.strip():
            raise Refused("check_kernel needs a command that runs the kernel.")
        program = (await find_programs(context))["compute-sanitizer"]
        argv = (program, "--tool", check, "--print-limit", PRINTED, "bash", "-c", command)
        ran = await run_logged(context, "check_kernel", argv, timeout_seconds, gpus=GpuRequest(count=gpus))
    except Refused as refusal:
        return refused(str(refusal))
    printed = ran.log.read_text(encoding="utf-8", errors="replace") if ran.log.exists() else ""
    return told(check, ran, printed)


def told(check: str, ran: Ran, printed: str) -> ToolResult:
    found, last = findings(printed), verdict(printed)
    ended = how_it_ended(ran)
    if found:
        head = f"{check}: {len(found)} different {'fault' if len(found) == 1 else 'faults'}"
    elif ran.result.status == "ok" and last:
        head = f"{check}: nothing found"
    else:
        head = f"{check} did not finish: {ended}"
    lines = [head, *(cut_line(each.text, 500) for each in found[:MOST])]
    if len(found) > MOST:
        lines.append(f"[… {len(found) - MOST} more …]")
    if not found:
        lines.append(excerpt(printed, 2000))
    lines.append(f"[{ended} {last or 'No summary.'} All of it is in {log_name(ran.log)}.]")
    text = excerpt(printable("\n".join(lines)), LIMIT)
    return ToolResult(
        ok=not found and ran.result.status == "ok" and bool(last),
        summary=cut_line(head, 200),
        text=text,
        data={
            **facts(ran),
            "findings": [
                {"message": each.message, "places": each.places, "count": each.count} for each in found[:100]
            ],
        },
        truncated=Truncated(from_chars=len(printed), kept=len(text), full_log=log_name(ran.log)),
        seconds=ran.result.seconds,
        gpu=gpu_facts(ran),
        next_hint=hint(printed, ran),
    )


def hint(printed: str, ran: Ran) -> str:
    if STARTED not in printed and ran.result.status == "failed":
        return "compute-sanitizer itself did not start; run the command alone to see whether that works."
    return advice(ran.result)
