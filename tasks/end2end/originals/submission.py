"""The evaluator of the real tasks: runs a submission's `reproduce.sh` in a fresh copy, counts what it wrote.

How good the work is, is for the rubric to say; nothing here reads a figure of it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.jobs import FinishedJob, GpuRequest
from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.sandbox import Command, Environment, Limits
from agentkit.contracts.task import Candidate, Lack
from agentkit.evaluation.locked import LockedFiles, is_plain, lay_candidate
from agentkit.sandboxes.gpus.devices import find_devices
from agentkit.sandboxes.remove import discard

from ..examining import OUT, PRODUCED, SEED, keep_output

SCRIPT = "reproduce.sh"
METRIC = "delivered"
NOTHING_LOCKED = LockedFiles({}, {})
TOO_MUCH = ("too_much", "too_deep")


class SubmissionEvaluator:
    """Implements `contracts.task.Evaluator`."""

    def __init__(self, deliverables: Mapping[str, str], seconds: float, masks: Sequence[Path]) -> None:
        self.deliverables = dict(deliverables)
        self.seconds = seconds
        self.masks = tuple(masks)

    def lacks(self) -> Sequence[Lack]:
        if find_devices():
            return []
        fix = "a machine with a GPU; or the same research in miniature: agentkit list tasks"
        return [Lack(what="it trains and times models on a GPU, and there is none", fix=fix)]

    def prepare(self, cache: Path) -> Environment:
        return Environment(masks=self.masks, limits=Limits(seconds=self.seconds), network=True)

    async def evaluate(self, candidate: Candidate) -> Outcome:
        began = time.monotonic()
        candidate.logs.mkdir(parents=True, exist_ok=True)
        if not is_plain(candidate.folder / SCRIPT):
            return self._outcome(candidate, "invalid", f"there is no {SCRIPT} in the workspace", began)
        flags: list[Flag] = []

        def lay_out(folder: Path) -> Command:
            work = folder / "work"
            flags.extend(lay_candidate(candidate.folder, work, NOTHING_LOCKED))
            discard(work / OUT)
            (work / OUT).mkdir()
            environment = self.prepare(folder)
            log = candidate.logs / f"reproduce-{candidate.seed}.log"
            variables = {SEED: str(candidate.seed)}
            return Command(
                argv=("bash", SCRIPT),
                folder=work,
                environment=environment.model_copy(update={"variables": variables}),
                log=log,
            )

        gpu = GpuRequest(count=1, exclusive=True)
        job = await candidate.jobs.run("reproduce", lay_out, gpus=gpu, on_output=candidate.on_output)
        kept = candidate.logs / PRODUCED
        discard(kept)
        lack = keep_output(job.command.folder / OUT, kept)
        (kept / "output.txt").write_text(job.result.output, encoding="utf-8")
        missing = [each for each in self.deliverables if not is_there(each, candidate.folder, kept)]
        share = 1 - len(missing) / len(self.deliverables)
        status, reason = self._verdict(job, flags, missing, lack)
        metrics = {METRIC: share, "gpu_seconds": job.gpu_seconds}
        return self._outcome(candidate, status, reason, began, metrics, tuple(flags), job.result.output)

    def _verdict(
        self, job: FinishedJob, flags: Sequence[Flag], missing: Sequence[str], lack: str
    ) -> tuple[Status, str]:
        if any(each.code in TOO_MUCH for each in flags):
            return "invalid", "; ".join(f"{each.code}: {each.evidence}" for each in flags)
        if job.result.status in ("timeout", "silent"):
            return "timeout", f"{SCRIPT} did not end within {self.seconds:g} s"
        if job.result.status != "ok":
            lines = [line.strip() for line in job.result.output.splitlines() if line.strip()]
            last = lines[-1][:300] if lines else f"exit code {job.result.exit_code}"
            return "crash", f"{SCRIPT} failed: {last}"
        if lack:
            return "invalid", f"what {SCRIPT} wrote cannot be kept: {lack}"
        if missing:
            return "valid", f"missing: {', '.join(missing)}"
        return "valid", f"all {len(self.deliverables)} deliverables are there"

    def _outcome(
        self,
        candidate: Candidate,
        status: Status,
        reason: str,
        began: float,
        metrics: Mapping[str, float] | None = None,
        flags: tuple[Flag, ...] = (),
        log: str = "",
    ) -> Outcome:
        return Outcome(
            status=status,
            metrics=metrics or {METRIC: 0.0, "gpu_seconds": 0.0},
            trust="verified",
            isolation=candidate.sandbox.name,
            flags=flags,
            seconds=time.monotonic() - began,
            reason=reason,
            log=log,
            seed=candidate.seed,
        )


def is_there(pattern: str, work: Path, kept: Path) -> bool:
    """`out/…` in what the harness's run wrote, all else in the work; links and empty files do not count."""
    if pattern.startswith(f"{OUT}/"):
        work, pattern = kept, pattern.removeprefix(f"{OUT}/")
    return any(is_plain(path) and path.stat().st_size > 0 for path in work.glob(pattern))
