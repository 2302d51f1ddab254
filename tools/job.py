"""Run long commands beside the model: start, wait, look at the curve, stop."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from agentkit import Command, ToolContext, ToolResult, Truncated, tool
from agentkit.contracts.jobs import FinishedJob, GpuRequest
from agentkit.errors import AgentkitError, UsageError
from agentkit.source.excerpt import excerpt, printable
from agentkit.source.paths import Refused
from agentkit.toolbox.command import (
    Ran,
    environment_for,
    facts,
    gpu_facts,
    how_it_ended,
    log_name,
    refused,
    require_seconds,
)
from agentkit.toolbox.job_board import Board, require_rival
from agentkit.toolbox.job_record import (
    JobRecord,
    bring_back,
    copy_workspace,
    job_log,
    read_record,
    records,
    require_name,
)
from agentkit.toolbox.training_log import TrainingLog
from agentkit.toolbox.training_report import report

SHORT = 1500
"""Characters of output that are shown as they are."""
TAIL_LINES = 6


@tool
async def job(
    context: ToolContext,
    command: Literal["start", "wait", "tail", "stop", "list"],
    name: str = "",
    script: str = "",
    seconds: float = 3600,
    gpus: int = 0,
    exclusive: bool = True,
    keep: list[str] | None = None,
    rival: str = "",
    margin: float = 0.05,
) -> ToolResult:
    """Run a long bash script in the background, on a copy of the workspace; you may go on editing.

    `wait` costs nothing while it lasts. A training log is told as curve, best, last and errors.

    name: start: a new one.
    seconds: start: at most so long; wait: wait at most so long.
    exclusive: GPUs not shared with others, for what is timed.
    keep: start: globs of files to copy back when it ends.
    rival: start: an earlier job, * for all; stopped when worse by `margin` at equal steps or time.
    """
    try:
        board = Board.of(context)
        if command == "list":
            return await listed(board)
        if command == "start":
            kept = tuple(keep or ())
            wanted = JobRecord(
                name=name, script=script, keep=kept, rival=rival, margin=margin, began=time.time()
            )
            return await start(board, wanted, seconds, GpuRequest(count=gpus, exclusive=exclusive))
        record = read_record(context.logs, name)
        if command == "wait":
            require_seconds(seconds)
            return await told(board, record, await board.wait(record, seconds))
        if command == "stop":
            return await told(board, record, await board.jobs.stop(name))
        return await told(board, record, await board.jobs.wait(name, 0.0), tail=True)
    except Refused as refusal:
        return refused(str(refusal))
    except UsageError:
        return refused(
            f"The job {name} is gone: it was ended with the process or the stage that had it. "
            f"Its output is in {log_name(job_log(context.logs, name))}. Start it again under another name."
        )
    except AgentkitError as error:  # no such GPUs, a budget that is spent, a job that was lost
        return refused(str(error))


async def start(board: Board, record: JobRecord, seconds: float, gpus: GpuRequest) -> ToolResult:
    context, name = board.context, require_name(record.name)
    require_seconds(seconds)
    if not record.script.strip() or "\0" in record.script:
        raise Refused("The job was not started: `script` is empty or holds a NUL.")
    if gpus.count < 0:
        raise Refused("gpus is a number of devices, 0 or more.")
    context.logs.mkdir(parents=True, exist_ok=True)
    if record.file(context.logs).exists():
        raise Refused(f"There is a job '{name}' already; wait for it, or take another name.")
    require_rival(record, context.logs)

    def make(files: Path) -> Command:
        copy_workspace(context.workspace.folder, files)
        return Command(
            argv=("bash", "-c", record.script),
            folder=files,
            environment=environment_for(context.environment, seconds, {}),
            log=job_log(context.logs, name),
        )

    await board.jobs.start(name, make, gpus=gpus)
    record.write(context.logs)
    board.watch(record)
    devices = f", on {gpus.count} GPU{'s' * (gpus.count > 1)} as soon as they are free" if gpus.count else ""
    text = f"Job {name} is started{devices}. Its output goes to {log_name(job_log(context.logs, name))}."
    return ToolResult(
        ok=True, summary=f"job {name} started", text=text, data={"name": name, "status": "running"}
    )


async def told(
    board: Board, record: JobRecord, done: FinishedJob | None, *, tail: bool = False
) -> ToolResult:
    """What is known of it now."""
    name, path = record.name, job_log(board.context.logs, record.name)
    log = await board.log(name, ended=done is not None)
    shown = printable(body_of(board, name, log, path, tail=tail)).rstrip()
    data = {"name": name, "log": log_name(path), "step": log.step, "figures": figures(log)}
    if done is not None:
        return told_ended(board, name, done, shown, log.size, data)
    state = f"[{name} is running{'' if log.size else '; it has printed nothing yet'}.]"
    text = f"{shown}\n{state}" if shown else state
    return ToolResult(
        ok=True, summary=f"job {name} is running", text=text, data={**data, "status": "running"}
    )


def body_of(board: Board, name: str, log: TrainingLog, path: Path, *, tail: bool) -> str:
    """The output itself if it is short; of a training log its report; else its end."""
    if tail:
        lines = excerpt(board.jobs.tail(name, TAIL_LINES), SHORT)
        return f"{report(log)}\n{lines}" if log.curves else lines
    if log.size <= SHORT:
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return report(log) if log.curves else excerpt(board.jobs.tail(name, 200), 2 * SHORT)


def figures(log: TrainingLog) -> dict[str, dict[str, float | str | None]]:
    """For a result's data, which is JSON: what is no number there is a word."""
    return {
        each.name: {
            "last": as_json(each.last[1]),
            "best": as_json(each.best[1]),
            "diverged_at": each.diverged_at,
        }
        for each in log.curves.values()
    }


def as_json(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def told_ended(
    board: Board, name: str, done: FinishedJob, shown: str, size: int, data: Mapping[str, object]
) -> ToolResult:
    """How it ended; what was to be kept is copied back the first time that this is told."""
    logs = board.context.logs
    record = read_record(logs, name)  # the watch may have written why it stopped it
    path = job_log(logs, name)
    ran = Ran(done.result, path, done.gpu_seconds, done.queued_seconds)
    notes = [f"It was stopped: {record.stopped}."] if record.stopped else []
    if not record.kept:
        brought = bring_back(done.folder, record.keep, board.context.workspace.folder)
        record.model_copy(update={"kept": True}).write(logs)
        notes += [f"Copied back: {', '.join(brought[:10])}{' …' * (len(brought) > 10)}."] if brought else []
        notes += ["No file fits `keep`."] if record.keep and not brought else []
    ending = " ".join([how_it_ended(ran), *notes, f"All of its output: {log_name(path)}."])
    cut = Truncated(from_chars=size, kept=len(shown), full_log=log_name(path))
    return ToolResult(
        ok=done.result.status == "ok",
        summary=f"job {name}: {how_it_ended(ran)}",
        text=f"{shown}\n[{ending}]" if shown else f"[{ending} It printed nothing.]",
        data={**data, **facts(ran), "stopped": record.stopped},
        truncated=cut if size > len(shown) + 1 else None,
        seconds=done.result.seconds,
        gpu=gpu_facts(ran),
    )


async def listed(board: Board) -> ToolResult:
    rows = []
    for record in records(board.context.logs):
        try:
            done = await board.jobs.wait(record.name, 0.0)
            state = "running" if done is None else how_it_ended(Ran(done.result, Path()))
        except AgentkitError as error:
            state = "gone" if isinstance(error, UsageError) else error.message
        rows.append(f"{record.name}: {state}")
    text = "\n".join(rows) or "No job was started."
    return ToolResult(ok=True, summary=f"{len(rows)} jobs", text=text, data={"jobs": len(rows)})
