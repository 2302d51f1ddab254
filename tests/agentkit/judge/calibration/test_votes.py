import pytest

from agentkit.judge.calibration.votes import agreement, flip_rates, ratings
from tests.agentkit.judge.calibration.scene import verdict, vote

VERDICTS = [
    verdict("1", 1.0, vote("a", 1.0), vote("b", 1.0), vote("a", 0.0, sample=1)),
    verdict("2", 0.0, vote("a", 0.0), vote("b", 0.0), vote("a", 0.0, sample=1)),
    verdict("3", 1.0, vote("a", 1.0, sample=1), vote("a", None), vote("b", 0.0)),
    verdict("4", None, vote("b", 1.0)),
]


def test_a_row_for_each_leaf_with_each_judges_first_answer() -> None:
    assert ratings(VERDICTS) == (["a", "b"], [[1.0, 1.0], [0.0, 0.0], [1.0, 0.0], [None, 1.0]])


def test_flips_are_within_a_judge() -> None:
    assert flip_rates(VERDICTS) == {"a": 0.5, "b": None}


def test_what_the_report_holds() -> None:
    found = agreement(VERDICTS)
    assert sorted(found) == [
        "alpha_nominal",
        "alpha_ordinal",
        "fleiss_kappa",
        "flip_rate a",
        "kappa a | b",
        "leniency a",
        "leniency b",
    ]
    assert found["kappa a | b"] == pytest.approx(0.4)
    assert found["leniency a"] == pytest.approx(1 / 3)
    assert found["leniency b"] == pytest.approx(-1 / 3)


def test_one_judge_alone_agrees_with_nobody() -> None:
    assert agreement([verdict("1", 1.0, vote("a", 1.0)), verdict("2", 1.0)]) == {}
    assert agreement([]) == {}
    # Two judges that never saw the same leaf.
    assert agreement([verdict("1", 1.0, vote("a", 1.0)), verdict("2", 1.0, vote("b", 1.0))]) == {}
