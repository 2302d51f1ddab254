import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics import sign_flip
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.score_table import ScoreTable, score_table
from agentkit.statistics.sign_flip import sign_flip_p
from tests.agentkit.statistics.reference import ask, asks_reference
from tests.agentkit.statistics.test_hierarchical_bootstrap import table_of

ROWS = st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=3), min_size=1, max_size=4)


def ragged(rows: list[list[int]]) -> ScoreTable:
    return score_table(
        {(f"t{i}", j): float(each) for i, row in enumerate(rows) for j, each in enumerate(row)}
    )


@given(ROWS)
def test_it_is_the_count_over_all_signs(rows: list[list[int]]) -> None:
    """Tasks with few cells weigh as much as others."""
    parts = [each / len(row) for row in rows for each in row if each]
    here = abs(sum(parts)) - 1e-9
    choices = list(itertools.product((1, -1), repeat=len(parts)))
    as_far = sum(abs(sum(s * p for s, p in zip(signs, parts, strict=True))) >= here for signs in choices)
    assert sign_flip_p(ragged(rows)) == pytest.approx(as_far / len(choices))


def test_sums_that_differ_by_rounding_are_equal() -> None:
    """Ninths are no binary fractions; whole numbers are exact."""
    signs = np.array(list(itertools.product((1, -1), repeat=9)))
    for row in np.random.default_rng(8).integers(-4, 5, size=(100, 9)):
        exact = float((np.abs(signs @ row) >= abs(row.sum())).mean())
        assert sign_flip_p(table_of(row[None].astype(float))) == pytest.approx(exact, abs=1e-12)


def test_known_values() -> None:
    # Five of one sign: two of all 32; as whole tasks, three of one sign: two of 8.
    assert sign_flip_p(ragged([[1, 2, 3, 4, 5]])) == 2 / 32
    assert sign_flip_p(ragged([[1, 2], [3], [4]]), tasks_are="sampled") == 2 / 8
    assert sign_flip_p(ragged([[0, 0]])) == 1.0
    assert sign_flip_p(score_table({})) == 1.0


def test_drawn_signs_are_near_all_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(np.random.default_rng(5).normal(0.4, 1, (4, 3)))
    exact = sign_flip_p(table)
    monkeypatch.setattr(sign_flip, "EXACT", 0)
    assert sign_flip_p(table) == pytest.approx(exact, abs=0.02)
    assert sign_flip_p(table, flips=99) >= 1 / 100
    monkeypatch.setattr(sign_flip, "BATCH_CELLS", 50)
    assert sign_flip_p(table) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
def test_it_alarms_falsely_no_more_than_it_may(tasks_are: Tasks) -> None:
    """400 sweeps of 19 tasks × 3 seeds in which nothing differs, a third of the cells missing."""
    chance = np.random.default_rng(31)
    alarms = 0
    for sweep in range(400):
        scores = np.where(chance.random((2, 19, 3)) < 0.3, chance.beta(2, 2, (2, 19, 3)), 0.0)
        gaps = scores[0] - scores[1]
        gaps[:, 1:][chance.random((19, 2)) < 0.3] = math.nan
        alarms += sign_flip_p(table_of(gaps), tasks_are=tasks_are, flips=499, seed=sweep) <= 0.05
    assert alarms / 400 <= 0.08


class TestAgainstPublished:
    pytestmark = asks_reference

    def test_it_is_scipys(self) -> None:
        rows = np.random.default_rng(8).integers(-4, 5, size=(200, 9)).astype(float)
        script = (
            "import numpy as np\nfrom scipy.stats import permutation_test\n"
            "all_signs = dict(permutation_type='samples', n_resamples=np.inf)\n"
            "p_of = lambda row: permutation_test((np.array(row),), np.sum, **all_signs).pvalue\n"
            "answer = [float(p_of(row)) for row in question]"
        )
        for row, theirs in zip(rows, ask(script, rows.tolist()), strict=True):
            assert sign_flip_p(table_of(row[None])) == pytest.approx(theirs, abs=1e-9)
