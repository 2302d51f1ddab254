from __future__ import annotations

import pytest

from agentkit.runs.reports.task_bars import bar_of, bars_section, noise_of, task_bars
from tests.agentkit.runs.reports.rows import row


def test_a_bar_has_students_interval_over_runs() -> None:
    bar = bar_of([row(0.1), row(0.2), row(0.3), row(None, state="failed")])
    assert bar.value == pytest.approx(0.2)
    assert bar.high == pytest.approx(0.2 + 4.3027 * 0.1 / 3**0.5, abs=1e-4)
    assert (bar.runs, bar.missing) == (3, 1)


@pytest.mark.parametrize("scores", [[0.5], [0.5, 0.5]])
def test_without_scatter_nothing_is_said_of_it(scores: list[float]) -> None:
    bar = bar_of([row(score) for score in scores])
    assert (bar.value, bar.low, bar.high) == (0.5, None, None)
    assert bar_of([row(None, state="failed")]).value is None


def test_the_noise_is_that_of_one_runs_own_measurements() -> None:
    rows = [row(0.5, score_low=0.5 - half, score_high=0.5 + half) for half in (0.1, 0.2, 0.9)]
    assert noise_of(rows) == pytest.approx(0.2)
    assert noise_of([row(0.5)]) is None


def test_the_finding_names_tasks_within_their_noise() -> None:
    rows = [
        *(row(0.1, task="small", score_low=-0.2, score_high=0.4, seed=seed) for seed in (0, 1)),
        *(row(0.8 + 0.1 * seed, task="large", score_low=0.7, score_high=0.9, seed=seed) for seed in (0, 1)),
        row(None, task="broken", state="failed"),
    ]
    section = bars_section(rows, task_bars(rows, ""))
    assert section.finding == (
        "Most is recovered of large, 0.85 (0.21 to 1.49), n = 2; least of small, 0.10, n = 2; in 1 of 2 "
        "tasks the mean is no larger than the noise of one score; 1 of 3 tasks have no score at all."
    )
    assert [line[0] for line in section.table.rows] == ["broken", "large", "small"]
    assert section.table.rows[0][1:] == ("–", "–", "0", "1", "–")


def test_a_run_that_has_no_value_is_missing_where_there_is_none() -> None:
    found = task_bars([row(0.1), row(None, state="missing", hints=""), row(0.2, hints="a")], "hints")
    assert found.series == ("none", "a")
    assert (found.bars["t", "none"].runs, found.bars["t", "none"].missing) == (1, 1)


def test_series_are_told_apart_and_pooled_over_the_rest() -> None:
    rows = [row(0.1, hints=hints, scaffold=scaffold) for hints in "ab" for scaffold in "cde"]
    found = task_bars(rows, "hints")
    assert found.series == ("a", "b")
    assert found.bars["t", "a"].runs == 3
    section = bars_section(rows, found)
    assert section.table.columns[:2] == ("task", "hints")
    assert "pools all runs with its hints" in section.notes[0]
    assert all(len(line) == len(section.table.columns) for line in section.table.rows)
