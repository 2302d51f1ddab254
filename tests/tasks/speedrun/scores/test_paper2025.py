"""Rules `paper2025`: each has a test of its own, and a table by hand has all of them."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Make = Callable[..., Any]
STARTS = [*range(1, 6), *range(7, 20)]
TABLES = st.dictionaries(
    st.sampled_from(STARTS), st.lists(st.floats(-1, 4), min_size=1, max_size=6), min_size=1
)


@pytest.fixture(scope="session")
def rules(module: Callable[[str], Any]) -> Any:
    return module("scores.paper2025")


@pytest.fixture(scope="session")
def ends(module: Callable[[str], Any]) -> Any:
    return module("scores.reference").Ends


@pytest.fixture(scope="session")
def score(rules: Any, tasks: tuple[int, ...]) -> Callable[..., Any]:
    """The one cell that the runs make."""

    def one_cell(runs: list[Any], ends: Any = None) -> Any:
        (cell,) = rules.score_paper2025(runs, ends, tasks)
        return cell

    return one_cell


@pytest.mark.parametrize(("val_loss", "valid"), [(3.28, True), (3.2899, True), (3.29, False), (3.5, False)])
def test_the_threshold_is_3_29(rules: Any, val_loss: float, valid: bool) -> None:
    assert rules.valid_time(1000.0, val_loss) == (1000.0 if valid else None)


def test_the_start_itself_counts_as_a_node(rules: Any, ends: Any) -> None:
    pair = ends(start_ms=1000, target_ms=900)
    assert rules.time_with_root(950.0, pair) == 950
    assert rules.time_with_root(1200.0, pair) == 1000
    assert rules.time_with_root(None, pair) == 1000
    assert [rules.fsr_with_root(fsr) for fsr in (None, -0.5, 0.5)] == [0, 0, 0.5]


def test_a_gap_that_is_none_gives_zero(rules: Any, ends: Any) -> None:
    assert rules.recovered(500, ends(start_ms=1000, target_ms=1000)) == 0
    assert rules.recovered(500, ends(start_ms=1000, target_ms=1100)) == 0
    assert rules.recovered(500, ends(start_ms=1000, target_ms=900)) == 5


def test_starts_6_and_20_are_left_out(rules: Any, tasks: tuple[int, ...]) -> None:
    assert rules.counted_starts(range(1, 21)) == tuple(STARTS)
    assert len(rules.counted_starts(tasks)) == 18


def test_outliers_become_zero_and_are_not_clipped(rules: Any) -> None:
    values = [-0.01, 0.0, 1.7, 3.0, 3.01, 100.0]
    assert [rules.outlier_to_zero(value) for value in values] == [0, 0, 1.7, 3.0, 0, 0]


def test_the_best_three_are_kept_and_the_lowest_fills_up(rules: Any) -> None:
    assert rules.best_three([0.1, 0.5, 0.0, 0.9, 0.3]) == (0.9, 0.5, 0.3)
    assert rules.best_three([0.2, 0.6]) == (0.6, 0.2, 0.2)
    assert rules.best_three([0.4]) == (0.4, 0.4, 0.4)


def test_the_mean_is_over_tasks_rank_by_rank(rules: Any) -> None:
    assert rules.rank_means([(0.9, 0.6, 0.0), (0.5, 0.2, 0.2)]) == pytest.approx([0.7, 0.4, 0.1])


def test_the_plus_minus_is_of_rank_means_with_divisor_three(rules: Any) -> None:
    # Deviations 0.3, 0, -0.3: variance 0.18 / 3.
    assert rules.plus_minus([0.7, 0.4, 0.1], 4) == pytest.approx(sqrt(0.06) / 2)


def test_the_interquartile_mean_is_over_what_is_kept(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({1: [1.0, 0.8, 0.0, 0.0, 0.0], 2: [0.6, 0.2, 0.0]}))
    # Kept: 1, 0.8, 0 and 0.6, 0.2, 0; one of six is cut at either end.
    assert cell.iqm == pytest.approx((0.8 + 0.6 + 0.2 + 0.0) / 4)


def test_missing_tasks_are_skipped_and_listed(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({start: [0.5] for start in STARTS if start not in (2, 3, 19)}))
    assert (cell.mean, cell.tasks, cell.missing) == (pytest.approx(0.5), 15, (2, 3, 19))


def test_start_20_changes_nothing_and_is_not_missing(with_fsr: Make, score: Any) -> None:
    table = {start: [0.5, 0.2, 0.1] for start in STARTS}
    without, more = score(with_fsr(table)), score(with_fsr({**table, 20: [1.0]}))
    assert (more.mean, more.plus_minus, more.iqm, more.n) == (
        without.mean, without.plus_minus, without.iqm, without.n,
    )  # fmt: skip
    assert without.missing == ()
    assert more.notes == ("left out: all runs of start 20",)
    only = score(with_fsr({20: [1.0]}))
    assert (only.mean, only.interval, only.iqm, only.tasks) == (None, None, None, 0)


def test_a_table_by_hand(make_run: Make, score: Any, module: Callable[[str], Any]) -> None:
    """Start 12, 317839 ms, gap 28034; start 16, 232971 ms, gap 12597."""
    rows = [
        (12, 303_822.0, 3.2899),  # 0.5: valid here, not in `ours`
        (12, 288_319.0, 3.27),  # 1.05301
        (12, 400_000.0, 3.27),  # slower than the start: 0
        (12, 123_456.0, 3.27),  # 6.93, an outlier: 0
        (16, 220_374.0, 3.27),  # 1
        (16, 150_000.0, 3.29),  # invalid: 0
    ]
    runs = [
        make_run(start, number, train_ms=time, val_loss=loss)
        for number, (start, time, loss) in enumerate(rows)
    ]
    cell = score(runs, module("scores.reference").paper_ends())
    top, second = 29_520 / 28_034, 14_017 / 28_034
    ranks = [(top + 1) / 2, second / 2, 0.0]
    assert cell.mean == pytest.approx(sum(ranks) / 3, abs=1e-12)
    variance = sum((rank - sum(ranks) / 3) ** 2 for rank in ranks) / 3
    assert cell.plus_minus == pytest.approx(sqrt(variance / 2))
    assert cell.interval == pytest.approx((cell.mean - cell.plus_minus, cell.mean + cell.plus_minus))
    assert (cell.n, cell.tasks) == (6, 2)
    assert "left out: 1 of 6 runs, not among the best 3 of their task" in cell.notes
    assert "fewer than 3 runs of start 16: filled up with the lowest" in cell.notes


@given(TABLES, st.randoms())
def test_the_order_of_rows_changes_nothing(with_fsr: Make, score: Any, table: Any, random: Any) -> None:
    runs = with_fsr(table)
    assert score(random.sample(runs, len(runs))) == score(runs)


@given(TABLES)
def test_failed_runs_beyond_three_change_nothing(
    make_run: Make, with_fsr: Make, score: Any, table: Any
) -> None:
    """Which is what is wrong with them."""
    full = {start: [*values, 0.1, 0.1, 0.1] for start, values in table.items()}
    runs = with_fsr(full)
    more = [*runs, *(make_run(start, "failed") for start in full)]
    assert score(more).mean == score(runs).mean


@given(TABLES)
def test_nothing_is_below_zero_or_above_three(with_fsr: Make, score: Any, table: Any) -> None:
    cell = score(with_fsr(table))
    assert 0 <= cell.iqm <= 3 and 0 <= cell.mean <= 3
