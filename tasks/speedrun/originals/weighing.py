"""From what runs printed to a verdict: a time of one run, or the fewest steps of several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentkit.contracts.jobs import FinishedJob
from agentkit.contracts.outcome import Flag

from ..training import Findings, Refused, last_line
from .console import read_console
from .fewest_steps import is_valid_result, last_common_step, steps_to_target
from .harness_clock import HarnessClock, clock_flags
from .printed import Result, result_of
from .rules import OriginalRules
from .smoke import failure_line, read_log


@dataclass(frozen=True)
class Said:
    """What one run claims of itself."""

    result: Result
    losses: Mapping[int, float]
    """Of each validation, by its step."""

    @property
    def steps(self) -> int:
        return self.result.last.step if self.result.last else 0


def read_run(job: FinishedJob, clock: HarnessClock, rules: OriginalRules, findings: Findings) -> Said:
    """Raises Refused. Of a run that was cut off no figure is kept: it looks whole."""
    result, metrics = job.result, findings.metrics
    for name, seconds in (("wall_seconds", result.seconds), ("gpu_seconds", job.gpu_seconds)):
        metrics[name] = metrics.get(name, 0.0) + seconds
    if result.status in ("timeout", "silent"):
        raise Refused("timeout", f"it did not end within {job.command.environment.limits.seconds or 0:g} s")
    if result.status != "ok":
        raise Refused("crash", f"it failed: {failure_line(result.output) or last_line(result)}")
    found = read_console(read_log(job, rules.printed_bytes))
    said = result_of(found, rules.target_loss, rules.timing)
    put_metrics(said, metrics)
    findings.flags += [Flag(code="printed_contradiction", evidence=each) for each in said.doubts]
    last = said.last
    if last is None or last.loss is None or last.train_ms is None:
        raise Refused("crash", "it ended, but printed no validation with a loss and a time that can be read")
    apart = clock_flags(last.train_ms, clock.least_ms(rules.timing), 1000 * result.seconds)
    findings.flags += apart
    if apart:
        raise Refused("flagged", apart[0].evidence)
    losses = {each.step: each.loss for each in found if each.validation and each.loss is not None}
    return Said(said, losses)


def weigh(runs: Sequence[Said], rules: OriginalRules, findings: Findings) -> None:
    """Raises Refused for a target that is missed."""
    if rules.metric == "steps":
        weigh_steps(runs, rules, findings)
        return
    last = runs[-1].result.last
    assert last is not None and last.loss is not None and last.train_ms is not None, "read_run() looked"
    took = f"after {last.step} steps and {last.train_ms / 1000:.3f} s, as it printed"
    if not last.loss <= rules.target_loss:
        raise Refused("invalid", f"loss {last.loss:.4f} misses {rules.target_loss:g} {took}")
    findings.status = "valid"
    findings.reason = f"loss {last.loss:.4f} meets {rules.target_loss:g} {took}"


def weigh_steps(runs: Sequence[Said], rules: OriginalRules, findings: Findings) -> None:
    """The score is a step that all runs validated; its loss is their mean there."""
    losses = [run.losses for run in runs]
    # Without a target, which is measured at the end of the runs, every step would meet it.
    measuring = math.isinf(rules.target_loss)
    met = last_common_step(losses) if measuring else steps_to_target(losses, rules.target_loss)
    step = met if met is not None else last_common_step(losses)
    if step is None:
        raise Refused("invalid", f"there is no step that all {len(runs)} runs validated")
    there = [run[step] for run in losses]
    mean = math.fsum(there) / len(there)
    findings.metrics |= {"steps": float(step), "loss": mean, "runs": float(len(runs))}
    gain = (rules.target_loss - mean) * math.sqrt(len(there))
    said = f"mean loss {mean:.4f} of {len(there)} runs at step {step}, as they printed"
    rule = f"({rules.target_loss:g} - mean) * sqrt(n) = {gain:.4f}"
    if met is None:
        raise Refused("invalid", f"{said}: {rule}, and 0.004 is needed")
    assert is_valid_result(there, rules.target_loss)
    findings.status = "valid"
    findings.reason = f"{said}: {rule}, at least 0.004"


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
