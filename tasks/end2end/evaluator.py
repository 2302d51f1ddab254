"""The evaluator of the miniatures: a fresh copy of the work is run, and the harness measures by itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.sandbox import Environment, Limits, Mount
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import AgentkitError
from agentkit.evaluation.audit_flags import audit_flags
from agentkit.evaluation.locked import LockedFiles, walk
from agentkit.sandboxes.remove import discard

from .examining import PRODUCED, Bench, Examination, Refused, check_program, lay_program

DATA, DATA_VARIABLE = Path("/data"), "AGENTKIT_DATA"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class RunRules:
    """What one command of a miniature may use."""

    seconds: float
    memory_bytes: int
    program_bytes: int


@dataclass
class Findings:
    """What is known of a candidate so far."""

    status: Status = "invalid"
    reason: str = ""


class MiniatureEvaluator:
    """Implements `contracts.task.Evaluator`. Nothing that a candidate prints or brings sets a figure."""

    def __init__(
        self,
        examination: Examination,
        rules: RunRules,
        *,
        laid: LockedFiles,
        decides: LockedFiles,
        prepared: str,
        masks: Sequence[Path] = (),
    ) -> None:
        """`laid`: locked files of every fresh copy; `decides`: all that decides a score; `prepared`: the name
        below the cache of what the examination prepares, which changes whenever that does."""
        self.examination = examination
        self.rules = rules
        self.laid = laid
        self.decides = decides
        self.prepared = prepared
        self.masks = tuple(masks)
        self._given: LockedFiles | None = None
        self._data = Path()
        self._environment = Environment()

    def lacks(self) -> Sequence[Lack]:
        return []

    def prepare(self, cache: Path) -> Environment:
        self._data = prepare_once(self.examination, cache / "end2end" / self.prepared)
        files = {path.relative_to(self._data).as_posix(): path for path in walk(self._data)}
        self._given = LockedFiles.of(files)
        self._environment = Environment(
            mounts=(Mount(source=self._data, target=DATA),),
            masks=self.masks,
            variables={DATA_VARIABLE: str(DATA), "PYTHONHASHSEED": "0", **dict.fromkeys(THREADS, "1")},
            limits=Limits(seconds=self.rules.seconds, memory_bytes=self.rules.memory_bytes),
        )
        return self._environment

    async def evaluate(self, candidate: Candidate) -> Outcome:
        if self._given is None:
            raise AgentkitError("The evaluator was asked to evaluate before it was asked to prepare.")
        self.decides.check_sources()
        if self._given.changed_sources():  # by a run that had no wall before it, and was flagged for it
            discard(self._data)
            self.prepare(self._data.parents[1])
        began = time.monotonic()
        candidate.logs.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="evaluation-", dir=candidate.logs))
        bench = Bench(
            candidate=candidate,
            locked=self.laid,
            environment=self._environment,
            produced=place / PRODUCED,
            data=self._data,
            figures=dict(self.examination.figures),
            flags=list(audit_flags(candidate.folder)),
        )
        findings = Findings()
        try:
            await self._decide(bench, place, findings)
        finally:
            keep_produced(place / PRODUCED, candidate.logs / PRODUCED)
            discard(place)
        for flag in self._tampered(candidate):
            findings.status, findings.reason = "flagged", flag.evidence
            bench.flags.append(flag)
        return Outcome(
            status=findings.status,
            metrics=bench.figures,
            trust="verified",
            isolation=candidate.sandbox.name,
            flags=tuple(bench.flags),
            seconds=time.monotonic() - began,
            reason=findings.reason,
            log="\n".join(bench.printed),
            seed=candidate.seed,
        )

    async def _decide(self, bench: Bench, place: Path, findings: Findings) -> None:
        try:
            left_out = lay_program(bench.candidate.folder, place / "program", self.laid)
            bench.flags += left_out
            check_program(place / "program", left_out, self.rules.program_bytes)
            findings.reason = await self.examination.examine(bench)
            findings.status = "valid"
        except Refused as refused:
            findings.status, findings.reason = refused.status, refused.reason

    def _tampered(self, candidate: Candidate) -> list[Flag]:
        """Files of the task, and what every candidate is given, that a run changed where no wall stood."""
        found = [self.decides.tampered(candidate.sandbox)]
        if self._given is not None:
            found.append(self._given.tampered(candidate.sandbox))
        return [each for each in found if each is not None]


def prepare_once(examination: Examination, folder: Path) -> Path:
    """Made beside its place and renamed, so that it is whole or not there."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=folder.parent))
    try:
        examination.prepare(partial)
        partial.chmod(0o755)
        with suppress(OSError):  # another process was quicker, with the same content
            partial.rename(folder)
    finally:
        discard(partial)
    return folder


def keep_produced(made: Path, kept: Path) -> None:
    """In place of what an earlier evaluation left there."""
    discard(kept)
    if made.is_dir():
        with suppress(OSError):
            made.rename(kept)
