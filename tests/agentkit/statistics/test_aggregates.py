import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics import aggregates
from agentkit.statistics.ratio import Array
from tests.agentkit.statistics.reference import ask, asks_reference


def tables(count: int = 1000) -> list[Array]:
    """Full, small, with many ties."""
    chance = np.random.default_rng(7)
    found = []
    for _ in range(count):
        shape = (int(chance.integers(1, 9)), int(chance.integers(1, 6)))
        found.append(
            np.where(chance.random(shape) < 0.5, chance.integers(0, 3, shape), chance.normal(size=shape))
        )
    return found


def test_they_are_what_their_names_say() -> None:
    """Each written out in plain Python."""
    for table in tables(300):
        cells = sorted(float(each) for each in table.ravel())
        cut = len(cells) // 4
        middle = cells[cut : len(cells) - cut]
        by_task = sorted(sum(map(float, row)) / len(row) for row in table)
        assert aggregates.iqm(table) == pytest.approx(sum(middle) / len(middle), abs=1e-9)
        assert aggregates.mean(table) == pytest.approx(sum(by_task) / len(by_task), abs=1e-9)
        half = len(by_task) // 2
        median = by_task[half] if len(by_task) % 2 else (by_task[half - 1] + by_task[half]) / 2
        assert aggregates.median(table) == pytest.approx(median, abs=1e-9)
        gap = sum(max(0.0, 1 - each) for each in cells) / len(cells)
        assert aggregates.optimality_gap(table) == pytest.approx(gap, abs=1e-9)


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=6, max_size=6), st.randoms())
def test_a_missing_cell_is_as_if_it_were_not_there(cells: list[int | None], chance: object) -> None:
    table = np.array([math.nan if each is None else each for each in cells], dtype=float).reshape(2, 3)
    if np.isnan(table).all(axis=1).any():
        return
    kept = sorted(each for each in cells if each is not None)
    cut = len(kept) // 4
    middle = kept[cut : len(kept) - cut]
    assert aggregates.iqm(table) == pytest.approx(sum(middle) / len(middle))
    assert aggregates.mean(table) == pytest.approx(np.mean([np.nanmean(row) for row in table]))


def test_many_tables_at_once_are_each_alone() -> None:
    together = np.random.default_rng(1).normal(size=(5, 4, 3))
    together[1, 2, 0] = together[3, 0, 1] = math.nan
    for figure in (aggregates.mean, aggregates.median, aggregates.iqm, aggregates.optimality_gap):
        assert figure(together).tolist() == pytest.approx([float(figure(each)) for each in together])


def test_the_parts_of_the_iqm_move_as_it_does() -> None:
    """A small change of all cells changes the IQM as it changes the mean of the parts."""
    chance = np.random.default_rng(9)
    table = chance.normal(size=(8, 3))
    change = 1e-6 * chance.normal(size=(8, 3))
    parts = aggregates.winsorised(table)
    inside = (table > np.quantile(table, 0.26)) & (table < np.quantile(table, 0.74))
    by_parts = (aggregates.winsorised(table + change) - parts)[inside].sum() / table.size
    by_iqm = aggregates.iqm(table + change) - aggregates.iqm(table)
    assert by_parts == pytest.approx(float(by_iqm), rel=1e-3)


class TestAgainstPublished:
    pytestmark = asks_reference

    def test_they_are_rliables(self) -> None:
        script = (
            "import numpy as np\nfrom rliable import metrics\n"
            "names = ('mean', 'median', 'iqm', 'optimality_gap')\n"
            "of = [getattr(metrics, 'aggregate_' + each) for each in names]\n"
            "answer = [[float(each(np.array(t).T)) for each in of] for t in question]"
        )
        found = tables()
        ours = (aggregates.mean, aggregates.median, aggregates.iqm, aggregates.optimality_gap)
        for table, theirs in zip(found, ask(script, [each.tolist() for each in found]), strict=True):
            assert [float(each(table)) for each in ours] == pytest.approx(theirs, abs=1e-9)
