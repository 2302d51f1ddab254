import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.toolbox.curve import POINTS, Curve

values = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


def curve_of(name: str, series: list[float]) -> Curve:
    curve = Curve(name)
    for step, value in enumerate(series):
        curve.add(step, value)
    return curve


@given(st.lists(values, min_size=1, max_size=700))
def test_last_best_and_the_first_that_is_no_number_are_exact_and_the_points_few(series: list[float]) -> None:
    curve = curve_of("loss", series)
    finite = [(step, value) for step, value in enumerate(series) if math.isfinite(value)]
    lost = [step for step, value in enumerate(series) if not math.isfinite(value)]
    assert curve.count == len(series)
    assert repr(curve.last) == repr((len(series) - 1, series[-1]))
    if finite:
        assert curve.best == min(finite, key=lambda each: (each[1], each[0]))
    assert (curve.non_finite[0] if curve.non_finite else None) == (lost[0] if lost else None)
    assert len(curve.points()) <= POINTS
    assert curve.points()[-1][0] == len(series) - 1
    assert sum(each.total for each in curve.buckets) == pytest.approx(
        sum(each[1] for each in finite), abs=1e-3
    )
    assert sum(each.points for each in curve.buckets) == len(series)


def test_of_an_accuracy_the_highest_is_best() -> None:
    assert curve_of("val_acc", [0.1, 0.7, 0.4]).best == (1, 0.7)
    assert curve_of("val_loss", [0.1, 0.7, 0.4]).best == (0, 0.1)


def noisy(steps: int, seed: int, after: int | None = None) -> list[float]:
    """A loss that falls to 3, and from `after` on climbs again."""
    luck = random.Random(seed)
    climb = [0.0 if after is None else max(0, step - after) / 400 for step in range(steps)]
    return [3 + 7 * math.exp(-step / 300) + climb[step] + luck.gauss(0, 0.05) for step in range(steps)]


@pytest.mark.parametrize("seed", range(20))
def test_a_loss_that_only_falls_has_not_diverged_and_one_that_climbs_has(seed: int) -> None:
    assert curve_of("loss", noisy(3000, seed)).diverged_at is None
    climbing = curve_of("loss", noisy(3000, seed, after=2000))
    assert climbing.diverged_at is not None
    assert 2000 < climbing.diverged_at < 2400
    assert 1200 < climbing.turned[0] <= 2100


def test_what_recovers_has_not_diverged_and_nan_to_the_end_has() -> None:
    falling = [10 - step / 100 for step in range(500)]
    assert curve_of("loss", [*falling[:250], 40.0, 40.0, *falling[250:], *([5.0] * 200)]).diverged_at is None
    assert curve_of("loss", [*falling, math.nan, math.nan]).diverged_at == 500
    assert curve_of("loss", [*falling, math.nan, *([4.9] * 30)]).diverged_at is None


def test_the_slope_is_that_of_the_last_third() -> None:
    line = [100.0] * 600 + [100.0 - 0.5 * step for step in range(300)]
    assert curve_of("loss", line).slope() == pytest.approx(-0.5, rel=0.02)
    assert curve_of("loss", [1.0]).slope() is None


def test_between_two_points_it_is_interpolated_and_outside_nothing_is_said() -> None:
    curve = curve_of("loss", [10.0, 8.0, 6.0])
    assert curve.at(0.5) == pytest.approx(9.0)
    assert curve.at(3) is None


def test_a_setting_that_never_changes_is_told_from_a_figure() -> None:
    assert curve_of("lr", [0.001] * 10).constant
    assert not curve_of("loss", [3.0, 2.0, 1.0, 0.5]).constant
