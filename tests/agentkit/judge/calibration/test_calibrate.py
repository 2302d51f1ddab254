import csv
import os
import random
from functools import cache
from pathlib import Path

import pytest

from agentkit.contracts.rubric import LeafKind
from agentkit.errors import UsageError
from agentkit.judge.calibration.calibrate import CalibrationReport, calibrate, shortfalls
from agentkit.judge.calibration.figures import Resampling
from agentkit.judge.calibration.pairs import Graded, pair
from agentkit.judge.rubrics.grader_output import read_grader_output
from tests.agentkit.judge.calibration.judge_eval import JUDGES, judged_by, people

DATA = "AGENTKIT_JUDGE_DATA"
PUBLISHED: dict[str, LeafKind | str] = {
    "Overall": "all",
    "Code Development": "code",
    "Code Execution": "execution",
    "Result Analysis": "result",
}
COLUMNS = {
    "accuracy": "accuracy",
    "precision": "macro_precision",
    "recall": "macro_recall",
    "f1": "macro_f1",
}
FEW = Resampling(resamples=200)


@cache
def calibrated(name: str) -> CalibrationReport:
    return calibrate([pair(people(), judged_by(name))], FEW)


needs_data = pytest.mark.skipif(
    DATA not in os.environ, reason=f"{DATA} names no folder with JudgeEval's tables"
)


@needs_data
def test_all_80_published_figures() -> None:
    compared = 0
    for name in JUDGES:
        report = calibrated(name)
        table = Path(os.environ[DATA]) / "paperbench" / f"metrics_table_{name}.csv"
        for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
            for column, figure in COLUMNS.items():
                ours = report.figure(PUBLISHED[row[""]], figure)
                assert ours == pytest.approx(float(row[column]), abs=1e-9), (name, row[""], column)
                compared += 1
    assert compared == 80


@pytest.mark.parametrize(
    ("name", "macro_f1", "kappa", "tpr", "tnr", "code_tnr"),
    [
        ("gpt-4o-mini-2024-07-18", 0.590, 0.216, 0.352, 0.854, 0.930),
        ("gpt-4o-2024-08-06", 0.728, 0.461, 0.604, 0.847, 0.833),
        ("o1-mini-2024-09-12_high", 0.775, 0.563, 0.551, 0.971, 0.763),
        ("o3-mini-2025-01-31_high", 0.827, 0.654, 0.863, 0.799, 0.588),
        ("o1-2024-12-17_high", 0.842, 0.683, 0.817, 0.866, 0.693),
    ],
)
def test_the_published_judges(
    name: str, macro_f1: float, kappa: float, tpr: float, tnr: float, code_tnr: float
) -> None:
    report = calibrated(name)
    assert report.figure("all", "macro_f1") == pytest.approx(macro_f1, abs=5e-4)
    assert report.figure("all", "kappa") == pytest.approx(kappa, abs=5e-4)
    assert report.figure("all", "tpr") == pytest.approx(tpr, abs=5e-4)
    assert report.figure("all", "tnr") == pytest.approx(tnr, abs=5e-4)
    assert report.figure("code", "tnr") == pytest.approx(code_tnr, abs=5e-4)


def test_leaves_without_a_verdict_are_said_and_not_dropped() -> None:
    report = calibrated("o1-mini-2024-09-12_high")
    assert report.kinds[0].graded == 2358
    assert report.kinds[0].leaves == 2693
    assert report.figure("all", "coverage") == pytest.approx(0.876, abs=5e-4)
    assert report.roots[0].coverage == pytest.approx(0.876, abs=5e-4)
    assert calibrated("o1-2024-12-17_high").figure("all", "coverage") == 1.0


def test_the_floors_are_those_of_the_same_leaves() -> None:
    coin, rule = calibrated("gpt-4o-2024-08-06").floors
    assert rule.macro_f1 == pytest.approx(0.613, abs=5e-4)
    assert coin.macro_f1 == pytest.approx(0.504, abs=0.01)
    assert coin.accuracy == 0.5
    assert coin.kappa == 0


def test_every_figure_lies_in_its_interval() -> None:
    report = calibrated("o3-mini-2025-01-31_high")
    for kind in report.kinds:
        for name, figure in kind.figures.items():
            if name == "ece":
                assert figure.value is None
            else:
                assert figure.value is not None
                assert figure.low is not None
                assert figure.high is not None
                assert figure.low <= figure.value <= figure.high, (kind.kind, name)
    # The seed decides, and nothing else.
    assert report == calibrate([pair(people(), judged_by("o3-mini-2025-01-31_high"))], FEW)


def test_the_gate_says_why() -> None:
    report = calibrated("o3-mini-2025-01-31_high")
    assert shortfalls(report) == ()
    assert shortfalls(report, min_kappa=0.65, min_code_tnr=0.58) == ()
    assert shortfalls(report, min_kappa=0.7, min_code_tnr=0.9) == (
        "kappa: 0.654, asked for at least 0.7",
        "TNR of code leaves: 0.588, asked for at least 0.9",
    )


def test_what_is_not_defined_passes_no_gate() -> None:
    whole = people()
    results = tuple(each for each in whole.report.verdicts if each.kind == "result")
    human = whole.model_copy(update={"report": whole.report.model_copy(update={"verdicts": results})})
    report = calibrate([pair(human, judged_by("gpt-4o-2024-08-06"))], FEW)
    assert report.figure("code", "tnr") is None
    (reason,) = shortfalls(report, min_code_tnr=0.1)
    assert "not defined" in reason


@needs_data
def test_real_grades_and_a_judge_that_errs_at_known_rates() -> None:
    """Two papers' own trees. The judge is simulated: it passes 9 of 10 good leaves and 4 of 10 bad ones."""
    chance = random.Random(12)
    pairs = []
    for paper in ("rice", "semantic-self-consistency"):
        path = Path(os.environ[DATA]) / "paperbench" / f"{paper}.expected_result.json"
        found = read_grader_output(path)
        people = Graded(name=paper, report=found.report, rubric=found.rubric)
        verdicts = tuple(
            each.model_copy(update={"score": float(chance.random() < (0.9 if each.score else 0.4))})
            for each in found.report.verdicts
        )
        judge = people.model_copy(update={"report": found.report.model_copy(update={"verdicts": verdicts})})
        pairs.append(pair(people, judge.model_copy(update={"name": f"judge of {paper}"})))
    report = calibrate(pairs, FEW)
    assert report.kinds[0].leaves == 361 + len(pairs[1].leaves)
    # Many leaves share a parent: that is what an interval of these must know.
    assert 20 < report.kinds[0].clusters < 250
    rice, other = report.roots
    assert rice.human == pytest.approx(0.185681, abs=1e-6)
    assert other.human == pytest.approx(0.91, abs=1e-6)
    assert rice.judged is not None
    assert rice.judged > 0.3
    # What the other paper's leaves say of the judge brings the root back.
    assert not other.own_rates
    assert other.corrected.low is not None
    assert other.corrected.high is not None
    assert other.corrected.low <= 0.91 <= other.corrected.high
    # People failed too few of the other's leaves to say how often the judge fails such.
    assert rice.corrected.value is None


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(UsageError, match="nothing to calibrate"):
        calibrate([])
