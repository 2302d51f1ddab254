from __future__ import annotations

import pytest

from agentkit.contracts.rubric import JudgeReport


@pytest.mark.parametrize(
    ("coverage", "floor", "headline"),
    [(1.0, 0.98, 0.5), (0.98, 0.98, 0.5), (0.97, 0.98, None), (0.5, 0.4, 0.5)],
)
def test_one_number_is_quoted_only_where_enough_was_graded(
    coverage: float, floor: float, headline: float | None
) -> None:
    report = JudgeReport(rubric="r", score=0.5, low=0.4, high=0.6, coverage=coverage, floor=floor)
    assert report.headline == headline


def test_without_any_grade_there_is_no_number() -> None:
    assert JudgeReport(rubric="r", score=None, low=0, high=1, coverage=0, floor=0).headline is None
