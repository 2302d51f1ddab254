"""The mean over tasks and its interval."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

TABLES = st.lists(st.lists(st.floats(-2, 3), min_size=2, max_size=5), min_size=1, max_size=8)


@pytest.fixture(scope="session")
def interval(module: Callable[[str], Any]) -> Any:
    return module("scores.stratified").stratified_interval


def test_a_task_weighs_the_same_however_often_it_was_run(module: Callable[[str], Any]) -> None:
    assert module("scores.stratified").stratified_mean([[1.0] * 9, [0.0]]) == 0.5


def test_of_one_task_it_is_students_interval(interval: Any) -> None:
    # mean 2, sd 1, t(2) = 4.302653: 2 ± 4.302653 / √3
    assert interval([[1.0, 2.0, 3.0]]) == pytest.approx((-0.484138, 4.484138), abs=1e-5)


def test_the_variances_of_tasks_are_added_with_satterthwaites_freedom(interval: Any) -> None:
    # Variances 1 and 4, three runs each: (1 + 4) / 3 / 4 = 5/12; freedom 5² / (1²/2 + 4²/2) = 50/17.
    # t(50/17) = 3.21876.
    low, high = interval([[1.0, 2.0, 3.0], [0.0, 2.0, 4.0]])
    assert (low + high) / 2 == pytest.approx(2.0)
    assert (high - low) / 2 / (5 / 12) ** 0.5 == pytest.approx(3.21876, abs=1e-5)


def test_how_far_tasks_lie_apart_is_no_noise(interval: Any) -> None:
    low, high = interval([[0.0, 0.1, 0.2], [1.0, 1.1, 1.2]])
    near = interval([[0.0, 0.1, 0.2], [0.0, 0.1, 0.2]])
    assert high - low == pytest.approx(near[1] - near[0])


def test_a_single_run_borrows_the_noise_of_the_other_tasks(interval: Any) -> None:
    # Variance 1 of three runs, and of a single run the same: (1/3 + 1) / 4 = 1/3; freedom 2, t = 4.302653.
    assert interval([[1.0, 2.0, 3.0], [2.0]]) == pytest.approx((-0.484138, 4.484138), abs=1e-5)


def test_single_runs_alone_say_nothing_of_noise(interval: Any) -> None:
    assert interval([[0.4], [0.6]]) is None


def test_runs_that_agree_have_no_width(interval: Any) -> None:
    assert interval([[0.5, 0.5], [0.0, 0.0]]) == (0.25, 0.25)


@given(TABLES, st.floats(0.1, 10))
def test_it_scales_and_holds_the_mean(interval: Any, table: list[list[float]], scale: float) -> None:
    low, high = interval(table)
    middle = fmean(fmean(runs) for runs in table)
    assert low <= middle + 1e-9 and middle <= high + 1e-9
    scaled = interval([[scale * each for each in runs] for runs in table])
    assert scaled == pytest.approx((scale * low, scale * high), rel=1e-6, abs=1e-6)


def test_it_covers_the_truth_where_a_percentile_bootstrap_does_not(interval: Any) -> None:
    """19 tasks, each solved with a chance of its own to an extent of its own, three runs: 300 tables."""
    chance = random.Random(1)
    solved = [(chance.choice([0, 0.1, 0.3, 0.5, 0.8, 1]), chance.uniform(0.1, 1)) for _ in range(19)]
    truth = fmean(share * extent for share, extent in solved)

    def one_run(share: float, extent: float) -> float:
        return chance.gauss(extent, 0.15) if chance.random() < share else 0.0

    ours = bootstrap = 0
    for _ in range(300):
        table = [[one_run(*each) for _ in range(3)] for each in solved]
        low, high = interval(table)
        ours += low <= truth <= high
        means = sorted(fmean(fmean(chance.choices(runs, k=3)) for runs in table) for _ in range(100))
        bootstrap += means[2] <= truth <= means[97]
    assert ours / 300 > 0.93
    assert bootstrap / 300 < 0.92
