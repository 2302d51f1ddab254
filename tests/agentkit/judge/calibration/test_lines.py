import pytest

from agentkit.judge.calibration.calibrate import CalibrationReport, calibrate
from agentkit.judge.calibration.figures import Resampling
from agentkit.judge.calibration.lines import calibration_lines
from agentkit.judge.calibration.pairs import pair
from tests.agentkit.judge.calibration.judge_eval import judged_by, people
from tests.agentkit.judge.calibration.scene import graded, small, verdict, vote


@pytest.fixture(scope="module")
def report() -> CalibrationReport:
    return calibrate([pair(people(), judged_by("o1-mini-2024-09-12_high"))], Resampling(resamples=200))


def test_coverage_and_floors_stand_beside_the_result(report: CalibrationReport) -> None:
    lines = calibration_lines(report)
    assert lines[0].startswith("2,358 of the 2,693 leaves that people graded have a verdict: 87.6 % coverage")
    text = "\n".join(lines)
    assert "code passes, all else fails" in text
    for figure in ("0.775", "0.613", "0.504", "+0.563", "0.763"):
        assert figure in text
    assert "so too narrow: the intervals of code, execution, result" in text
    assert "proves nothing" in text
    assert max(map(len, lines)) <= 110


def test_json_brings_it_back(report: CalibrationReport) -> None:
    assert CalibrationReport.model_validate_json(report.model_dump_json()) == report


def test_what_is_not_known_is_a_dash_and_no_zero() -> None:
    lines = calibration_lines(calibrate([pair(small("ann", {"a": 1.0}), small("judge", {"a": None}))]))
    assert lines[0].startswith("0 of the 1 leaves")
    (row,) = [each for each in lines if each.startswith("judge")]
    assert row.split() == ["judge", "-", "-", "-", "-"]
    assert any(each.startswith("Note: judge: no rubric at hand") for each in lines)


def test_stated_confidence_is_held_against_what_was_right() -> None:
    sure = graded(
        "judge", verdict("a", 1.0, vote("x", 1.0, "high")), verdict("b", 1.0, vote("x", 1.0, "high"))
    )
    lines = calibration_lines(calibrate([pair(small("ann", {"a": 1.0, "b": 0.0}), sure)]))
    assert "Right, by stated confidence: high 0.50 of 2 (taken to claim 0.95)" in lines
