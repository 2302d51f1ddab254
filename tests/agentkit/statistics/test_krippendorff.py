from fractions import Fraction

import pytest

from agentkit.statistics.agreement import Rating
from agentkit.statistics.krippendorff import Level, krippendorff_alpha
from tests.agentkit.statistics.reference import ask, asks_reference
from tests.agentkit.statistics.test_agreement import tables

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")
# Krippendorff (2011), §C: four observers, twelve units, five values; "." is missing.
EXAMPLE = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def rows(observers: list[str]) -> list[list[Rating]]:
    return [[None if each == "." else float(each) for each in unit] for unit in zip(*observers, strict=True)]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_his_own_example(level: Level, alpha: float) -> None:
    assert krippendorff_alpha(rows(EXAMPLE), level) == pytest.approx(alpha, abs=5e-4)


def by_coincidences(table: list[list[Rating]], level: Level) -> float | None:
    """The textbook's way: the matrix of coincidences, and each distance from its own definition."""
    units = [[each for each in row if each is not None] for row in table]
    units = [each for each in units if len(each) > 1]
    values = sorted({value for each in units for value in each})
    matrix = {(c, k): Fraction(0) for c in values for k in values}
    for unit in units:
        for i, c in enumerate(unit):
            for j, k in enumerate(unit):
                if i != j:
                    matrix[c, k] += Fraction(1, len(unit) - 1)
    sums = {c: sum((matrix[c, k] for k in values), Fraction(0)) for c in values}
    total = sum(sums.values())

    def distance(c: float, k: float) -> Fraction:
        if level == "nominal":
            return Fraction(int(c != k))
        if level == "interval":
            return (Fraction(c) - Fraction(k)) ** 2
        low, high = min(c, k), max(c, k)
        between = sum((sums[g] for g in values if low <= g <= high), Fraction(0))
        return (between - (sums[c] + sums[k]) / 2) ** 2

    expected = sum(sums[c] * sums[k] * distance(c, k) for c in values for k in values)
    observed = sum(matrix[c, k] * distance(c, k) for c in values for k in values)
    return float(1 - (total - 1) * observed / expected) if expected else None


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_is_that_of_the_coincidence_matrix(level: Level) -> None:
    for table in tables(missing=0.25):
        assert krippendorff_alpha(table, level) == pytest.approx(by_coincidences(table, level), abs=1e-9)


def test_what_cannot_disagree_has_no_alpha() -> None:
    assert krippendorff_alpha([[1.0, 1.0], [1.0, None]]) is None
    assert krippendorff_alpha([[1.0, None], [0.0, None]]) is None
    assert krippendorff_alpha([]) is None


class TestAgainstPublished:
    pytestmark = asks_reference

    @pytest.mark.parametrize("level", LEVELS)
    def test_alpha_is_the_packages(self, level: Level) -> None:
        kept = [each for each in tables(missing=0.25) if krippendorff_alpha(each, level) is not None]
        script = (
            "import krippendorff, numpy as np\n"
            "answer = [float(krippendorff.alpha(np.array(t, dtype=float).T,\n"
            "    level_of_measurement=question['level'])) for t in question['tables']]"
        )
        theirs = ask(script, {"tables": kept, "level": level})
        for table, alpha in zip(kept, theirs, strict=True):
            assert krippendorff_alpha(table, level) == pytest.approx(alpha, abs=1e-9)
