"""Command: how a tool runs a program, keeps all of its output, and tells a model of it in bounded words."""

from __future__ import annotations

import math
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.jobs import NO_GPUS, GpuRequest
from agentkit.contracts.sandbox import Command, CommandResult, Environment
from agentkit.contracts.tool import ToolContext, ToolResult, Truncated
from agentkit.errors import AgentkitError
from agentkit.sandboxes.jobs.folder import JobFolder
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import LOG_PREFIX, Refused
from agentkit.toolbox.gpu_watch import GpuWatch

VARIABLES = {
    "PAGER": "cat",
    "MANPAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "TQDM_DISABLE": "1",
    "PIP_PROGRESS_BAR": "off",
    "PYTHONUNBUFFERED": "1",  # else a stopped script takes its last lines with it
}
"""Nothing waits for a key or draws over itself. The task's own variables win."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended, and the file with all of its output."""

    result: CommandResult
    log: Path
    gpu_seconds: float = 0.0
    queued_seconds: float = 0.0
    """Of waiting for GPUs; not part of `result.seconds`."""


async def run_logged(
    context: ToolContext,
    name: str,
    argv: Sequence[str],
    seconds: float,
    *,
    gpus: GpuRequest = NO_GPUS,
    variables: Mapping[str, str] | None = None,
    watch: GpuWatch | None = None,
) -> Ran:
    """Run it in the workspace, through the sandbox; its output is in `<name>-0001.log` and so on.

    `seconds`: the task's own limit still holds if it is shorter. With GPUs it waits for its lease first, and
    `watch` looks at them from then on.
    Refused for a limit that is none, and where such GPUs are not to be had.
    """
    require_seconds(seconds)
    log = next_log(context.logs, name)
    environment = environment_for(context.environment, seconds, variables or {})
    command = Command(argv=tuple(argv), folder=context.workspace.folder, environment=environment, log=log)
    if not gpus.count:
        return Ran(await context.sandbox.run(command), log)
    if context.jobs is None:
        raise Refused("There are no GPUs to be had here: nothing keeps a list of who uses them.")

    def make(files: Path) -> Command:
        if watch is not None:
            watch.follow(JobFolder(files.parent))
        return command

    try:
        # A new name each time: what a killed process left wrote into a workspace that was reset since.
        done = await context.jobs.run(f"{ATTACHED}{log.stem}", make, gpus=gpus)
    except AgentkitError as error:  # fewer GPUs than asked for, a budget that is spent
        raise Refused(str(error)) from error
    finally:
        if watch is not None:
            await watch.end()
    return Ran(done.result, log, done.gpu_seconds, done.queued_seconds)


ATTACHED = "now-"
"""Begins the name of a job that works in the workspace itself; it may not outlive its caller."""


def require_seconds(seconds: float) -> None:
    if not (seconds > 0 and math.isfinite(seconds)):
        raise Refused(f"timeout_seconds must be more than 0, and a number; it was {seconds}.")


def environment_for(given: Environment, seconds: float, variables: Mapping[str, str]) -> Environment:
    """The task's, with our variables below its own and the shorter of the two clocks."""
    allowed = given.limits.seconds
    seconds = seconds if allowed is None else min(seconds, allowed)
    limits = given.limits.model_copy(update={"seconds": seconds})
    return given.model_copy(
        update={"limits": limits, "variables": {**VARIABLES, **given.variables, **variables}}
    )


def next_log(logs: Path, name: str) -> Path:
    """A new number after the last one used, also by an earlier process."""
    logs.mkdir(parents=True, exist_ok=True)
    pattern = re.compile(rf"{re.escape(name)}-(\d+)\.log")
    used = [int(match[1]) for path in logs.iterdir() if (match := pattern.fullmatch(path.name))]
    return logs / f"{name}-{max(used, default=0) + 1:04}.log"


def told(what: str, ran: Ran) -> ToolResult:
    """The envelope for output as it is. `what`: the command, for the summary."""
    result = ran.result
    output = printable(result.output).rstrip("\n")
    ending = how_it_ended(ran)
    shown = excerpt(output, LIMIT - 400)
    full, unit = result.truncated_from or len(output), "bytes" if result.truncated_from else "characters"
    truncated = None
    if result.truncated_from is not None or shown != output:
        name = log_name(ran.log)
        truncated = Truncated(from_chars=full, kept=len(shown), full_log=name)
        ending += f" The output was {full:,} {unit}; all of it is in {name} (editor view, search text)."
    return ToolResult(
        ok=result.status == "ok",
        summary=f"{short_ending(result)}: {cut_line(' '.join(what.split()), 80)}",
        text=f"{shown}\n[{ending}]" if shown else f"[{ending} It printed nothing.]",
        data=facts(ran),
        truncated=truncated,
        seconds=result.seconds,
        gpu=gpu_facts(ran),
        next_hint=advice(result),
    )


def facts(ran: Ran) -> dict[str, object]:
    """How it ended, for a result's `data`."""
    result = ran.result
    return {
        "status": result.status,
        "exit_code": result.exit_code,
        "cpu_seconds": round(result.cpu_seconds, 3),
        "peak_memory_bytes": result.peak_memory_bytes,
        "log": log_name(ran.log),
    }


def gpu_facts(ran: Ran) -> dict[str, object] | None:
    """For a result's `gpu`; None where there was none."""
    if not ran.gpu_seconds and not ran.queued_seconds:
        return None
    return {"gpu_seconds": round(ran.gpu_seconds, 3), "queued_seconds": round(ran.queued_seconds, 3)}


def log_name(log: Path) -> str:
    """As a model names it, for `editor view` and `search text`."""
    return f"{LOG_PREFIX}{log.name}"


def how_it_ended(ran: Ran) -> str:
    """For the model, in one or two sentences."""
    result = ran.result
    used = f"{result.seconds:.1f} s, {result.cpu_seconds:.1f} CPU-seconds"
    if ran.gpu_seconds:
        used += f", {ran.gpu_seconds:.1f} GPU-seconds"
    if result.status == "timeout":
        return f"Stopped by the time limit after {used}; every process it had started was ended."
    if result.status == "silent":
        return f"Stopped after {used}, because it had printed nothing for too long."
    if result.status == "stopped":
        return f"Stopped from outside after {used}."
    if result.exit_code is None:
        return f"It ended, and its exit code is not known ({used})."
    if result.exit_code < 0:
        return f"Ended by {signal_name(-result.exit_code)} after {used}."
    return f"Exit code {result.exit_code} after {used}."


def short_ending(result: CommandResult) -> str:
    if result.status in ("ok", "failed") and result.exit_code is not None and result.exit_code >= 0:
        return f"exit {result.exit_code} in {result.seconds:.1f} s"
    reason = (
        result.status
        if result.exit_code is None or result.status != "failed"
        else signal_name(-result.exit_code)
    )
    return f"{reason} after {result.seconds:.1f} s"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def advice(result: CommandResult) -> str:
    """What to do next, where the way it ended suggests something."""
    if result.status == "timeout":
        return "Do less in one call (fewer steps, a smaller input), or pass a larger timeout_seconds."
    if result.status == "silent":
        return "Print progress, or find out what it waits for."
    if result.exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return "A kill from outside most often means that memory ran out."
    if result.exit_code == 127:
        return "A program was not found; `type NAME` tells whether one is here."
    return ""


def refused(text: str) -> ToolResult:
    """The envelope for a call that was not carried out."""
    return ToolResult(ok=False, summary=cut_line(text.split("\n")[0], 200), text=excerpt(printable(text)))
