from __future__ import annotations

import numpy as np
import pytest

from agentkit.runs.tables.grouping import NO_GAPS, figures_of, grouped
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.tables.written_runs import row


def score(of: RunRow) -> float | None:
    return of.score


def table(**changes: float | None) -> list[RunRow]:
    """3 tasks × 3 seeds; a score 'task-seed' may be changed."""
    return [
        row(task=f"t{task}", seed=seed, score=changes.get(f"t{task}_{seed}", task / 10 + seed / 100))
        for task in range(3)
        for seed in range(3)
    ]


def test_groups_are_in_the_order_of_their_rows() -> None:
    rows = [row(scaffold="tree"), row(scaffold="aide", seed=1), row(scaffold="tree", seed=2)]
    groups = grouped(rows, ["scaffold", "hints"])
    assert list(groups) == [("tree", "none"), ("aide", "none")]
    assert len(groups["tree", "none"]) == 2


def test_figures_are_those_of_all_runs() -> None:
    rows = table()
    figures = figures_of(rows, score)
    values = np.array(sorted(each.score or 0.0 for each in rows))
    assert figures.mean == pytest.approx(values.mean(), abs=1e-12)
    assert figures.iqm == pytest.approx(values[2:-2].mean(), abs=1e-12)
    assert (figures.runs, figures.n, figures.missing, figures.tasks) == (9, 9, 0, 3)
    assert figures.interval is not None
    assert figures.interval[0] < values.mean() < figures.interval[1]


def test_what_is_missing_is_counted_and_not_zero() -> None:
    figures = figures_of(table(t1_0=None, t2_0=None, t2_1=None, t2_2=None), score)
    assert (figures.runs, figures.n, figures.missing, figures.tasks) == (9, 5, 4, 2)
    assert figures.empty_tasks == ("t2",)
    assert figures.mean == pytest.approx((0.01 + 0.115) / 2)


def test_nothing_to_say_is_said() -> None:
    figures = figures_of([row(score=None, state="failed")], score)
    assert (figures.mean, figures.missing, figures.note) == (None, 1, "no run has a figure")


def test_intervals_as_rliable_has_them() -> None:
    assert figures_of(table(), score, interval="rliable").interval is not None
    gaps = figures_of(table(t1_0=None), score, interval="rliable")
    assert gaps.interval is None and gaps.note == NO_GAPS and gaps.mean is not None
