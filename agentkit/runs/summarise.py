"""From a journal's fold to the summary of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.summary import Answer, AttemptRow, BudgetUse, ReferenceEnds, Summary
from agentkit.contracts.task import Metric
from agentkit.journal.fold import RunState
from agentkit.statistics.fsr import Recovery, explain_fraction
from agentkit.statistics.paired import paired_gap
from agentkit.statistics.series import mean, standard_deviation

PUBLISHED_NOTE = "the noise of a published figure is not known here"


def summarise(folder: Path, manifest: Mapping[str, Any], state: RunState) -> Summary:
    """Everything but the manifest comes from the journal."""
    metric = Metric.model_validate(manifest["metric"])
    calibration = Calibration.model_validate(state.calibrated) if state.calibrated else None
    ends = reference_ends(calibration, metric) if calibration else None
    ended = state.ended or {"state": "running", "reason": ""}
    return Summary(
        run=folder.name,
        folder=str(folder),
        state=ended["state"],
        reason=ended["reason"],
        task=manifest["task"],
        scaffold=manifest["scaffold"],
        model=manifest["model"],
        simulated=manifest.get("simulated", False),
        hints=tuple(manifest["hints"]),
        profile=manifest["profile"],
        sandbox=manifest["sandbox"],
        seed=manifest["seed"],
        best=Answer.model_validate(state.answer) if state.answer else None,
        attempts=tuple(row(each, calibration, metric) for each in state.tree.attempts.values()),
        judge=JudgeReport.model_validate(state.judged) if state.judged else None,
        budget=budget_use(manifest, state),
        reference=ends,
        settings=manifest["settings"],
    )


def row(attempt: Attempt, calibration: Calibration | None, metric: Metric) -> AttemptRow:
    outcome = attempt.outcome
    return AttemptRow(
        id=attempt.id,
        operator=attempt.operator,
        parents=attempt.parents,
        status=outcome.status,
        trust=outcome.trust,
        metrics=outcome.metrics,
        seconds=outcome.seconds,
        cost=attempt.cost,
        fsr=fsr_point(outcome, calibration, metric) if attempt.valid else None,
        plan=next((line for line in attempt.plan.splitlines() if line.strip()), ""),
        reason=outcome.reason,
    )


def answer(
    attempt: Attempt, measurements: Sequence[Outcome], calibration: Calibration | None, metric: Metric
) -> Answer:
    """Figures of the re-measurements that finished; the search's own figure only where there are none."""
    outcomes = [each for each in measurements if metric.name in each.metrics] or [attempt.outcome]
    names = [name for name in outcomes[0].metrics if all(name in each.metrics for each in outcomes)]
    means = {name: known_mean([each.metrics[name] for each in outcomes]) for name in names}
    recovery = recovered(outcomes, calibration, metric)
    return Answer(
        attempt=attempt.id,
        fsr=recovery.estimate.value if recovery and recovery.estimate else None,
        fsr_interval=recovery.interval if recovery else None,
        seconds=means[metric.name] if metric.unit == "s" else None,
        loss=means.get("loss"),
        trust="verified" if all(each.trust == "verified" for each in outcomes) else "claimed",
        isolation=outcomes[0].isolation,
        metrics=means,
        measurements=len(measurements),
        valid_measurements=sum(each.status == "valid" for each in measurements),
    )


def known_mean(values: Sequence[float]) -> float:
    """Of at least one value."""
    found = mean(values)
    assert found is not None, "the mean of nothing"
    return found


def recovered(
    outcomes: Sequence[Outcome], calibration: Calibration | None, metric: Metric
) -> Recovery | None:
    """The fraction recovered with its interval; None without a calibration."""
    if calibration is None:
        return None
    recovery = explain_fraction(
        *both_ends(calibration, metric),
        [each.metrics[metric.name] for each in outcomes],
        paired=True,
        lower_is_better=metric.lower_is_better,
    )
    if calibration.published is not None and recovery.estimate is not None:
        return replace(recovery, note=PUBLISHED_NOTE)
    return recovery


def both_ends(calibration: Calibration, metric: Metric) -> tuple[list[float], list[float]]:
    """The metric at the start and at the target, pair by pair. A published end is one figure."""
    if calibration.published is not None:
        return [calibration.published.start], [calibration.published.target]
    pairs = [
        pair
        for pair in calibration.pairs
        if metric.name in pair.start.metrics and metric.name in pair.target.metrics
    ]
    return (
        [pair.start.metrics[metric.name] for pair in pairs],
        [pair.target.metrics[metric.name] for pair in pairs],
    )


def reference_ends(calibration: Calibration, metric: Metric) -> ReferenceEnds | None:
    start, target = both_ends(calibration, metric)
    if not start:
        return None
    published = calibration.published
    gap = paired_gap(list(zip(start, target, strict=True)), lower_is_better=metric.lower_is_better)
    in_errors = gap.in_errors if gap.in_errors is not None and math.isfinite(gap.in_errors) else None
    return ReferenceEnds(
        metric=metric.name,
        unit=metric.unit,
        start=known_mean(start),
        target=known_mean(target),
        start_sd=standard_deviation(start) or 0.0,
        target_sd=standard_deviation(target) or 0.0,
        pairs=0 if published else len(start),
        gap_in_errors=in_errors,
        measurable=gap.measurable,
        source=published.source if published else "",
        hardware=published.hardware if published else "",
    )


def fsr_point(outcome: Outcome, calibration: Calibration | None, metric: Metric) -> float | None:
    """The fraction recovered without its interval: what a single run of a search may say."""
    if metric.name not in outcome.metrics:
        return None
    recovery = recovered([outcome], calibration, metric)
    return recovery.estimate.value if recovery and recovery.estimate else None


def budget_use(manifest: Mapping[str, Any], state: RunState) -> BudgetUse:
    spent = state.ledger.spent
    return BudgetUse(
        attempts=len(state.tree.attempts),
        tokens=spent.tokens,
        dollars=spent.dollars,
        minutes=round(state.worked / 60, 3),
        caps=manifest["budget"] if state.caps is None else state.caps,
    )
