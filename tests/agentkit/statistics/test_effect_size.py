import math

import numpy as np
import pytest

from agentkit.statistics.effect_size import cliffs_delta, probability_of_improvement, standardised_difference
from agentkit.statistics.score_table import score_table
from tests.agentkit.statistics.reference import ask, asks_reference
from tests.agentkit.statistics.test_hierarchical_bootstrap import table_of


def test_improvement_is_by_task_and_ties_are_half() -> None:
    first = table_of(np.array([[1.0, 2.0], [5.0, 5.0]]))
    second = table_of(np.array([[0.0, 2.0], [5.0, math.nan]]))
    # Task 1: 1>0, 1<2, 2>0, 2=2: 2.5 of 4; task 2: all equal.
    assert probability_of_improvement(first, second) == pytest.approx((2.5 / 4 + 0.5) / 2)
    assert cliffs_delta(first, second) == pytest.approx(2 * 0.5625 - 1)
    assert probability_of_improvement(second, first) == pytest.approx(1 - 0.5625)


def test_only_common_tasks_count() -> None:
    first = score_table({("a", 0): 1.0, ("b", 0): 1.0})
    second = score_table({("b", 0): 0.0, ("c", 0): 9.0})
    assert probability_of_improvement(first, second) == 1.0
    assert probability_of_improvement(first, score_table({("c", 0): 1.0})) is None
    assert cliffs_delta(first, score_table({})) is None


def test_the_difference_in_deviations_of_repetitions() -> None:
    first, second = table_of(np.array([[2.0, 4.0, 6.0]])), table_of(np.array([[1.0, 3.0, 5.0]]))
    # Both scatter by 2, with 4 degrees of freedom: Hedges' factor is 1 - 3/15.
    assert standardised_difference(first, second) == pytest.approx(0.5 * 0.8)
    assert standardised_difference(table_of(np.array([[1.0]])), second) == pytest.approx(-1.0 * (1 - 3 / 7))
    assert standardised_difference(table_of(np.array([[1.0, 1.0]])), table_of(np.array([[2.0, 2.0]]))) is None
    assert standardised_difference(table_of(np.array([[1.0]])), table_of(np.array([[2.0]]))) is None


class TestAgainstPublished:
    pytestmark = asks_reference

    def test_improvement_is_rliables(self) -> None:
        chance = np.random.default_rng(4)
        pairs = [
            (chance.integers(0, 4, (5, 3)).astype(float), chance.integers(0, 4, (5, 4)).astype(float))
            for _ in range(300)
        ]
        script = (
            "import numpy as np\nfrom rliable import metrics\n"
            "answer = [float(metrics.probability_of_improvement(np.array(a).T, np.array(b).T))\n"
            "    for a, b in question]"
        )
        for (a, b), theirs in zip(
            pairs, ask(script, [(a.tolist(), b.tolist()) for a, b in pairs]), strict=True
        ):
            assert probability_of_improvement(table_of(a), table_of(b)) == pytest.approx(theirs, abs=1e-9)
