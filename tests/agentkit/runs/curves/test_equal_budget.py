from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.runs.curves.equal_budget import EqualBudget, TracedRun, at_equal_budget, common_budget, places
from agentkit.runs.curves.trace import Trace
from agentkit.statistics.step_curve import best_so_far


def run(*scores: float | None, cap: float | None = 20.0, task: str = "t") -> TracedRun:
    """One dollar an attempt."""
    spent = [float(number) for number in range(1, len(scores) + 1)]
    curve = best_so_far(spent, scores)
    caps: dict[str, float] = {} if cap is None else {"attempts": cap, "dollars": cap}
    nothing = best_so_far([0.0] * len(scores), scores)
    return TracedRun(task, Trace({"attempts": curve, "dollars": curve, "gpu_seconds": nothing}, caps))  # type: ignore[arg-type]


SILENT = TracedRun("t", None)


def found(groups: dict[tuple[str, ...], Sequence[TracedRun]]) -> EqualBudget:
    curves = at_equal_budget(groups, "attempts", resamples=100)
    assert curves is not None
    return curves


def test_the_curves_end_at_the_smallest_cap() -> None:
    curves = found({("a",): [run(0.1, 0.2, 0.3, 0.9, cap=4)], ("b",): [run(0.1, 0.2, cap=2)]})
    assert curves.horizon == 2
    assert "smallest cap" in curves.why_there
    assert curves.grid.tolist() == [0, 1, 2]
    assert curves.curves["a",].values.tolist() == [0, 0.1, 0.2]


def test_a_run_that_ended_earlier_keeps_its_value_and_is_counted() -> None:
    curves = found({("a",): [run(0.4, cap=4), run(0.1, 0.2, 0.3, 0.8, cap=4), SILENT]})
    found_here = curves.curves["a",]
    assert found_here.values.tolist() == pytest.approx([0, 0.25, 0.3, 0.35, 0.6])
    assert (found_here.runs, found_here.missing, found_here.ended_earlier) == (2, 1, 1)
    # Mean heights: 0.4 · 3/4 and (0.1 + 0.2 + 0.3)/4. The last attempt ends at the horizon, and adds nothing.
    assert found_here.area == pytest.approx((0.3 + 0.15) / 2)
    assert found_here.area_low < found_here.area < found_here.area_high


def test_caps_that_nobody_came_near_do_not_stretch_the_curves() -> None:
    assert common_budget({("a",): [run(0.1, 0.2, cap=100)], ("b",): [run(0.1, cap=50)]}, "attempts") == (
        2.0,
        "no run spent more, though the caps allowed it",
    )


def test_without_a_cap_it_ends_where_half_of_a_group_had() -> None:
    groups: dict[tuple[str, ...], list[TracedRun]] = {
        ("a", "x"): [run(0.1, 0.2, 0.3, cap=None)],
        ("b", "y"): [run(0.1, cap=None), run(0.1, 0.2, 0.5)],
    }
    horizon, why = common_budget(groups, "dollars") or (0, "")
    assert horizon == 2
    assert "b · y" in why


def test_tasks_weigh_alike() -> None:
    runs = [run(1.0, task="easy"), run(1.0, task="easy"), run(1.0, task="easy"), run(0.0, task="hard")]
    assert found({(): runs}).curves[()].values[-1] == 0.5


@pytest.mark.parametrize("axis", ["dollars", "minutes"])
def test_what_nobody_spent_has_no_curves(axis: str) -> None:
    free = TracedRun("t", Trace({"dollars": best_so_far([0.0], [0.5])}, {}))
    assert at_equal_budget({(): [free, SILENT]}, axis) is None  # type: ignore[arg-type]


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=6), min_size=1, max_size=5), st.integers(1, 8))
def test_a_curve_never_falls_and_its_area_lies_below_its_end(scores: list[list[float]], cap: int) -> None:
    runs = [run(*each[:cap], cap=cap) for each in scores]
    curve = found({(): runs}).curves[()]
    assert (np.diff(curve.values) >= -1e-12).all()
    assert -1e-12 <= curve.area <= curve.values[-1] + 1e-12


def test_the_grid_reaches_the_horizon() -> None:
    assert places("attempts", 4.0).tolist() == [0, 1, 2, 3, 4]
    assert len(places("attempts", 5000.0)) == len(places("dollars", 0.7)) == 61
    assert places("dollars", 0.7)[-1] == 0.7
