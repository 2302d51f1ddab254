"""Rounds: every call of one evaluation, candidate and baseline in turn on the same fresh inputs.

Every output is checked, not a sample, and every check looks like a timed call. The first calls of each
size warm up; how many, only the harness knows.
"""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from agentkit.contracts.outcome import Status
from agentkit.errors import BrokenPlugin
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.kernels.asking import Answered, KernelChild
from agentkit.evaluation.kernels.inputs import Laid, draw_inputs
from agentkit.evaluation.kernels.precision import allowed_error, check_reference, describe_error, error_of
from agentkit.evaluation.kernels.problem import Case, KernelProblem, KernelRules


class Breach(Exception):
    """A candidate gets no further. `code` goes into the flags of one that is `flagged`."""

    def __init__(self, status: Status, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.status: Status = status
        self.reason = reason
        self.code = code


@dataclass(frozen=True)
class Children:
    """The three processes that are asked in turn, each in its own sandbox."""

    candidate: KernelChild
    baseline: KernelChild
    echo: KernelChild


@dataclass
class Times:
    """Of one timed size, in seconds, of the calls that count."""

    candidate: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)
    transport: list[float] = field(default_factory=list)

    def ratios(self) -> list[float]:
        return [slow / fast for slow, fast in zip(self.baseline, self.candidate, strict=True)]

    def median(self) -> float:
        return statistics.median(self.candidate)


@dataclass
class Measured:
    """What all calls together showed."""

    times: tuple[Times, ...]
    """Of each of the timed sizes."""
    error_ratio: float = 0.0
    """The worst error as a share of what was allowed."""
    calls: int = 0


def plan_calls(
    timed: Sequence[Case], checked: Sequence[Case], rules: KernelRules, rng: Generator
) -> tuple[list[Case], list[int]]:
    """All calls in their order, and of each timed case how many warm up."""
    warmups = [int(rng.integers(rules.warmups[0], rules.warmups[1] + 1)) for _ in timed]
    calls = list(checked)
    for case, first in zip(timed, warmups, strict=True):
        calls += [case] * (first + int(rng.integers(rules.calls[0], rules.calls[1] + 1)))
    return [calls[index] for index in rng.permutation(len(calls))], warmups


async def measure_rounds(
    children: Children,
    problem: KernelProblem,
    rules: KernelRules,
    cases: tuple[Sequence[Case], Sequence[Case]],
    rng: Generator,
) -> Measured:
    """Raises Breach at the first answer that is wrong, BadAnswer for a candidate that does not answer."""
    timed, checked = cases
    calls, warmups = plan_calls(timed, checked, rules, rng)
    measured = Measured(times=tuple(Times() for _ in timed))
    seen: Counter[int] = Counter()
    for case in calls:
        inputs = await asyncio.to_thread(draw_inputs, case, problem, rules, rng)
        candidate, baseline, echo = await ask_all(children, case, inputs, problem, rules, rng)
        ratio = await asyncio.to_thread(check_values, case, inputs, candidate, baseline, problem, rules)
        measured.error_ratio = max(measured.error_ratio, ratio)
        measured.calls += 1
        if case.timed is None:
            continue
        seen[case.timed] += 1
        if seen[case.timed] <= warmups[case.timed]:
            continue
        times = measured.times[case.timed]
        times.candidate.append(candidate.seconds)
        times.baseline.append(baseline.seconds)
        times.transport.append(echo.seconds)
    return measured


async def ask_all(
    children: Children,
    case: Case,
    inputs: Sequence[Laid],
    problem: KernelProblem,
    rules: KernelRules,
    rng: Generator,
) -> tuple[Answered, Answered, Answered]:
    """Candidate, baseline and echo, in an order drawn by chance: a drift hits all alike."""
    asked = (children.candidate, children.baseline, children.echo)
    shape = problem.output(case.sizes)
    answered: dict[int, Answered] = {}
    for number in map(int, rng.permutation(len(asked))):
        try:
            answered[number] = await asked[number].ask(inputs, shape, case.dtype, rng, rules.answer_seconds)
        except BadAnswer as error:
            if number == 0:
                raise
            raise BrokenPlugin(
                f"The baseline of a kernel task failed on {case}: {error.reason}",
                *error.text.splitlines()[-10:],
            ) from error
    return answered[0], answered[1], answered[2]


def check_values(
    case: Case,
    inputs: Sequence[Laid],
    candidate: Answered,
    baseline: Answered,
    problem: KernelProblem,
    rules: KernelRules,
) -> float:
    """The candidate's error as a share of what is allowed. Raises Breach if it is more, or inputs changed."""
    if candidate.changed:
        which = ", ".join(map(str, candidate.changed))
        raise Breach("flagged", f"the kernel wrote to its input {which} ({case})", "input_written")
    reference = problem.reference(*(each.view.astype(np.float64) for each in inputs))
    check_reference(reference, problem.output(case.sizes))
    of_baseline = error_of(baseline.output, reference)
    if not np.isfinite(of_baseline):
        raise BrokenPlugin(f"The baseline of a kernel task gives values that are not finite on {case}.")
    allowed = allowed_error(of_baseline, case.dtype, rules)
    error = error_of(candidate.output, reference)
    if error > allowed:
        raise Breach(
            "invalid", f"wrong values for {case}: {describe_error(candidate.output, error, allowed)}"
        )
    return error / allowed
