from __future__ import annotations

from agentkit.runs.curves.equal_budget import EqualBudget, at_equal_budget
from agentkit.runs.reports.budget_curves import curve_section, shown_places
from tests.agentkit.runs.curves.test_equal_budget import SILENT, run


def curves(groups: dict[tuple[str, ...], list[object]]) -> EqualBudget:
    found = at_equal_budget(groups, "attempts", resamples=50)  # type: ignore[arg-type]
    assert found is not None
    return found


EARLY, LATE = [run(0.5, 0.6, 0.6, 0.6, cap=4)], [run(0.0, 0.1, 0.2, 0.9, cap=4), SILENT]


def test_who_leads_at_the_end_and_who_over_the_whole_way() -> None:
    found = curves({("a",): [*EARLY], ("b",): [*LATE]})
    section = curve_section(found, ["hints"])
    assert section.key == "curve-attempts"
    assert section.finding == (
        "With 4 attempts spent, b is ahead at 0.90, n = 1, 1 missing; over the whole way a is, with an "
        "area of 0.42."
    )
    assert section.table.columns[:5] == ("hints", "at 1", "at 2", "at 3", "at 4")
    assert section.table.rows[1] == ("b", "0.00", "0.10", "0.20", "0.90", "–", "0.08", "–", "1", "1", "0")
    assert section.notes[0].startswith("The curves end at 4 attempts: the smallest cap")


def test_one_group_has_nobody_to_lead() -> None:
    section = curve_section(curves({(): [*EARLY]}), [])
    assert section.finding == (
        "With 4 attempts spent, the best attempt scores 0.60 in the mean, and 0.42 over the way (n = 1)."
    )
    assert section.table.rows[0][0] == "all runs"


def test_groups_on_different_tasks_are_said_to_be() -> None:
    both = [run(0.1, 0.2, task="x"), run(0.1, 0.2, task="y")]
    notes = curve_section(curves({("a",): [*both], ("b",): [*both[:1]]}), ["hints"]).notes
    assert any("different numbers of tasks" in note for note in notes)


def test_a_short_grid_is_read_at_fewer_places() -> None:
    assert shown_places(curves({(): [run(0.5, cap=1)]})) == [0, 1]
