import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics import classification
from agentkit.statistics.agreement import cohen_kappa
from tests.agentkit.statistics.reference import ask, asks_reference

COUNTS = st.lists(st.integers(0, 6), min_size=4, max_size=4)


def pairs_of(counts: list[int]) -> list[tuple[bool, bool]]:
    tp, fp, fn, tn = counts
    return [(True, True)] * tp + [(False, True)] * fp + [(True, False)] * fn + [(False, False)] * tn


def test_the_four_counts() -> None:
    assert classification.confusion(pairs_of([1, 2, 3, 4])).tolist() == [1, 2, 3, 4]


def test_known_values() -> None:
    """o3-mini on JudgeEval's code leaves: it passes 47 of the 114 that people failed."""
    counts = np.array([347.0, 47.0, 55.0, 67.0])
    assert classification.accuracy(counts) == pytest.approx(414 / 516)
    assert classification.true_positive_rate(counts) == pytest.approx(347 / 402)
    assert classification.true_negative_rate(counts) == pytest.approx(67 / 114)
    assert classification.precision(counts) == pytest.approx(347 / 394)
    assert classification.macro_f1(counts) == pytest.approx(0.720, abs=5e-4)


@given(COUNTS)
def test_kappa_is_that_of_the_two_columns(counts: list[int]) -> None:
    pairs = pairs_of(counts)
    plain = cohen_kappa([float(a) for a, _ in pairs], [float(b) for _, b in pairs])
    ours = float(classification.kappa(np.array(counts, dtype=float)))
    assert (plain is None and math.isnan(ours)) or ours == pytest.approx(plain, abs=1e-12)


@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_many_tables_at_once_are_each_alone(tables: list[list[int]]) -> None:
    together = np.array(tables, dtype=float)
    for figure in (
        classification.accuracy,
        classification.true_positive_rate,
        classification.true_negative_rate,
        classification.precision,
        classification.macro_f1,
        classification.macro_precision,
        classification.macro_recall,
        classification.kappa,
    ):
        alone = [float(figure(row)) for row in together]
        assert figure(together).tolist() == pytest.approx(alone, nan_ok=True)


def test_a_class_that_is_never_said_has_nothing() -> None:
    """The constant rule: the class that it never says counts, with an F1 and a precision of 0."""
    counts = np.array([8.0, 2.0, 0.0, 0.0])
    assert classification.macro_f1(counts) == pytest.approx(8 / 9 / 2)
    assert classification.macro_precision(counts) == pytest.approx(0.8 / 2)
    assert classification.macro_recall(counts) == pytest.approx(0.5)
    assert math.isnan(classification.accuracy(np.zeros(4)))
    # A class that neither occurs nor is said does not count.
    assert classification.macro_f1(np.array([3.0, 0.0, 0.0, 0.0])) == pytest.approx(1.0)


class TestAgainstPublished:
    pytestmark = asks_reference

    def test_figures_are_scikit_learns(self) -> None:
        chance = random.Random(5)
        tables = [[chance.choice((0, 0, 1, 2, 9, 40)) for _ in range(4)] for _ in range(1000)]
        tables = [each for each in tables if sum(each)]
        script = (
            "from sklearn.metrics import accuracy_score, precision_recall_fscore_support\n"
            "def row(pairs):\n"
            "    t, s = [a for a, _ in pairs], [b for _, b in pairs]\n"
            "    p, r, f, _ = precision_recall_fscore_support(t, s, average='macro', zero_division=0)\n"
            "    return [float(accuracy_score(t, s)), float(p), float(r), float(f)]\n"
            "answer = [row(each) for each in question]"
        )
        theirs = ask(script, [pairs_of(each) for each in tables])
        for table, row in zip(tables, theirs, strict=True):
            counts = np.array(table, dtype=float)
            ours = [
                classification.accuracy(counts),
                classification.macro_precision(counts),
                classification.macro_recall(counts),
                classification.macro_f1(counts),
            ]
            assert [float(each) for each in ours] == pytest.approx(row, abs=1e-9)
