"""Rules `paper2025`: what the released analysis of arXiv 2506.22419 computes, fault for fault.

Not how we would score (docs/speedrun_scores.md says why), but what its tables are made of; a function a rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, pstdev

from .cells import Cell, cells_of, missing_note
from .interquartile import interquartile_mean
from .reference import Ends
from .runs import Run, spans

INVALID_FROM = 3.29
"""Not the 3.28 that the search itself asked for."""
LARGEST = 3.0
KEPT = 3
LEFT_OUT = frozenset({6, 20})
"""6 is no task; 20 is one, and is lost to an index that ends one record early."""


class PaperCell(Cell):
    """`interval` is `mean` ± `plus_minus`."""

    plus_minus: float | None


def score_paper2025(runs: Sequence[Run], ends: Mapping[int, Ends] | None, tasks: Sequence[int]) -> list[Cell]:
    """`ends` None: the runs give their FSR."""

    def cell(key: tuple[str, str, str], own: Sequence[Run]) -> Cell:
        return paper_cell(key, own, ends, counted_starts(tasks))

    return cells_of(runs, cell)


def paper_cell(
    key: tuple[str, str, str], runs: Sequence[Run], ends: Mapping[int, Ends] | None, tasks: Sequence[int]
) -> PaperCell:
    by_task: defaultdict[int, list[float]] = defaultdict(list)
    for run in runs:
        if run.start in tasks:
            by_task[run.start].append(outlier_to_zero(run_value(run, ends)))
    best = [best_three(values) for values in by_task.values()]
    missing = tuple(start for start in tasks if start not in by_task)
    notes = [missing_note(missing, len(tasks)), *left_out_notes(runs, by_task, tasks)]
    model, scaffold, hints = key
    ranks = rank_means(best) if best else None
    mean = fmean(ranks) if ranks else None
    error = plus_minus(ranks, len(best)) if ranks else None
    return PaperCell(
        model=model,
        scaffold=scaffold,
        hints=hints,
        mean=mean,
        interval=None if mean is None or error is None else (mean - error, mean + error),
        iqm=interquartile_mean([value for three in best for value in three]) if best else None,
        n=sum(map(len, by_task.values())),
        tasks=len(best),
        missing=missing,
        notes=tuple(note for note in notes if note),
        plus_minus=error,
    )


def run_value(run: Run, ends: Mapping[int, Ends] | None) -> float:
    """FSR of a run before values are judged outliers."""
    if ends is None:
        return fsr_with_root(run.fsr)
    of_task = ends[run.start]
    return recovered(time_with_root(valid_time(run.train_ms, run.val_loss), of_task), of_task)


def valid_time(train_ms: float | None, val_loss: float | None) -> float | None:
    """A time whose loss is 3.29 or above is none."""
    if train_ms is None or val_loss is None or val_loss >= INVALID_FROM:
        return None
    return train_ms


def time_with_root(train_ms: float | None, ends: Ends) -> float:
    """The best of a search counts the start itself as a node, so a search is never slower than its start."""
    return ends.start_ms if train_ms is None else min(train_ms, ends.start_ms)


def fsr_with_root(fsr: float | None) -> float:
    """The same where FSR is given: the start's own is 0, and no valid attempt leaves the start."""
    return 0.0 if fsr is None else max(fsr, 0.0)


def recovered(train_ms: float, ends: Ends) -> float:
    """FSR; 0 where the target is not faster than the start."""
    gap = ends.start_ms - ends.target_ms
    return 0.0 if gap <= 0 else (ends.start_ms - train_ms) / gap


def counted_starts(tasks: Iterable[int]) -> tuple[int, ...]:
    """18 of the 19 tasks."""
    return tuple(start for start in tasks if start not in LEFT_OUT)


def outlier_to_zero(fsr: float) -> float:
    """Not clipped: 3 stays 3, and what is above it counts as nothing."""
    return fsr if 0 <= fsr <= LARGEST else 0.0


def best_three(values: Sequence[float]) -> tuple[float, ...]:
    """Of at least one value: the best three, best first; fewer are filled up with the lowest."""
    best = sorted(values, reverse=True)[:KEPT]
    return tuple(best + [best[-1]] * (KEPT - len(best)))


def rank_means(best: Sequence[Sequence[float]]) -> list[float]:
    """The mean over tasks of the best values, of the second best, of the third. `best`: tasks × 3."""
    return [fmean(values) for values in zip(*best, strict=True)]


def plus_minus(ranks: Sequence[float], tasks: int) -> float:
    """The ± of its tables: the spread of the three rank means (divisor 3) / √tasks. No error of seeds."""
    return pstdev(ranks) / sqrt(tasks)


def left_out_notes(
    runs: Sequence[Run], by_task: Mapping[int, Sequence[float]], tasks: Sequence[int]
) -> list[str]:
    """What these rules pass over in silence, said aloud."""
    notes = []
    starts = sorted({run.start for run in runs if run.start not in tasks})
    if starts:
        notes.append(f"left out: all runs of start {spans(starts)}")
    beyond = sum(max(0, len(values) - KEPT) for values in by_task.values())
    if beyond:
        notes.append(f"left out: {beyond} of {len(runs)} runs, not among the best {KEPT} of their task")
    padded = [start for start, values in by_task.items() if len(values) < KEPT]
    if padded:
        notes.append(f"fewer than {KEPT} runs of start {spans(padded)}: filled up with the lowest")
    return notes
