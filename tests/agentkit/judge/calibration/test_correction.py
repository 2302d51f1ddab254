import numpy as np
import pytest

from agentkit.judge.calibration.correction import Rates, corrected_report, corrected_root, rates_of
from agentkit.judge.calibration.figures import Resampling
from agentkit.judge.calibration.pairs import PairedLeaf
from tests.agentkit.judge.calibration.scene import small

HOW = Resampling(resamples=400)
EXACT = Rates(tpr=0.9, tnr=0.6, tpr_variance=0.0, tnr_variance=0.0)


def leaves(kind: str, human: list[bool], judged: list[bool]) -> list[PairedLeaf]:
    return [
        PairedLeaf(
            id=f"{kind}{number}", kind=kind, cluster=f"{kind}{number}", weight=1.0, human=truth, judged=said
        )
        for number, (truth, said) in enumerate(zip(human, judged, strict=True))
    ]


def test_known_errors_are_undone() -> None:
    """100 leaves, 40 of them good: 36 pass rightly and 24 of 60 wrongly."""
    marked = [("code", 1.0, float(number < 60)) for number in range(100)]
    found = corrected_root(marked, {"all": EXACT})
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.4 < found.high
    # Rates that are badly known widen it.
    vague = EXACT.model_copy(update={"tpr_variance": 0.01, "tnr_variance": 0.01})
    wide = corrected_root(marked, {"all": vague})
    assert wide.low is not None
    assert wide.low < found.low


def test_each_kind_has_its_own_rates() -> None:
    marked = [("code", 1.0, 1.0), ("result", 1.0, 0.0)]
    perfect = Rates(tpr=1.0, tnr=1.0, tpr_variance=0.0, tnr_variance=0.0)
    found = corrected_root(marked, {"all": EXACT, "code": perfect, "result": perfect})
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    assert corrected_root(marked, {"code": perfect}).value is None
    assert corrected_root(marked, {"all": perfect.model_copy(update={"tpr": 0.0})}).value is None
    assert corrected_root([], {"all": EXACT}).value is None


def test_rates_need_enough_of_both() -> None:
    plenty = leaves("code", [True] * 30 + [False] * 30, [True] * 27 + [False] * 21 + [True] * 12)
    few = leaves("result", [True] * 9 + [False] * 30, [True] * 9 + [False] * 30)
    found = rates_of([*plenty, *few], HOW)
    assert sorted(found) == ["all", "code"]
    assert found["code"].tpr == pytest.approx(0.9)
    assert found["code"].tnr == pytest.approx(0.6)
    # Of independent leaves it is the binomial variance.
    assert found["code"].tpr_variance == pytest.approx(0.9 * 0.1 / 30, rel=0.35)


def test_the_interval_covers_the_truth() -> None:
    """1,000 worlds: rates from 50 good and 70 bad leaves, then a root of 80 others of unequal weights."""
    chance = np.random.default_rng(6)
    held = 0
    for _ in range(1000):
        tpr, tnr = chance.binomial(50, 0.85) / 50, chance.binomial(70, 0.7) / 70
        rates = Rates(tpr=tpr, tnr=tnr, tpr_variance=tpr * (1 - tpr) / 50, tnr_variance=tnr * (1 - tnr) / 70)
        truth = chance.random(80) < 0.4
        said = np.where(truth, chance.random(80) < 0.85, chance.random(80) < 0.3)
        weights = chance.random(80)
        marked = [("code", float(w), float(each)) for w, each in zip(weights, said, strict=True)]
        found = corrected_root(marked, {"all": rates})
        assert found.low is not None
        assert found.high is not None
        held += found.low <= float(truth @ weights / weights.sum()) <= found.high
    assert 0.925 <= held / 1000 <= 0.98


def test_a_report_that_nobody_graded() -> None:
    judged = small("judge", {"a": 1.0, "b": 0.0, "c": None})
    perfect = Rates(tpr=1.0, tnr=1.0, tpr_variance=0.0, tnr_variance=0.0)
    assert corrected_report(judged.report, {"all": perfect}).value == pytest.approx(0.5)
