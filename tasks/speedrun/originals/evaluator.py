"""Who decides a task with a real script: a smoke stage, runs by torchrun, and what they printed.

Figures are the script's own words: it prints its clock and its loss, so `trust` is `claimed`. What can be
checked from outside is: that the shards are the same before and after and were opened at all, that lines do
not contradict each other, that the printed time passed on the harness's clock too, and that the script times
and validates itself as the task's own scripts do. Of a run that saved its model the harness measures the loss
itself; where it finds the printed one, `trust` is `verified`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agentkit.contracts.jobs import GpuRequest, MakeCommand
from agentkit.contracts.outcome import Outcome, Trust
from agentkit.contracts.sandbox import Command, Environment, Mount
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import AgentkitError, BadFile
from agentkit.evaluation.audit_flags import audit_flags
from agentkit.evaluation.locked import LockedFiles, digest_all, is_plain
from agentkit.sandboxes.remove import discard

from ..training import NOTHING_LOCKED, Findings, Refused, check_size, lay_program, region_flags
from .cross_checks import check_fixed, check_opened, check_shards, weigh_saved
from .harness_clock import HarnessClock
from .launch import read_arguments, surroundings, torchrun
from .rules import SCRIPT, OriginalRules
from .shard_state import ShardState, smoke_shards
from .smoke import check_files, smoke
from .tokens_read import ShardWatch
from .verifying import measure_saved
from .weighing import Said, read_run, weigh

DIGESTS = "shards.json"
"""Of a job's folder."""
ENDS = (f"start/{SCRIPT}", f"target/{SCRIPT}")
"""Of the locked files, the task's own scripts."""
SEEDS_APART = 1_000_000
"""Between the seeds of several runs of the same files: other than those of any search or calibration."""


class OriginalEvaluator:
    """Implements `contracts.task.Evaluator`."""

    def __init__(
        self,
        rules: OriginalRules,
        find_data: Callable[[], ShardState],
        find_lacks: Callable[[], Sequence[Lack]],
        *,
        locked: LockedFiles = NOTHING_LOCKED,
        mounts: Sequence[Mount] = (),
        masks: Sequence[Path] = (),
        variables: dict[str, str] | None = None,
    ) -> None:
        self.rules = rules
        self.locked = locked
        self._find_data, self._find_lacks = find_data, find_lacks
        self._mounts, self._masks, self._variables = tuple(mounts), tuple(masks), variables or {}
        self._data: ShardState | None = None
        self._smoke_data = Path()
        self._smoked: set[str] = set()
        """Digests of what has passed, in this process."""

    def lacks(self) -> Sequence[Lack]:
        return list(self._find_lacks())

    def prepare(self, cache: Path) -> Environment:
        self._data = self._find_data()
        self._smoke_data = smoke_shards(cache, self.rules.smoke)
        return self._environment(self._data.folder, self.rules.seconds)

    async def evaluate(self, candidate: Candidate) -> Outcome:
        if self._data is None:
            raise AgentkitError("The evaluator was asked to evaluate before it was asked to prepare.")
        self.locked.check_sources()
        began = time.monotonic()
        candidate.logs.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="evaluation-", dir=candidate.logs))
        advice = (*audit_flags(candidate.folder), *region_flags(self._ends(), candidate.folder / SCRIPT))
        findings = Findings(flags=list(advice))
        trust: Trust = "claimed"
        try:
            trust = await self._decide(candidate, place, findings, self._data)
        except Refused as refused:
            findings.status, findings.reason = refused.status, refused.reason
        finally:
            discard(place)
        tampered = self.locked.tampered(candidate.sandbox)
        if tampered:
            findings.status, findings.reason = "flagged", tampered.evidence
            findings.flags.append(tampered)
        return Outcome(
            status=findings.status,
            metrics=findings.metrics,
            trust=trust,
            isolation=candidate.sandbox.name,
            flags=tuple(findings.flags),
            seconds=time.monotonic() - began,
            reason=findings.reason,
            log=findings.log,
            seed=candidate.seed,
        )

    def _ends(self) -> list[Path]:
        return [self.locked.sources[each] for each in ENDS if each in self.locked.sources]

    async def _decide(self, candidate: Candidate, place: Path, findings: Findings, data: ShardState) -> Trust:
        """Raises Refused."""
        program = place / "program"
        arguments = self._lay(candidate, program, findings)
        if self.rules.metric == "steps":
            check_fixed(self._ends(), program / SCRIPT)
        digests = await asyncio.to_thread(data.digests)
        await self._smoke(candidate, program, arguments, findings)
        runs, work = [], Path()
        for number in range(self.rules.runs):
            said, work = await self._run(candidate, arguments, findings, digests, number)
            runs.append(said)
        weigh(runs, self.rules, findings)
        printed = runs[-1].result.last
        assert printed is not None and printed.loss is not None, "read_run() looked"
        around = self._environment(data.folder, self.rules.saved.seconds)
        found = await measure_saved(
            candidate, work, place / "answering", around, data.shards.validation[0], self.rules.saved
        )
        return weigh_saved(found, printed.loss, self.rules.saved, findings)

    async def _run(
        self,
        candidate: Candidate,
        arguments: tuple[str, ...],
        findings: Findings,
        digests: Mapping[str, str],
        number: int,
    ) -> tuple[Said, Path]:
        """One of them: what it said, and the folder in which it ended. Raises Refused."""
        assert self._data is not None, "evaluate() looked"
        data, clock = self._data, HarnessClock()
        name = "training" if number == 0 else f"training-{number + 1}"

        def listen(output: bytes) -> None:
            clock.feed(output)
            if candidate.on_output:
                candidate.on_output(output)

        seed = candidate.seed + SEEDS_APART * number
        make = self._maker(
            candidate, arguments, self.rules.ranks, name, data.folder, self.rules.seconds, seed
        )
        watches: list[ShardWatch] = []

        def lay_out(folder: Path) -> Command:
            # For whoever takes the run up again: what the shards were when it began.
            (folder / DIGESTS).write_text(json.dumps(dict(digests)), encoding="utf-8")
            watches.append(ShardWatch([*data.shards.train, *data.shards.validation]))
            return make(folder)

        try:
            job = await candidate.jobs.run(
                name,
                lay_out,
                gpus=GpuRequest(count=self.rules.ranks if self.rules.on_gpus else 0),
                on_output=listen,
            )
            # A run that another process began was not watched from its beginning.
            opened = watches[-1].opened() if watches else None
        finally:
            for watch in watches:
                watch.close()
        findings.log = job.result.output
        await check_shards(candidate, json.loads((job.folder / DIGESTS).read_bytes()), data, findings)
        said = read_run(job, clock, self.rules, findings)
        check_opened(opened, said.steps, data, self.rules, findings)
        return said, job.command.folder

    async def _smoke(
        self, candidate: Candidate, program: Path, arguments: tuple[str, ...], findings: Findings
    ) -> None:
        """Once for the same files: an answer and both ends of a task are measured several times."""
        files = {path.relative_to(program).as_posix(): path for path in program.rglob("*") if is_plain(path)}
        key = digest_all({**files, "": json.dumps([candidate.sandbox.name, *arguments])})
        if key in self._smoked:
            return
        environment = self._environment(self._smoke_data, self.rules.smoke.seconds)
        await check_files(candidate, program, environment, findings)
        await smoke(candidate, self.rules, self._smoke_maker(candidate, arguments), findings)
        self._smoked.add(key)

    def _lay(self, candidate: Candidate, program: Path, findings: Findings) -> tuple[str, ...]:
        """Python files only, and words for the command line. Raises Refused."""
        left_out = lay_program(candidate.folder, program)
        findings.flags += left_out
        if left_out:
            found = "; ".join(f"{each.code}: {each.evidence}" for each in left_out)
            raise Refused("invalid", f"the workspace holds what cannot be part of a solution ({found})")
        if not is_plain(program / SCRIPT):
            raise Refused("crash", f"there is no {SCRIPT} in the workspace")
        check_size(program, self.rules.program_bytes)
        try:
            return read_arguments(candidate.folder)
        except BadFile as error:
            raise Refused("crash", f"{error.message} {' '.join(error.lines)}") from error

    def _environment(self, shards: Path, seconds: float) -> Environment:
        found = surroundings(shards, self._mounts, self._masks, seconds)
        return found.model_copy(update={"variables": {**found.variables, **self._variables}})

    def _smoke_maker(
        self, candidate: Candidate, arguments: Sequence[str]
    ) -> Callable[[int, str], MakeCommand]:
        seconds = self.rules.smoke.seconds
        return lambda ranks, name: self._maker(
            candidate, arguments, ranks, name, self._smoke_data, seconds, candidate.seed
        )

    def _maker(
        self,
        candidate: Candidate,
        arguments: Sequence[str],
        ranks: int,
        name: str,
        shards: Path,
        seconds: float,
        seed: int,
    ) -> MakeCommand:
        around = self._environment(shards, seconds)
        variables = {**around.variables, "AGENTKIT_SEED": str(seed)}

        def lay_out(folder: Path) -> Command:
            work = folder / "work"
            lay_program(candidate.folder, work)
            return Command(
                argv=torchrun(ranks, arguments),
                folder=work,
                environment=around.model_copy(update={"variables": variables}),
                log=candidate.logs / f"{name}-{candidate.seed}.log",
            )

        return lay_out
