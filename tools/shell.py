"""Run a command with bash in the attempt's sandbox."""

from __future__ import annotations

import math
import re
import signal
from pathlib import Path

from agentkit import Command, CommandResult, Environment, ToolContext, ToolResult, Truncated, tool
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import LOG_PREFIX

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

LOG_NAME = re.compile(r"shell-(\d+)\.log")


@tool
async def shell(context: ToolContext, command: str, timeout_seconds: float = 120) -> ToolResult:
    """Run a bash command in the workspace. Each call is a new shell; its processes end with it.

    command: one command or a script of several lines.
    timeout_seconds: after so long everything it started is ended; what it printed till then is shown.
    """
    if not command.strip() or "\0" in command:
        problem = "it holds a NUL" if command.strip() else "it is empty"
        return refused(f"The command was not run: {problem}.")
    if not (timeout_seconds > 0 and math.isfinite(timeout_seconds)):
        return refused(f"timeout_seconds must be more than 0, and a number; it was {timeout_seconds}.")
    log = next_log(context.logs)
    result = await context.sandbox.run(
        Command(
            argv=("bash", "-c", command),
            folder=context.workspace.folder,
            environment=environment_for(context.environment, timeout_seconds),
            log=log,
        )
    )
    return told(command, result, log)


def environment_for(given: Environment, timeout_seconds: float) -> Environment:
    """The task's, with our variables below its own and the shorter of the two clocks."""
    allowed = given.limits.seconds
    seconds = timeout_seconds if allowed is None else min(timeout_seconds, allowed)
    limits = given.limits.model_copy(update={"seconds": seconds})
    variables = {**VARIABLES, **given.variables}
    return given.model_copy(update={"limits": limits, "variables": variables})


def next_log(logs: Path) -> Path:
    """A new number after the last one used, also by an earlier process."""
    logs.mkdir(parents=True, exist_ok=True)
    used = [int(match[1]) for path in logs.iterdir() if (match := LOG_NAME.fullmatch(path.name))]
    return logs / f"shell-{max(used, default=0) + 1:04}.log"


def told(command: str, result: CommandResult, log: Path) -> ToolResult:
    output = printable(result.output).rstrip("\n")
    name = f"{LOG_PREFIX}{log.name}"
    ending = how_it_ended(result)
    shown = excerpt(output, LIMIT - 400)
    full, unit = result.truncated_from or len(output), "bytes" if result.truncated_from else "characters"
    truncated = None
    if result.truncated_from is not None or shown != output:
        truncated = Truncated(from_chars=full, kept=len(shown), full_log=name)
        ending += f" The output was {full:,} {unit}; all of it is in {name} (editor view, search text)."
    return ToolResult(
        ok=result.status == "ok",
        summary=f"{short_ending(result)}: {cut_line(' '.join(command.split()), 80)}",
        text=f"{shown}\n[{ending}]" if shown else f"[{ending} It printed nothing.]",
        data={
            "status": result.status,
            "exit_code": result.exit_code,
            "cpu_seconds": round(result.cpu_seconds, 3),
            "peak_memory_bytes": result.peak_memory_bytes,
            "log": name,
        },
        truncated=truncated,
        seconds=result.seconds,
        next_hint=advice(result),
    )


def how_it_ended(result: CommandResult) -> str:
    """For the model, in one or two sentences."""
    used = f"{result.seconds:.1f} s, {result.cpu_seconds:.1f} CPU-seconds"
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
    return ToolResult(ok=False, summary=text, text=text)
