import math

import numpy as np
import pytest

from agentkit.statistics.score_table import Cells, paired_table, score_table


def test_missing_cells_are_counted_and_not_zero() -> None:
    cells: Cells = {("a", 0): 1.0, ("a", 1): None, ("b", 0): 0.0, ("b", 1): 2.0, ("c", 0): math.nan}
    table = score_table(cells)
    assert table.tasks == ("a", "b")
    assert np.array_equal(table.values, [[1.0, math.nan], [0.0, 2.0]], equal_nan=True)
    assert (table.cells, table.missing, table.empty) == (3, 2, ("c",))


def test_a_seed_that_was_never_planned_is_not_missing() -> None:
    table = score_table({("a", 0): 1.0, ("a", 1): 2.0, ("b", 0): 3.0})
    assert (table.cells, table.missing) == (3, 0)
    assert score_table({}).tasks == ()


def test_what_is_infinite_is_no_score() -> None:
    with pytest.raises(ValueError, match="task 'a'"):
        score_table({("a", 0): math.inf})


def test_pairs_are_the_cells_that_both_have() -> None:
    first: Cells = {("a", 0): 3.0, ("a", 1): 1.0, ("b", 0): None, ("c", 0): 5.0}
    second: Cells = {("a", 1): 0.5, ("a", 0): 1.0, ("b", 0): 1.0, ("d", 0): 1.0}
    pairs = paired_table(first, second)
    assert pairs.differences.tasks == ("a",)
    assert sorted(pairs.differences.values[0]) == [0.5, 2.0]
    assert (pairs.only_first, pairs.only_second) == (1, 2)
    assert pairs.differences.missing == 3
    assert pairs.differences.empty == ("b", "c", "d")
