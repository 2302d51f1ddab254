"""Kernel evaluator: is a candidate's kernel right, and how much faster is it than the baseline?

Three roles in three processes. This one draws the inputs, holds the reference and the clock. The candidate
and the baseline each run in a child in a sandbox that only answers. Only `kernel.py` crosses.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.random import Generator

from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.sandbox import Environment, Limits, Sandbox
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import BrokenPlugin
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.audit_flags import audit_flags
from agentkit.evaluation.kernels.asking import ECHO, SCRIPT, KernelChild, open_kernel
from agentkit.evaluation.kernels.exchange import capacity_for
from agentkit.evaluation.kernels.inputs import draw_cases
from agentkit.evaluation.kernels.problem import Case, KernelProblem, KernelRules
from agentkit.evaluation.kernels.roofline import this_machine
from agentkit.evaluation.kernels.rounds import Breach, Children, Measured, measure_rounds
from agentkit.evaluation.locked import LockedFiles, take_artefact
from agentkit.sandboxes.remove import discard
from agentkit.statistics.speedup import geometric_mean, speedup_of

METRIC = "speedup"
SCRIPT_BYTES = 1024 * 1024
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}
STATUS_OF: dict[str, Status] = {"crash": "crash", "timeout": "timeout", "protocol": "flagged"}
IDLE_FACTOR = 2.0
HEAVY_TRANSPORT = 0.75
"""Share of a call beyond which the way there and back is worth a flag."""


@dataclass
class Findings:
    """What is known of a candidate so far."""

    status: Status = "invalid"
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    log: str = ""

    def breach(self, status: Status, reason: str, code: str = "") -> None:
        self.status, self.reason = status, reason
        if code:
            self.flags.append(Flag(code=code, evidence=reason))


class KernelEvaluator:
    """`contracts.task.Evaluator` of a kernel task."""

    def __init__(
        self,
        problem: KernelProblem,
        rules: KernelRules,
        baseline: Path,
        locked: LockedFiles,
        masks: Sequence[Path],
    ) -> None:
        self.problem = problem
        self.rules = rules
        self.baseline = baseline
        self.locked = locked
        self.masks = tuple(masks)

    def lacks(self) -> Sequence[Lack]:
        return []

    def prepare(self, cache: Path) -> Environment:
        """Nothing to build. What is masked holds the solutions and the harness."""
        return Environment(
            masks=self.masks,
            variables=ONE_THREAD,
            limits=Limits(seconds=self.rules.whole_seconds, memory_bytes=self.rules.memory_bytes),
        )

    async def evaluate(self, candidate: Candidate) -> Outcome:
        self.locked.check_sources()
        began = time.monotonic()
        candidate.logs.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="evaluation-", dir=candidate.logs))
        findings = Findings(flags=list(audit_flags(candidate.folder)))
        try:
            await self._decide(candidate, place, findings)
        except Breach as breach:
            findings.breach(breach.status, breach.reason, breach.code)
        except BadAnswer as bad:
            code = "forged_answer" if bad.fault == "protocol" else ""
            findings.breach(STATUS_OF.get(bad.fault, "invalid"), bad.reason, code)
            findings.log = bad.text
        finally:
            discard(place)
        tampered = self.locked.tampered(candidate.sandbox)
        if tampered:
            findings.breach("flagged", tampered.evidence, tampered.code)
        return Outcome(
            status=findings.status,
            metrics=findings.metrics,
            trust="verified",
            isolation=candidate.sandbox.name,
            flags=tuple(findings.flags),
            seconds=time.monotonic() - began,
            reason=findings.reason,
            log=findings.log,
            seed=candidate.seed,
        )

    async def _decide(self, candidate: Candidate, place: Path, findings: Findings) -> None:
        folder = place / "candidate"
        folder.mkdir()
        lack = take_artefact(candidate.folder, SCRIPT, folder / SCRIPT, SCRIPT_BYTES)
        if lack:
            raise Breach("invalid", f"nothing to measure: {lack.removeprefix('it wrote ')}")
        # Drawn now, by the machine's randomness: no attempt can know or choose it.
        rng = np.random.default_rng(int.from_bytes(os.urandom(16)))
        cases = draw_cases(self.rules, rng)
        async with self._open(candidate.sandbox, place, [*cases[0], *cases[1]]) as children:
            measured = await measure_rounds(children, self.problem, self.rules, cases, rng)
            threads = await children.candidate.count_threads(self.rules.answer_seconds)
            # Nothing is asked for so long that a thread which works unasked cannot hide in what is allowed.
            await asyncio.sleep(IDLE_FACTOR * cpu_excess(children.candidate.busy_seconds, self.rules))
        if threads > 1:
            findings.flags.append(
                Flag(code="threads", evidence=f"the kernel's process has {threads} threads")
            )
        findings.log = children.candidate.result.output if children.candidate.result else ""
        await asyncio.to_thread(this_machine)
        self._weigh(cases[0], measured, children.candidate, findings, rng)
        if threads > 1:
            # On a full machine CPU time alone does not tell what they took from the baseline.
            raise Breach(
                "invalid", f"the kernel left {threads - 1} threads running; its own is all it may have"
            )

    @asynccontextmanager
    async def _open(self, sandbox: Sandbox, place: Path, cases: Sequence[Case]) -> AsyncIterator[Children]:
        """The candidate last: what is wrong with the other two is the task's fault or the machine's."""
        capacity = self._capacity(cases)
        limits = Limits(
            seconds=self.rules.whole_seconds, memory_bytes=self.rules.memory_bytes, file_bytes=capacity
        )
        environment = Environment(masks=self.masks, variables=ONE_THREAD, limits=limits)
        folder = place / "baseline"
        folder.mkdir()
        shutil.copyfile(self.baseline, folder / SCRIPT)
        async with AsyncExitStack() as stack:

            async def open_child(where: Path, script: str) -> KernelChild:
                child = open_kernel(sandbox, where, script, environment, capacity, self.rules.load_seconds)
                return await stack.enter_async_context(child)

            try:
                baseline, echo = await open_child(folder, SCRIPT), await open_child(folder, ECHO)
            except BadAnswer as error:
                words = error.text.splitlines()[-10:]
                raise BrokenPlugin(f"The baseline {self.baseline} fails: {error.reason}", *words) from error
            yield Children(await open_child(place / "candidate", SCRIPT), baseline, echo)

    def _capacity(self, cases: Sequence[Case]) -> int:
        """Bytes for the largest call; gaps of a strided layout take up to three times the room."""
        most = 0
        for case in cases:
            width = np.dtype(case.dtype).itemsize
            shapes = [*self.problem.inputs(case.sizes), self.problem.output(case.sizes)]
            most = max(most, capacity_for([3 * width * math.prod(shape) for shape in shapes]))
        return most

    def _weigh(
        self,
        timed: Sequence[Case],
        measured: Measured,
        child: KernelChild,
        findings: Findings,
        rng: Generator,
    ) -> None:
        """From the times to the verdict. The children have ended."""
        rules, times = self.rules, measured.times
        speedup = speedup_of([each.ratios() for each in times], seed=int(rng.integers(2**31)))
        seconds = geometric_mean([each.median() for each in times])
        transport = geometric_mean([float(np.median(each.transport)) for each in times])
        cpu_seconds = child.result.cpu_seconds if child.result else 0.0
        findings.metrics |= {
            METRIC: speedup.value,
            "speedup_lo": speedup.low,
            "speedup_hi": speedup.high,
            "seconds": seconds,
            "baseline_seconds": geometric_mean([float(np.median(each.baseline)) for each in times]),
            "transport_seconds": transport,
            "cpu_seconds": cpu_seconds,
            "busy_seconds": child.busy_seconds,
            "error_ratio": measured.error_ratio,
            "calls": measured.calls,
        }
        if transport > HEAVY_TRANSPORT * seconds:
            evidence = f"{transport * 1e3:.2f} of {seconds * 1e3:.2f} ms a call are the way there and back"
            findings.flags.append(Flag(code="transport_heavy", evidence=evidence))
        if speedup.value > rules.review_speedup:
            evidence = f"{speedup.value:.1f} times the baseline's speed; a reader should see why"
            findings.flags.append(Flag(code="speedup_review", evidence=evidence))
        for case, each in zip(timed, times, strict=True):
            work = self.problem.work(case.sizes, np.dtype(case.dtype).itemsize)
            least = this_machine().least_seconds(work, rules.generosity)
            if each.median() < least:
                reason = (
                    f"{each.median() * 1e3:.3f} ms for {case}, and this machine needs {least * 1e3:.3f} ms"
                )
                raise Breach("flagged", reason, "beyond_machine")
        if cpu_seconds > child.busy_seconds + cpu_excess(child.busy_seconds, rules):
            used = f"{cpu_seconds:.2f} CPU seconds in {child.busy_seconds:.2f} s of answering"
            raise Breach("invalid", f"the kernel used more than one thread, or worked between calls: {used}")
        findings.status = "valid"
        findings.reason = (
            f"{speedup.value:.2f} times the baseline's speed ({speedup.low:.2f} to {speedup.high:.2f}), "
            f"{seconds * 1e3:.2f} ms a call, all {measured.calls} outputs right"
        )


def cpu_excess(busy_seconds: float, rules: KernelRules) -> float:
    """CPU seconds that a child may use beyond the wall seconds in which it had something to do."""
    return (rules.cpu_share - 1) * busy_seconds + rules.cpu_slack
