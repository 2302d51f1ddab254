"""Rules `ours`: nothing is left out. Every run counts, every task counts the same, a failed run is a 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from .cells import Cell, cells_of, missing_note
from .interquartile import interquartile_mean
from .reference import Ends
from .runs import Run, spans
from .stratified import stratified_interval, stratified_mean

LARGEST_LOSS = 3.28
"""What the benchmark asks for; a loss above it is no solution, however fast."""
SUSPECT_FROM = 3.0
"""An FSR that more often was a wrong time than a discovery in the published data."""


class OurCell(Cell):
    """`mean`, `interval` and `iqm` are of raw scores, which may be below 0 and above 1."""

    mean_clipped: float | None
    """Of scores clipped to [0, 1]: no run makes up for another's failure."""
    interval_clipped: tuple[float, float] | None


def score_ours(runs: Sequence[Run], ends: Mapping[int, Ends] | None, tasks: Sequence[int]) -> list[Cell]:
    """`ends` None: the runs give their FSR."""

    def cell(key: tuple[str, str, str], own: Sequence[Run]) -> Cell:
        return our_cell(key, own, ends, tasks)

    return cells_of(runs, cell)


def our_cell(
    key: tuple[str, str, str], runs: Sequence[Run], ends: Mapping[int, Ends] | None, tasks: Sequence[int]
) -> OurCell:
    by_task: defaultdict[int, list[float]] = defaultdict(list)
    for run in runs:
        by_task[run.start].append(run_score(run, ends))
    raw = [by_task[start] for start in sorted(by_task)]
    clipped = [[clip(score) for score in scores] for scores in raw]
    scores = [score for each in raw for score in each]
    missing = tuple(start for start in tasks if start not in by_task)
    interval = stratified_interval(raw)
    notes = [missing_note(missing, len(tasks)), *noise_notes(by_task, interval), suspect_note(by_task)]
    model, scaffold, hints = key
    return OurCell(
        model=model,
        scaffold=scaffold,
        hints=hints,
        mean=stratified_mean(raw),
        interval=interval,
        iqm=interquartile_mean(scores),
        n=len(scores),
        tasks=len(raw),
        missing=missing,
        notes=tuple(note for note in notes if note),
        mean_clipped=stratified_mean(clipped),
        interval_clipped=stratified_interval(clipped),
    )


def run_score(run: Run, ends: Mapping[int, Ends] | None) -> float:
    """0 for a run without a valid attempt, or above the loss; a slower one than the start is below 0."""
    if ends is None:
        return run.fsr if run.fsr is not None else 0.0
    if run.train_ms is None or run.val_loss is None or run.val_loss > LARGEST_LOSS:
        return 0.0
    of_task = ends[run.start]
    return (of_task.start_ms - run.train_ms) / (of_task.start_ms - of_task.target_ms)


def clip(score: float) -> float:
    return min(1.0, max(0.0, score))


def noise_notes(by_task: Mapping[int, Sequence[float]], interval: tuple[float, float] | None) -> list[str]:
    """Why there is no interval, or why it says less than it seems to."""
    single = [start for start, scores in by_task.items() if len(scores) < 2]
    if interval is None:
        return ["no interval: no task has two runs, so nothing is known of the noise"]
    if single:
        return [f"one run of start {spans(single)}: its noise is taken to be that of the other tasks"]
    if interval[0] == interval[1]:
        return ["the interval has no width: the runs of every task agree, and few runs may by chance"]
    return []


def suspect_note(by_task: Mapping[int, Sequence[float]]) -> str:
    high = [start for start, scores in by_task.items() if max(scores) > SUSPECT_FROM]
    if not high:
        return ""
    return (
        f"a run of start {spans(high)} scores above {SUSPECT_FROM:g}: look at its time before you believe it"
    )
