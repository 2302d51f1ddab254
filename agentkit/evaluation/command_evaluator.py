"""Command evaluator: a task's own script scores a candidate, and writes JSON to $AGENTKIT_RESULT.

    {"metrics": {"words": 3}, "valid": true, "reason": "3 different words"}

The script is the task's, by digest, and runs in a sandbox beside the candidate's files. It may import or
start the candidate's code there, and what that code can reach, it can forge: the result file too. So an
outcome is `claimed`, always. A task that needs `verified` has an adapter with an evaluator of its own,
which keeps the candidate in a process that only answers (`agentkit.evaluation.answers`).
"""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, Wall
from agentkit.contracts.task import Candidate, Lack
from agentkit.evaluation.locked import LockedFiles, is_plain, lay_candidate, region_flags
from agentkit.sandboxes.default_limits import default_limits, tighten
from agentkit.settings import Settings

RESULT_VARIABLE = "AGENTKIT_RESULT"
RESULT_BYTES = 1024 * 1024
INSIDE = Path("/workspace")
FLAGS = "flags.json"


class Result(Record):
    """What an evaluate script may write."""

    metrics: Mapping[str, float] = Field(default_factory=dict)
    valid: bool = True
    reason: str = ""

    @field_validator("metrics")
    @classmethod
    def _finite(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        for name, number in value.items():
            if not math.isfinite(number):
                raise ValueError(f"'{name}' is {number}, not a finite number")
        return value


class CommandEvaluator:
    """`contracts.task.Evaluator` of a folder task."""

    def __init__(
        self,
        *,
        folder: Path,
        command: Sequence[str],
        seconds: float,
        locked: LockedFiles,
        metric: str,
        needs: Iterable[Wall] = (),
        regions: Mapping[str, LockedRegions] | None = None,
    ) -> None:
        self.folder = folder
        self.command = tuple(command)
        self.seconds = seconds
        self.locked = locked
        self.metric = metric
        self.needs = frozenset(needs)
        self.regions = regions or {}

    def lacks(self) -> Sequence[Lack]:
        return []

    def prepare(self, cache: Path) -> Environment:
        """Nothing to build. The task's folder is hidden: it holds the solution."""
        return Environment(masks=(self.folder,), limits=Limits(seconds=self.seconds), needs=self.needs)

    async def evaluate(self, candidate: Candidate) -> Outcome:
        self.locked.check_sources()
        began = time.monotonic()

        def lay_out(folder: Path) -> Command:
            flags = lay_candidate(candidate.folder, folder / "work", self.locked)
            flags += region_flags(folder / "work", self.regions)
            # For whoever takes the job up again: by then there is nothing left to compare.
            (folder / FLAGS).write_text(json.dumps([each.model_dump() for each in flags]), encoding="utf-8")
            return self._command(folder / "work", f"result-{uuid.uuid4().hex}.json", candidate)

        job = await candidate.jobs.run("evaluation", lay_out, on_output=candidate.on_output)
        result, flags = job.result, json.loads((job.folder / FLAGS).read_bytes())
        name = Path(job.command.environment.variables[RESULT_VARIABLE]).name
        status, reason, metrics = self._verdict(result, job.command.folder / name)
        self.locked.check_sources()
        return Outcome(
            status=status,
            metrics=metrics,
            trust="claimed",
            isolation=candidate.sandbox.name,
            flags=tuple(Flag.model_validate(each) for each in flags),
            seconds=time.monotonic() - began,
            reason=reason,
            log=result.output,
            seed=candidate.seed,
        )

    def _command(self, folder: Path, name: str, candidate: Candidate) -> Command:
        environment = Environment(
            masks=(self.folder,),
            variables={RESULT_VARIABLE: str(INSIDE / name), "AGENTKIT_SEED": str(candidate.seed)},
            # Not the run's settings: what an evaluation may use must not depend on them.
            limits=tighten(Limits(seconds=self.seconds), default_limits(Settings())),
            needs=self.needs,
        )
        log = candidate.logs / f"evaluate-{candidate.seed}.log"
        return Command(argv=self.command, folder=folder, environment=environment, log=log)

    def _verdict(self, result: CommandResult, path: Path) -> tuple[Status, str, Mapping[str, float]]:
        if result.status in ("timeout", "silent"):
            return "timeout", f"the evaluation did not end within {self.seconds:g} s", {}
        if result.status != "ok":
            lines = [line.strip() for line in result.output.splitlines() if line.strip()]
            last = lines[-1][:300] if lines else f"exit code {result.exit_code}"
            return "crash", f"the evaluation failed: {last}", {}
        try:
            said = read_result(path)
        except ValueError as error:
            return "crash", f"the evaluation ended, but {error}", {}
        if said.valid and self.metric not in said.metrics:
            found = ", ".join(said.metrics) or "none"
            return "crash", f"the evaluation gave no figure '{self.metric}' (it gave: {found})", said.metrics
        return ("valid" if said.valid else "invalid"), said.reason[:1000], said.metrics


def read_result(path: Path) -> Result:
    """Raises ValueError, which completes a sentence that begins with "the evaluation ended, but"."""
    if not is_plain(path):
        raise ValueError(f"wrote no file to ${RESULT_VARIABLE}")
    if path.stat().st_size > RESULT_BYTES:
        raise ValueError(f"its result has more than {RESULT_BYTES:,} bytes")
    try:
        return Result.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "the whole"
        raise ValueError(f"its result is wrong at '{where}': {fault['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its result is not JSON: {error}") from error
