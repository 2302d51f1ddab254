"""One training run of a candidate's script, in a folder of its own, on the harness's clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.contracts.jobs import FinishedJob
from agentkit.contracts.outcome import Flag, Status
from agentkit.contracts.sandbox import Command, CommandResult, Environment
from agentkit.contracts.task import Candidate
from agentkit.evaluation.conditions.reference_work import Yardstick
from agentkit.evaluation.conditions.repeat import Watch, measure_steadily
from agentkit.evaluation.conditions.verdict import Conditions
from agentkit.evaluation.locked import LockedFiles, is_plain, lay_candidate, take_artefact, walk
from agentkit.source.regions import LARGEST, compare_regions

from .rules import PocketRules
from .sizes import sizes_fault

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
SHOWN = 4
"""Places in one flag."""


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
    candidate: Candidate,
    place: Path,
    environment: Environment,
    rules: PocketRules,
    findings: Findings,
    usual: Yardstick,
) -> Path:
    """Returns a folder with the candidate's files as handed in and, of the run, the checkpoint only.

    Raises Refused, with what is known until then in `findings`. A run that the machine disturbed is marked,
    and made again if there is time for it.
    """
    answering = place / "answering"
    left_out = lay_program(candidate.folder, answering)
    findings.flags += left_out
    if left_out:
        found = "; ".join(f"{each.code}: {each.evidence}" for each in left_out)
        raise Refused("invalid", f"the workspace holds what cannot be part of a solution ({found})")
    if not (answering / SCRIPT).is_file():
        raise Refused("crash", f"there is no {SCRIPT} in the workspace")
    check_size(answering, rules.program_bytes)
    check_sizes((answering / SCRIPT).read_bytes(), rules)
    job, conditions = await measure_steadily(
        lambda number: train_once(candidate, environment, usual, number), candidate.repeat_within
    )
    result = job.result
    findings.log = result.output
    findings.metrics |= {"cpu_seconds": result.cpu_seconds, "wall_seconds": result.seconds}
    check_end(result, environment)
    findings.flags += conditions.flags
    lack = take_artefact(job.command.folder, CHECKPOINT, answering / CHECKPOINT, rules.checkpoint_bytes)
    if lack:
        raise Refused("invalid", f"training ended, but {lack}")
    check_checkpoint((answering / CHECKPOINT).stat().st_size, rules)
    return answering


async def train_once(
    candidate: Candidate, environment: Environment, usual: Yardstick, number: int
) -> tuple[FinishedJob, Conditions]:
    """One training from a fresh folder. One that fails says nothing about the machine."""
    name = "training" if number == 0 else f"training-{number + 1}"

    def lay_out(folder: Path) -> Command:
        training = folder / "training"
        lay_program(candidate.folder, training)
        Watch(folder / "conditions", usual).begin()
        return Command(
            argv=("python", SCRIPT),
            folder=training,
            environment=environment,
            log=candidate.logs / f"{name}-{candidate.seed}.log",
        )

    job = await candidate.jobs.run(name, lay_out, on_output=candidate.on_output)
    conditions = Watch(job.folder / "conditions", usual).end(job.result.cpu_seconds)
    if job.result.status != "ok":
        conditions = conditions.model_copy(update={"disturbed": ()})
    return job, conditions


def lay_program(source: Path, target: Path) -> tuple[Flag, ...]:
    """The candidate's Python files and nothing else: weights and data that it brought stay behind."""
    flags = lay_candidate(source, target, NOTHING_LOCKED)
    for path in walk(target):
        if path.is_symlink() or (is_plain(path) and path.suffix != ".py"):
            path.unlink()
    return flags


def check_size(program: Path, most_bytes: int) -> None:
    files = {path: path.read_bytes() for path in walk(program) if is_plain(path)}
    size = sum(map(len, files.values()))
    if size > most_bytes:
        raise Refused("invalid", f"the Python files have {size:,} bytes, and {most_bytes:,} are allowed")
    for path, content in files.items():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("invalid", f"{path.relative_to(program)} is not UTF-8 text") from None


def check_sizes(script: bytes, rules: PocketRules) -> None:
    """A model smaller than the record's is refused before it is trained."""
    try:
        fault = sizes_fault(script, rules.sizes)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise Refused("crash", f"{SCRIPT} cannot be read as Python: {where}{error.msg}") from None
    if fault:
        raise Refused("invalid", fault)


def check_checkpoint(size: int, rules: PocketRules) -> None:
    """The second look at its size, for whatever made the model smaller than its recipe says."""
    least = rules.checkpoint_least_bytes
    if size < least:
        wanted = f"a model of the record's sizes in float32 has {least:,} at least"
        raise Refused("invalid", f"its {CHECKPOINT} has {size:,} bytes; {wanted}")


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


def region_flags(ends: Sequence[Path], script: Path) -> list[Flag]:
    """Where a script times or validates itself otherwise than each of the task's own scripts does.

    A flag a kind, to say where to look. Nothing else comes of it, as nothing rests on what a script prints.
    """
    if not ends or not is_plain(script):
        return []
    with script.open(encoding="utf-8", errors="replace") as file:
        text = file.read(LARGEST + 1)
    differing = []
    for end in ends:
        found = compare_regions(end.read_text(encoding="utf-8"), text)
        differing.append({(each.kind, each.definition): each for each in found if each.differs})
    places: dict[str, list[str]] = {}
    for key, change in differing[0].items():
        if all(key in each for each in differing):
            places.setdefault(change.kind, []).append(f"{script.name}{change}")
    return [Flag(code=f"region:{kind}", evidence="; ".join(each[:SHOWN])) for kind, each in places.items()]
