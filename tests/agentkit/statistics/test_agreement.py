import math
import random
from fractions import Fraction
from itertools import combinations

import pytest

from agentkit.statistics.agreement import (
    Rating,
    Weighting,
    cohen_kappa,
    fleiss_kappa,
    flip_rate,
    leniency,
    pairwise_kappa,
)
from tests.agentkit.statistics.reference import ask, asks_reference

TABLES = 1000


def tables(*, missing: float, raters: tuple[int, ...] = (2, 3, 4)) -> list[list[list[Rating]]]:
    """Small ones, so that ties, empty rows, and tables where nothing is defined are among them."""
    chance = random.Random(11)
    found: list[list[list[Rating]]] = []
    for _ in range(TABLES):
        width, values = chance.choice(raters), chance.randint(1, 4)
        found.append(
            [
                [None if chance.random() < missing else float(chance.randrange(values)) for _ in range(width)]
                for _ in range(chance.randint(1, 9))
            ]
        )
    return found


def written_out_kappa(first: list[Rating], second: list[Rating], weighting: Weighting) -> float | None:
    """From the table of counts, weights of agreement between 0 and 1: the other way round than the module."""
    both = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    values = sorted({value for pair in both for value in pair})
    if len(values) < 2:
        return None
    widest, power = len(values) - 1, {"none": 0, "linear": 1, "quadratic": 2}[weighting]
    observed = expected = Fraction(0)
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            away = Fraction(abs(i - j), widest) ** power if power else Fraction(int(i != j))
            observed += (1 - away) * Fraction(both.count((a, b)), len(both))
            rows, columns = sum(x == a for x, _ in both), sum(y == b for _, y in both)
            expected += (1 - away) * Fraction(rows * columns, len(both) ** 2)
    return float((observed - expected) / (1 - expected))


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
def test_cohens_kappa_is_that_of_the_written_out_table(weighting: Weighting) -> None:
    for table in tables(missing=0.2):
        first, second = [row[0] for row in table], [row[1] for row in table]
        expected = written_out_kappa(first, second, weighting)
        assert cohen_kappa(first, second, weighting) == pytest.approx(expected, abs=1e-9)


def test_fleiss_kappa_is_that_of_its_pairs() -> None:
    """Observed agreement counted pair by pair, expected agreement from the units' own shares."""
    for table in tables(missing=0.2):
        units = [[each for each in row if each is not None] for row in table]
        pairs = [list(combinations(each, 2)) for each in units if len(each) > 1]
        values = {value for each in units for value in each}
        expected = None
        if pairs and len(values) > 1:
            agreed = sum(Fraction(sum(a == b for a, b in each), len(each)) for each in pairs) / len(pairs)
            said = [each for each in units if each]
            shares = [sum(Fraction(each.count(v), len(each)) for each in said) / len(said) for v in values]
            by_chance = sum(share * share for share in shares)
            expected = float((agreed - by_chance) / (1 - by_chance))
        assert fleiss_kappa(table) == pytest.approx(expected, abs=1e-9)


def test_fleiss_own_example() -> None:
    """Fleiss (1971), as it is often shown: 10 subjects, 14 raters, 5 categories; κ = 0.210."""
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    table = [[float(value) for value, count in enumerate(row) for _ in range(count)] for row in counts]
    assert fleiss_kappa(table) == pytest.approx(0.210, abs=5e-4)


def test_pairs_are_named_by_their_places() -> None:
    table: list[list[Rating]] = [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, None]]
    assert pairwise_kappa(table) == {(0, 1): 1.0, (0, 2): -1.0, (1, 2): -1.0}
    assert pairwise_kappa([]) == {}
    with pytest.raises(ValueError, match="place for each rater"):
        pairwise_kappa([[1.0], [1.0, 0.0]])


def test_what_cannot_disagree_has_no_kappa() -> None:
    assert cohen_kappa([1.0, 1.0], [1.0, 1.0]) is None
    assert fleiss_kappa([[1.0, 1.0], [1.0, None]]) is None
    assert cohen_kappa([], []) is fleiss_kappa([]) is flip_rate([[1.0]]) is None


def test_flips_are_counted_in_pairs_of_samples() -> None:
    # All the same; one of three differs: 2 of 3 pairs; sampled once: says nothing.
    assert flip_rate([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, None, None]]) == pytest.approx(1 / 3)


def test_leniency_is_against_the_others() -> None:
    table: list[list[Rating]] = [[1.0, 0.0, 0.5], [1.0, 1.0, None], [None, None, 1.0]]
    assert leniency(table) == pytest.approx([(0.75 + 0) / 2, (-0.75 + 0) / 2, 0.0])
    assert leniency([[1.0, None]]) == [None, None]


class TestAgainstPublished:
    pytestmark = asks_reference

    @pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
    def test_kappa_is_scikit_learns(self, weighting: Weighting) -> None:
        pairs = []
        for table in tables(missing=0.2):
            both = [(row[0], row[1]) for row in table if row[0] is not None and row[1] is not None]
            pairs.append(([a for a, _ in both], [b for _, b in both]))
        pairs = [each for each in pairs if each[0]]
        script = (
            "from sklearn.metrics import cohen_kappa_score\n"
            "weights = question['weights']\n"
            "answer = [float(cohen_kappa_score(a, b, weights=weights)) for a, b in question['pairs']]"
        )
        weights = None if weighting == "none" else weighting
        for (first, second), theirs in zip(
            pairs, ask(script, {"pairs": pairs, "weights": weights}), strict=True
        ):
            ours = cohen_kappa(first, second, weighting)
            assert (ours is None and math.isnan(theirs)) or ours == pytest.approx(theirs, abs=1e-9)
