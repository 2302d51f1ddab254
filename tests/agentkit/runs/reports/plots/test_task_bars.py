from __future__ import annotations

from agentkit.runs.reports.plots.task_bars import bars_svg
from agentkit.runs.reports.task_bars import task_bars
from tests.agentkit.runs.reports.rows import row


def test_every_task_and_series_is_named() -> None:
    rows = [
        row(0.1 * seed, task=task, hints=hints, seed=seed, score_low=0.0, score_high=0.5)
        for task in ("speedrun/record2", "x<y") for hints in ("none", "text") for seed in (1, 2)
    ]  # fmt: skip
    svg = bars_svg(task_bars(rows, "hints"))
    for said in (">speedrun/record2<", ">x&lt;y<", ">none<", ">text<", ">hints<"):
        assert said in svg


def test_a_task_without_any_score_has_its_line() -> None:
    assert ">t<" in bars_svg(task_bars([row(None, state="failed")], ""))


def test_too_many_bars_have_no_figure() -> None:
    assert bars_svg(task_bars([row(0.1, task=f"t{number}") for number in range(241)], "")) == ""
