"""Two sides beside each other, over the cells (task, seed) that both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import fmean

import numpy as np

from agentkit.errors import UsageError
from agentkit.runs.tables.columns import numeric_column
from agentkit.runs.tables.comparison.records import Comparison, Contrast, SideFigures
from agentkit.runs.tables.comparison.sentences import LEVEL, notes_on, notes_on_rows, sentence
from agentkit.runs.tables.comparison.sides import (
    Key,
    Side,
    differing,
    keyed,
    paired_by,
    refuse_mixture,
    refuse_overlap,
)
from agentkit.runs.tables.grouping import RLIABLE, Interval, figures_of, our_interval, rliable_interval
from agentkit.runs.tables.row import RunRow
from agentkit.statistics import aggregates
from agentkit.statistics.detectable import detectable_difference
from agentkit.statistics.effect_size import cliffs_delta, probability_of_improvement, standardised_difference
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.holm import holm
from agentkit.statistics.score_table import ScoreTable, paired_table, score_table
from agentkit.statistics.sign_flip import EXACT, sign_flip_p

USED = ("attempts", "tokens", "dollars", "minutes", "gpu_seconds")
MOST_NAMED = 4
Figure = Callable[[RunRow], float | None]


def compare(
    sides: Sequence[Side],
    *,
    figure: str = "score",
    tasks_are: Tasks = "fixed",
    interval: str = "ours",
    all_pairs: bool = False,
    mixed: bool = False,
    resamples: int = 2000,
    flips: int = 9_999,
) -> Comparison:
    """The first side with each other one, or all with all.

    Raises UsageError where sides share a run, have no cell in common, or mix what does not compare, such as
    simulated runs with live ones, unless `mixed` says that this is meant.
    """
    refuse_overlap(sides)
    mixture = refuse_mixture(sides)
    if mixture and not mixed:
        raise UsageError(
            f"This would compare {mixture[0].partition(':')[0]}.",
            *(f"Found: {each}" for each in mixture),
            "Next: choose sides of one kind with --where simulated=no or --where trust=verified; "
            "or say --mixed, and the answer will say it too",
        )
    value = numeric_column(figure, [row for side in sides for row in side.rows])
    pairs = list(combinations(sides, 2)) if all_pairs else [(sides[0], other) for other in sides[1:]]
    level = LEVEL / max(1, len(pairs))  # at which Holm's correction shows the first difference
    found = [
        contrast(side, base, value, tasks_are, interval, resamples, flips, level) for base, side in pairs
    ]
    contrasts = [told(each, figure, tasks_are, len(found)) for each in corrected(found)]
    return Comparison(
        figure=figure,
        tasks_are=tasks_are,
        interval=interval,
        sides=tuple(side_figures(side, value, tasks_are, interval, resamples) for side in sides),
        contrasts=tuple(contrasts),
        notes=(*(f"This compares {each}." for each in mixture), *notes_on_rows(sides, figure)),
    )


def corrected(found: Sequence[Contrast]) -> list[Contrast]:
    """For how many there are: p, and the smallest p that there could have been."""
    tested = [each for each in found if each.p is not None]
    p_values = iter(holm([each.p for each in tested if each.p is not None]))
    # Holm's p grows with every one of its p-values: with all at their smallest, each is at its own.
    smallest = iter(holm([each.least_p or 0.0 for each in tested]))
    return [
        each
        if each.p is None
        else each.model_copy(update={**verdict(each, next(p_values)), "least_p": of_concern(next(smallest))})
        for each in found
    ]


def of_concern(least_p: float) -> float | None:
    return least_p if least_p > LEVEL else None


def verdict(found: Contrast, p_holm: float | None) -> dict[str, object]:
    """Shown is what both the test and the interval show: either alone is right in 95 % of the cases."""
    without_zero = found.interval is None or not found.interval[0] <= 0 <= found.interval[1]
    return {"p_holm": p_holm, "shown": p_holm is not None and p_holm <= LEVEL and without_zero}


def told(found: Contrast, figure: str, tasks_are: Tasks, contrasts: int) -> Contrast:
    notes = (*found.notes, *notes_on(found, tasks_are, contrasts))
    return found.model_copy(update={"sentence": sentence(found, figure, contrasts), "notes": notes})


def contrast(
    side: Side,
    against: Side,
    value: Figure,
    tasks_are: Tasks,
    interval: str,
    resamples: int,
    flips: int,
    level: float,
) -> Contrast:
    """Without what depends on the other contrasts. Raises UsageError where no cell is common."""
    names = paired_by(side, against)
    ours, theirs = keyed(side, against, names), keyed(against, side, names)
    if not ours.keys() & theirs.keys():
        raise nothing_common(side, against)
    first = {key: value(row) for key, row in ours.items()}
    second = {key: value(row) for key, row in theirs.items()}
    gaps, planned = paired_table(first, second).differences, first.keys() & second.keys()
    both = {key for key in planned if first[key] is not None and second[key] is not None}
    common = [score_table({key: cells[key] for key in cells if key in both}) for cells in (first, second)]
    bounds, note = gap_interval(gaps, tasks_are, interval, resamples) if gaps.tasks else (None, "")
    repetitions = (~np.isnan(gaps.values)).sum(axis=1) if gaps.tasks else np.zeros(1, dtype=int)
    return Contrast(
        side=side.name,
        against=against.name,
        difference=float(aggregates.mean(gaps.values)) if gaps.tasks else None,
        interval=bounds,
        p=sign_flip_p(gaps, tasks_are=tasks_are, flips=flips) if gaps.tasks else None,
        cells=gaps.cells,
        tasks=len(gaps.tasks),
        repetitions=(int(repetitions.min()), int(repetitions.max())),
        missing=len(planned) - gaps.cells,
        missing_side=sum(first[key] is None for key in planned),
        missing_against=sum(second[key] is None for key in planned),
        only_side=sum(first[key] is not None for key in first.keys() - planned),
        only_against=sum(second[key] is not None for key in second.keys() - planned),
        standardised=standardised_difference(*common),
        cliffs_delta=cliffs_delta(*common),
        probability_of_improvement=probability_of_improvement(*common),
        detectable=detectable_difference(gaps, tasks_are=tasks_are, level=level) if gaps.tasks else None,
        least_p=smallest_p(gaps, tasks_are) if gaps.tasks else None,
        differs=differing(*(Side("", [rows[key] for key in rows if key in both]) for rows in (ours, theirs))),
        notes=tuple(pairing_notes(side, names, ours, note)),
    )


def nothing_common(side: Side, against: Side) -> UsageError:
    return UsageError(
        f"{side.name} and {against.name} have no task and seed in common.",
        f"Found: {side.name} has {cells_shown(side)}",
        f"Found: {against.name} has {cells_shown(against)}",
        "Next: run both on the same tasks and seeds, as `agentkit sweep` does",
    )


def pairing_notes(
    side: Side, names: Sequence[str], rows: Mapping[tuple[str, Key], RunRow], why_no_interval: str
) -> Iterator[str]:
    if why_no_interval:
        yield f"No interval: {why_no_interval}."
    if names:
        more = ", …" if len(names) > MOST_NAMED else ""
        like = ", ".join(("task", "seed", *names[:MOST_NAMED]))
        yield f"Each run is paired with its like: the same {like}{more}."
    if repeats := sum(key[-1] != "#1" for _, key in rows):
        yield f"{repeats} runs of {side.name} have the task and seed of another: paired by their order."


def gap_interval(gaps: ScoreTable, tasks_are: Tasks, interval: str, resamples: int) -> tuple[Interval, str]:
    """The same whichever side is named first: resamples are of differences with a positive mean."""
    find = rliable_interval if interval == RLIABLE else our_interval
    if aggregates.mean(gaps.values) >= 0:
        return find(gaps, "mean", tasks_are, resamples)
    bounds, note = find(replace(gaps, values=-gaps.values), "mean", tasks_are, resamples)
    return None if bounds is None else (-bounds[1], -bounds[0]), note


def smallest_p(gaps: ScoreTable, tasks_are: Tasks) -> float:
    """That so few units allow: all of one sign has this p."""
    units = len(gaps.tasks) if tasks_are == "sampled" else gaps.cells
    return 2.0 ** (1 - units) if 0 < units <= EXACT else 0.0


def side_figures(side: Side, value: Figure, tasks_are: Tasks, interval: str, resamples: int) -> SideFigures:
    found = {name: [each for row in side.rows if (each := getattr(row, name)) is not None] for name in USED}
    return SideFigures(
        name=side.name,
        figures=figures_of(side.rows, value, tasks_are=tasks_are, interval=interval, resamples=resamples),
        used={name: fmean(values) if values else None for name, values in found.items()},
        not_finished=dict(Counter(row.state for row in side.rows if row.state != "finished")),
    )


def cells_shown(side: Side) -> str:
    tasks = sorted({row.task_name for row in side.rows})
    seeds = sorted({row.seed for row in side.rows if row.seed is not None})
    more = " …" if len(tasks) > 5 else ""
    return (
        f"the tasks {', '.join(tasks[:5])}{more} with the seeds {', '.join(map(str, seeds[:10])) or 'none'}"
    )
