"""Rules `ours`, on tables made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Make = Callable[..., Any]
STARTS = [*range(1, 6), *range(7, 21)]
SCORES = st.floats(0, 4, allow_subnormal=False)
TABLES = st.dictionaries(st.sampled_from(STARTS), st.lists(SCORES, min_size=1, max_size=4), min_size=1)


@pytest.fixture(scope="session")
def score(module: Callable[[str], Any], tasks: tuple[int, ...]) -> Callable[..., Any]:
    """The one cell that the runs make."""

    def one_cell(runs: list[Any], ends: Any = None) -> Any:
        (cell,) = module("scores.ours").score_ours(runs, ends, tasks)
        return cell

    return one_cell


@pytest.fixture(scope="session")
def paper(module: Callable[[str], Any]) -> Any:
    return module("scores.reference").paper_ends()


@pytest.mark.parametrize(("start", "train_ms", "fsr"), [(1, 2_188_124, 1.02875), (12, 288_319, 1.05301)])
def test_published_vectors(
    make_run: Make, score: Any, paper: Any, start: int, train_ms: float, fsr: float
) -> None:
    cell = score([make_run(start, 0, train_ms=train_ms, val_loss=3.279)], paper)
    assert cell.mean == pytest.approx(fsr, abs=5e-6)
    assert cell.mean_clipped == 1.0


def test_both_ends_are_0_and_1(make_run: Make, score: Any, paper: Any, tasks: tuple[int, ...]) -> None:
    for start in tasks:
        ends = paper[start]
        assert score([make_run(start, 0, train_ms=ends.start_ms, val_loss=3.28)], paper).mean == 0.0
        assert score([make_run(start, 0, train_ms=ends.target_ms, val_loss=3.28)], paper).mean == 1.0


@pytest.mark.parametrize(("val_loss", "valid"), [(3.28, True), (3.2800001, False), (3.285, False)])
def test_a_loss_above_3_28_is_no_solution(
    make_run: Make, score: Any, paper: Any, val_loss: float, valid: bool
) -> None:
    cell = score([make_run(1, 0, train_ms=2_188_124, val_loss=val_loss)], paper)
    assert (cell.mean > 1) is valid
    assert valid or cell.mean == 0


def test_a_run_without_a_valid_attempt_is_a_zero_that_counts(
    make_run: Make, with_fsr: Make, score: Any, paper: Any
) -> None:
    assert score(with_fsr({1: [0.9, None, None]})).mean == pytest.approx(0.3)
    assert score([make_run(1, 0, train_ms=None)], paper).mean == 0


def test_a_slower_run_is_below_zero_when_raw_and_zero_when_clipped(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({1: [-1.0, 2.0], 2: [0.5, 0.5]}))
    assert cell.mean == pytest.approx(0.5)
    assert cell.mean_clipped == pytest.approx(0.5)
    cell = score(with_fsr({1: [-1.0, 0.0]}))
    assert (cell.mean, cell.mean_clipped) == (-0.5, 0.0)


def test_all_runs_count_not_the_best_three(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({1: [0.9, 0.9, 0.9, 0, 0, 0]}))
    assert (cell.mean, cell.n) == (pytest.approx(0.45), 6)


def test_start_20_counts(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({20: [0.4, 0.6]}))
    assert (cell.mean, cell.tasks) == (pytest.approx(0.5), 1)


def test_missing_tasks_are_listed_and_said(with_fsr: Make, score: Any, tasks: tuple[int, ...]) -> None:
    present = {start: [1.0, 1.0] for start in tasks if start not in (3, 4, 19)}
    cell = score(with_fsr(present))
    assert (cell.tasks, cell.missing) == (16, (3, 4, 19))
    assert "no run of start 3-4, 19: the mean is over 16 of 19 tasks" in cell.notes
    whole = score(with_fsr({start: [1.0, 0.0] for start in tasks}))
    assert (whole.tasks, whole.missing, whole.notes) == (19, (), ())


def test_the_interquartile_mean_is_over_runs(with_fsr: Make, score: Any) -> None:
    cell = score(with_fsr({1: [0.0, 0.0, 0.2, 0.4], 2: [0.6, 0.8, 1.0, 1.0]}))
    assert cell.iqm == pytest.approx((0.2 + 0.4 + 0.6 + 0.8) / 4)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({1: [0.5], 2: [0.6]}, "no task has two runs"),
        ({1: [0.5], 2: [0.6, 0.7]}, "one run of start 1:"),
        ({1: [0.5, 0.5]}, "no width"),
        ({1: [0.5, 3.5]}, "start 1 scores above 3"),
    ],
)
def test_what_makes_a_figure_weak_is_said(
    with_fsr: Make, score: Any, values: dict[int, list[float]], said: str
) -> None:
    notes = score(with_fsr(values)).notes
    assert any(said in note for note in notes), notes


def test_cells_are_apart_and_in_order(
    module: Callable[[str], Any], make_run: Make, tasks: tuple[int, ...]
) -> None:
    runs = [
        make_run(1, 0, fsr=fsr, model=model, hints=hints)
        for model, hints, fsr in (("b", "", 0.1), ("a", "text", 0.2), ("a", "paper", 0.3), ("b", "text", 0.4))
    ]
    cells = module("scores.ours").score_ours(runs, None, tasks)
    found = [(cell.model, cell.hints, cell.mean) for cell in cells]
    assert found == [("a", "paper", 0.3), ("a", "text", 0.2), ("b", "", 0.1), ("b", "text", 0.4)]


@given(TABLES, st.randoms())
def test_the_order_of_rows_changes_nothing(with_fsr: Make, score: Any, table: Any, random: Any) -> None:
    runs = with_fsr(table)
    assert score(random.sample(runs, len(runs))) == score(runs)


@given(TABLES, st.floats(0.1, 10))
def test_raw_figures_scale(with_fsr: Make, score: Any, table: Any, scale: float) -> None:
    cell = score(with_fsr(table))
    scaled = score(with_fsr({start: [scale * each for each in values] for start, values in table.items()}))
    assert (scaled.mean, scaled.iqm) == pytest.approx((scale * cell.mean, scale * cell.iqm))


@given(TABLES, st.sampled_from(STARTS))
def test_one_more_failed_run_never_raises_a_mean(
    make_run: Make, with_fsr: Make, score: Any, table: Any, start: int
) -> None:
    runs = with_fsr(table)
    cell, more = score(runs), score([*runs, make_run(start, "failed")])
    assert more.mean <= cell.mean + 1e-12
    assert more.mean_clipped <= cell.mean_clipped + 1e-12
    assert more.n == cell.n + 1


@given(TABLES)
def test_clipped_lies_between_0_and_1(with_fsr: Make, score: Any, table: Any) -> None:
    cell = score(with_fsr(table))
    assert 0 <= cell.mean_clipped <= 1
    assert cell.mean_clipped <= cell.mean + 1e-12
