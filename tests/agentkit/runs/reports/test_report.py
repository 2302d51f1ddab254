from __future__ import annotations

from agentkit.runs.curves.equal_budget import TracedRun
from agentkit.runs.reports.report import MOST_LISTED, Report, axes_of, make_report, series_column
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.curves.test_equal_budget import SILENT, run
from tests.agentkit.runs.reports.rows import row


def report_of(rows: list[RunRow], *by: str, trace: TracedRun = SILENT) -> Report:
    return make_report("x", rows, by, lambda _: trace)


def test_every_run_without_a_score_is_listed_with_why() -> None:
    rows = [
        row(0.1),
        row(None, state="refused", reason="There is no task 'z'.", run="", seed=4, hints="text"),
        row(None, reference_start=None, run="b"),
    ]
    found = report_of(rows, "hints")
    assert found.silent_runs == 2
    assert found.silent.columns == ("state", "task", "hints", "seed", "tries", "run", "why")
    assert found.silent.rows[0] == ("refused", "t", "text", "4", "1", "", "There is no task 'z'.")
    assert "no scale" in found.silent.rows[1][-1]


def test_a_thousand_are_listed_and_all_are_counted() -> None:
    found = report_of([row(None, state="failed", seed=seed) for seed in range(MOST_LISTED + 5)])
    assert (found.silent_runs, len(found.silent.rows)) == (MOST_LISTED + 5, MOST_LISTED)


def test_each_section_has_its_figure_its_numbers_and_a_finding() -> None:
    rows = [row(0.1, task="speedrun/record3", hints=hints, scaffold=each) for hints in "ab" for each in "cd"]
    found = report_of(rows, "hints", "scaffold", trace=run(0.1, 0.3, task="speedrun/record3"))
    assert [section.key for section in found.sections] == [
        "scores", "tasks", "curve-attempts", "curve-dollars", "ladder"
    ]  # fmt: skip
    for section in found.sections:
        assert section.svg.startswith("<svg")
        assert section.finding.endswith(".")
        assert section.table.rows
    assert "no curves against" in found.sections[2].notes[-1]


def test_what_is_too_much_for_a_figure_keeps_its_table() -> None:
    rows = [row(0.1, task=f"t{number}", hints="none") for number in range(250)]
    bars = report_of(rows).sections[1]
    assert bars.svg == ""
    assert "too many groups" in bars.notes[0]
    assert len(bars.table.rows) == 250


def test_the_series_are_the_column_with_the_fewest_values() -> None:
    rows = [row(0.1, hints=hints, scaffold=scaffold) for hints in "abcd" for scaffold in "ef"]
    assert series_column(rows, ["hints", "scaffold"]) == "scaffold"
    assert series_column(rows[:1], ["hints", "scaffold"]) == ""
    assert series_column([row(0.1, hints=str(number)) for number in range(9)], ["hints"]) == ""


def test_seconds_of_evaluation_stand_in_where_there_is_no_gpu() -> None:
    assert "evaluation_seconds" in axes_of({(): [SILENT]})
    assert "gpu_seconds" not in axes_of({(): [SILENT]})
