"""Who decides a task with a real script: a smoke stage, one run by torchrun, and what the run printed.

Figures are the script's own words: it prints its clock and its loss, so `trust` is `claimed`, always. What
can be checked from outside is: that the shards are the same before and after, that lines do not contradict
each other, that the printed time passed on the harness's clock too, and that the script times and validates
itself as the task's own scripts do. These scripts do not save their model, so nobody can ask it again.
"""

from __future__ import annotations

import asyncio
import json
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agentkit.contracts.jobs import FinishedJob, GpuRequest, MakeCommand
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.sandbox import Command, Environment, Mount
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import AgentkitError, BadFile, RunProblem
from agentkit.evaluation.audit_flags import audit_flags
from agentkit.evaluation.locked import LockedFiles, digest_all, is_plain
from agentkit.sandboxes.remove import discard

from ..training import NOTHING_LOCKED, Findings, Refused, check_size, last_line, lay_program, region_flags
from .console import read_console
from .harness_clock import HarnessClock, clock_flags
from .launch import read_arguments, surroundings, torchrun
from .printed import Result, result_of
from .rules import SCRIPT, OriginalRules
from .shard_state import ShardState, differing, smoke_shards
from .smoke import check_files, failure_line, read_log, smoke

DIGESTS = "shards.json"
"""Of a job's folder."""
ENDS = (f"start/{SCRIPT}", f"target/{SCRIPT}")
"""Of the locked files, the task's own scripts."""


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
        ends = [self.locked.sources[each] for each in ENDS if each in self.locked.sources]
        advice = (*audit_flags(candidate.folder), *region_flags(ends, candidate.folder / SCRIPT))
        findings = Findings(flags=list(advice))
        try:
            await self._decide(candidate, place, findings, self._data)
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
            trust="claimed",
            isolation=candidate.sandbox.name,
            flags=tuple(findings.flags),
            seconds=time.monotonic() - began,
            reason=findings.reason,
            log=findings.log,
            seed=candidate.seed,
        )

    async def _decide(self, candidate: Candidate, place: Path, findings: Findings, data: ShardState) -> None:
        program = place / "program"
        arguments = self._lay(candidate, program, findings)
        digests = await asyncio.to_thread(data.digests)
        await self._smoke(candidate, program, arguments, findings)
        clock = HarnessClock()

        def listen(output: bytes) -> None:
            clock.feed(output)
            if candidate.on_output:
                candidate.on_output(output)

        job = await candidate.jobs.run(
            "training",
            self._training_maker(candidate, arguments, data.folder, digests),
            gpus=GpuRequest(count=self.rules.ranks if self.rules.on_gpus else 0),
            on_output=listen,
        )
        findings.log = job.result.output
        before = json.loads((job.folder / DIGESTS).read_bytes())
        changed = differing(before, await asyncio.to_thread(data.digests))
        if changed and "other_files" in candidate.sandbox.walls:
            raise RunProblem(
                f"Shards changed during a run, which could not write them: {changed}",
                f"Looked in: {data.folder}",
                "Results before and after the change do not compare. Next: start a new run",
            )
        if changed:
            findings.flags.append(Flag(code="tampered", evidence=f"shards changed: {changed}"))
            raise Refused("flagged", f"shards changed during the run: {changed}")
        weigh(job, clock, self.rules, findings)

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
        return lambda ranks, name: self._maker(candidate, arguments, ranks, name, self._smoke_data, seconds)

    def _training_maker(
        self, candidate: Candidate, arguments: Sequence[str], shards: Path, digests: Mapping[str, str]
    ) -> MakeCommand:
        make = self._maker(candidate, arguments, self.rules.ranks, "training", shards, self.rules.seconds)

        def lay_out(folder: Path) -> Command:
            # For whoever takes the run up again: what the shards were when it began.
            (folder / DIGESTS).write_text(json.dumps(dict(digests)), encoding="utf-8")
            return make(folder)

        return lay_out

    def _maker(
        self,
        candidate: Candidate,
        arguments: Sequence[str],
        ranks: int,
        name: str,
        shards: Path,
        seconds: float,
    ) -> MakeCommand:
        around = self._environment(shards, seconds)
        variables = {**around.variables, "AGENTKIT_SEED": str(candidate.seed)}

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


def weigh(job: FinishedJob, clock: HarnessClock, rules: OriginalRules, findings: Findings) -> None:
    """From what was printed to the verdict. Of a run that was cut off no figure is kept: it looks whole."""
    result, metrics = job.result, findings.metrics
    metrics |= {"wall_seconds": result.seconds, "gpu_seconds": job.gpu_seconds}
    if result.status in ("timeout", "silent"):
        raise Refused("timeout", f"it did not end within {job.command.environment.limits.seconds or 0:g} s")
    if result.status != "ok":
        raise Refused("crash", f"it failed: {failure_line(result.output) or last_line(result)}")
    said = result_of(read_console(read_log(job, rules.printed_bytes)), rules.target_loss, rules.timing)
    put_metrics(said, metrics)
    findings.flags += [Flag(code="printed_contradiction", evidence=each) for each in said.doubts]
    last = said.last
    if last is None or last.loss is None or last.train_ms is None:
        raise Refused("crash", "it ended, but printed no validation with a loss and a time that can be read")
    apart = clock_flags(last.train_ms, clock.least_ms(rules.timing), 1000 * result.seconds)
    findings.flags += apart
    if apart:
        raise Refused("flagged", apart[0].evidence)
    took = f"after {last.step} steps and {last.train_ms / 1000:.3f} s, as it printed"
    if not last.loss <= rules.target_loss:
        raise Refused("invalid", f"loss {last.loss:.4f} misses {rules.target_loss:g} {took}")
    findings.status = "valid"
    findings.reason = f"loss {last.loss:.4f} meets {rules.target_loss:g} {took}"


def put_metrics(said: Result, metrics: dict[str, float]) -> None:
    """The last validation counts: a run that is read at its first good one has chosen its own luck."""
    last, first = said.last, said.first
    found: dict[str, float | None] = {}
    if last is not None:
        found = {"train_ms": last.train_ms, "loss": last.loss, "steps": float(last.step)}
        found["step_ms"] = said.step_ms
    if first is not None:
        found["first_ms"] = first.train_ms
    metrics |= {name: value for name, value in found.items() if value is not None and math.isfinite(value)}
