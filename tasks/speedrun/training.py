"""One training run of a candidate's script, in a folder of its own, on the harness's clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.contracts.outcome import Flag, Status
from agentkit.contracts.sandbox import Command, CommandResult, Environment
from agentkit.contracts.task import Candidate
from agentkit.evaluation.locked import LockedFiles, lay_candidate, take_artefact

SCRIPT, CHECKPOINT = "train.py", "checkpoint.pt"
NOTHING_LOCKED = LockedFiles({}, {})

PRINTED_LOSS = re.compile(r"val_loss[:= ]+(\d+(?:\.\d+)?)")
PRINTED_TIME = re.compile(r"train_time[:= ]+(\d+(?:\.\d+)?)ms")
LOSS_APART = 0.05
"""Nats between a printed and the measured loss that are worth a flag."""
TIME_SHARE = 0.5
"""A printed time below this share of the wall time is worth one."""
IMPORT_SECONDS = 10.0
"""What a script's own clock may miss before that: interpreter, imports, saving."""


@dataclass
class Findings:
    """What is known of a candidate so far."""

    status: Status = "invalid"
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    log: str = ""


class Refused(Exception):
    """A candidate gets no further."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status: Status = status
        self.reason = reason


async def train(
    candidate: Candidate, place: Path, environment: Environment, checkpoint_bytes: int, findings: Findings
) -> Path:
    """Returns a folder with the candidate's files as handed in and, of the run, the checkpoint only.

    Raises Refused, with what is known until then in `findings`.
    """
    training, answering = place / "training", place / "answering"
    left_out = lay_candidate(candidate.folder, training, NOTHING_LOCKED)
    lay_candidate(candidate.folder, answering, NOTHING_LOCKED)
    findings.flags += left_out
    if left_out:
        found = "; ".join(f"{each.code}: {each.evidence}" for each in left_out)
        raise Refused("invalid", f"the workspace holds what cannot be part of a solution ({found})")
    if not (training / SCRIPT).is_file():
        raise Refused("crash", f"there is no {SCRIPT} in the workspace")
    # A checkpoint that came with the candidate is not one that it trained.
    for folder in (training, answering):
        (folder / CHECKPOINT).unlink(missing_ok=True)
    command = Command(
        argv=("python", SCRIPT),
        folder=training,
        environment=environment,
        log=candidate.logs / f"training-{candidate.seed}.log",
    )
    result = await candidate.sandbox.run(command, candidate.on_output)
    findings.log = result.output
    findings.metrics |= {"cpu_seconds": result.cpu_seconds, "wall_seconds": result.seconds}
    check_end(result, environment)
    lack = take_artefact(training / CHECKPOINT, answering / CHECKPOINT, checkpoint_bytes)
    if lack:
        raise Refused("invalid", f"training ended, but {lack}")
    return answering


def check_end(result: CommandResult, environment: Environment) -> None:
    if result.status in ("timeout", "silent"):
        raise Refused("timeout", f"training did not end within {environment.limits.seconds:g} s")
    if result.status != "ok":
        raise Refused("crash", f"training failed: {last_line(result)}")


def last_line(result: CommandResult) -> str:
    """What a traceback ends with, which is what a reader wants first."""
    lines = [line.strip() for line in result.output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit code {result.exit_code}"


def printed_flags(output: str, loss: float, wall_seconds: float) -> list[Flag]:
    """Where what a script prints about itself is far from what was measured. Nothing else uses the print."""
    flags = []
    losses, times = PRINTED_LOSS.findall(output), PRINTED_TIME.findall(output)
    if losses and abs(float(losses[-1]) - loss) > LOSS_APART:
        evidence = f"printed val_loss {losses[-1][:20]}, measured {loss:.4f}"
        flags.append(Flag(code="printed_loss_differs", evidence=evidence))
    if times and float(times[-1]) / 1000 < TIME_SHARE * (wall_seconds - IMPORT_SECONDS):
        evidence = f"printed train_time {times[-1][:20]} ms, measured {wall_seconds:.1f} s"
        flags.append(Flag(code="printed_time_differs", evidence=evidence))
    return flags
