"""The rule of a record: what a confirmation's measurements decide.

All of it is fixed before the first measurement. Each run of the candidate counts, with its loss and its
time, also one that missed a bar: the rule is about means. A run that crashed, ran out of time, was flagged,
gave no figure, or was invalid though it met every bar rules a record out, for there is no figure that could
stand for it. A disturbed measurement counts and is named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentkit.contracts.bar import Bar
from agentkit.contracts.calibration import Estimate
from agentkit.contracts.confirmation import ClaimTest, Confirmation, Verdict
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.statistics.one_sided import Interval, mean_interval, needed, signed_ranks, t_test
from agentkit.statistics.series import mean
from agentkit.statistics.staged import Decision, decide, level_at

RATIO_UNITS = ("s", "ms", "us", "µs", "ns", "x")
"""Times and speed-ups: their noise grows with them, so pairs are compared by ratio."""
DISTURBED = "conditions"
"""The code of the flag that marks a measurement on a disturbed machine."""
NEVER = ("crash", "timeout", "flagged")


def judge(confirmation: Confirmation) -> Verdict | None:
    """None: the design asks for more pairs."""
    faults = faults_of(confirmation)
    if faults:
        return _verdict(confirmation, False, f"the candidate {faults[0]}", (), faults)
    if not confirmation.contests:
        return None
    samples = [gains(confirmation), *(margins(confirmation, bar) for bar in confirmation.bars)]
    decision = decide(confirmation.design, samples)
    if decision == "go on":
        return None
    tests = tests_of(confirmation)
    return _verdict(confirmation, decision == "passed", say_reason(confirmation, tests, decision), tests, ())


def comparable(metric: Metric, outcome: Outcome) -> bool:
    """Whether the outcome has a figure that can be compared."""
    value = outcome.metrics.get(metric.name, math.nan)
    return math.isfinite(value) and (value > 0 or metric.unit not in RATIO_UNITS)


def faults_of(confirmation: Confirmation) -> tuple[str, ...]:
    """Of the candidate's runs, each completing a sentence that begins with "the candidate"."""
    found = []
    for contest in confirmation.contests:
        said = fault_of(contest.candidate, confirmation.metric, confirmation.bars)
        if said:
            found.append(f"{said} on seed {contest.seed}")
    return tuple(found)


def fault_of(outcome: Outcome, metric: Metric, bars: Sequence[Bar]) -> str:
    if outcome.status in NEVER:
        words = {"crash": "crashed", "timeout": "ran out of time", "flagged": "broke the rules"}
        return f"{words[outcome.status]} ({outcome.reason or 'no reason given'})"
    if not comparable(metric, outcome):
        return f"gave no figure '{metric.name}'"
    reached = [(bar, bar.margin(outcome)) for bar in bars]
    for bar, margin in reached:
        if margin is None:
            return f"gave no figure '{bar.name}'"
    if outcome.status == "invalid" and all(margin is not None and margin >= 0 for _, margin in reached):
        return f"was invalid ({outcome.reason or 'no reason given'})"
    return ""


def gains(confirmation: Confirmation) -> tuple[float, ...]:
    """Pair by pair, above 0 where the candidate is better; logarithms of ratios for times and speed-ups."""
    metric = confirmation.metric
    found = []
    for contest in confirmation.contests:
        ours, theirs = (each.metrics[metric.name] for each in (contest.candidate, contest.against))
        gain = math.log(ours / theirs) if metric.unit in RATIO_UNITS else ours - theirs
        found.append(-gain if metric.lower_is_better else gain)
    return tuple(found)


def margins(confirmation: Confirmation, bar: Bar) -> tuple[float, ...]:
    return tuple(bar.margin(each.candidate) or 0.0 for each in confirmation.contests)


def tests_of(confirmation: Confirmation) -> tuple[ClaimTest, ...]:
    """Of the gain, then of each bar, at the level of the last look that was reached."""
    metric, contests = confirmation.metric, confirmation.contests
    level = level_at(confirmation.design, len(contests))
    ratio = metric.unit in RATIO_UNITS
    samples = gains(confirmation)
    found = [
        ClaimTest(
            name=metric.name,
            claim="better",
            samples=samples,
            ratio=ratio,
            t=t_test(samples),
            ranks=signed_ranks(samples),
            estimate=estimate(samples, level, ratio, metric.lower_is_better),
            candidate=known_mean([each.candidate.metrics[metric.name] for each in contests]),
            other=known_mean([each.against.metrics[metric.name] for each in contests]),
        )
    ]
    for bar in confirmation.bars:
        samples = margins(confirmation, bar)
        found.append(
            ClaimTest(
                name=bar.name,
                claim="within",
                samples=samples,
                t=t_test(samples),
                ranks=signed_ranks(samples),
                estimate=estimate(samples, level, False, True),
                candidate=known_mean([each.candidate.metrics[bar.name] for each in contests]),
                other=bar.limit,
            )
        )
    return tuple(found)


def estimate(samples: Sequence[float], level: float, ratio: bool, lower_is_better: bool) -> Estimate:
    """Of the mean; of log ratios as the share that is saved, or gained."""
    around: Interval = mean_interval(samples, level)
    figures = [known_mean(samples), around.low, around.high]
    if ratio:
        sign = -1 if lower_is_better else 1
        figures = [sign * math.expm1(sign * each) for each in figures]
    return Estimate(value=figures[0], low=figures[1], high=figures[2], n=len(samples))


def known_mean(values: Sequence[float]) -> float:
    found = mean(values)
    assert found is not None, "the mean of nothing"
    return found


def p_value(test: ClaimTest) -> float:
    """Of the claim as a whole: it needs both tests."""
    return max(test.t, test.ranks)


def say_reason(confirmation: Confirmation, tests: Sequence[ClaimTest], decision: Decision) -> str:
    level, pairs = level_at(confirmation.design, len(confirmation.contests)), len(confirmation.contests)
    if decision == "passed":
        return f"{' and '.join(say_claim(confirmation, test) for test in tests)}, at p ≤ {level:g}"
    if decision == "no better":
        wrong = [test for test in tests if known_mean(test.samples) <= 0]
        claims = " or ".join(say_claim(confirmation, test) for test in wrong)
        return f"after {pairs} pairs it is not so, even on average, that {claims}"
    failed = [test for test in tests if p_value(test) > level]
    claims = " or ".join(f"{say_claim(confirmation, test)} (p = {p_value(test):.2g})" for test in failed)
    return f"after {pairs} pairs it is not shown at p ≤ {level:g} that {claims}"


def say_claim(confirmation: Confirmation, test: ClaimTest) -> str:
    if test.claim == "better":
        return f"{test.name} is {'lower' if confirmation.metric.lower_is_better else 'higher'}"
    lower = all(bar.lower_is_better for bar in confirmation.bars if bar.name == test.name)
    return f"mean {test.name} is at {'most' if lower else 'least'} {test.other:g}"


def pairs_needed(confirmation: Confirmation, tests: Sequence[ClaimTest]) -> int | None:
    """More than were made, where every claim that failed could be shown by more."""
    count = len(confirmation.contests)
    level = level_at(confirmation.design, count)
    wanted = [needed(test.samples, level) for test in tests if p_value(test) > level]
    known = [each for each in wanted if each is not None]
    if not known or len(known) < len(wanted):
        return None
    return max(count + 1, *known)


def _verdict(
    confirmation: Confirmation,
    record: bool,
    reason: str,
    tests: tuple[ClaimTest, ...],
    faults: tuple[str, ...],
) -> Verdict:
    contests = confirmation.contests
    outcomes = [each for contest in contests for each in (contest.candidate, contest.against)]
    return Verdict(
        record=record,
        reason=reason,
        design=confirmation.design,
        pairs=len(contests),
        level=level_at(confirmation.design, len(contests)),
        tests=tests,
        faults=faults,
        disturbed=disturbed(confirmation),
        missed=sum(each.candidate.status == "invalid" for each in contests),
        needed=None if record else pairs_needed(confirmation, tests),
        trust="verified" if all(each.trust == "verified" for each in outcomes) else "claimed",
        isolation=outcomes[0].isolation,
    )


def disturbed(confirmation: Confirmation) -> tuple[str, ...]:
    return tuple(
        f"{side} on seed {contest.seed}: {flag.evidence}"
        for contest in confirmation.contests
        for side, outcome in (("the candidate", contest.candidate), (confirmation.against, contest.against))
        for flag in outcome.flags
        if flag.code == DISTURBED
    )
