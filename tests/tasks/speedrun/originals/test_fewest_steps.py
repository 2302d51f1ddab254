"""Track 3's rule: means of several runs, at a step that is the same for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Import = Callable[[str], Any]
LOSSES = st.lists(st.floats(3.0, 3.5), min_size=1, max_size=20)
RUNS = st.lists(st.dictionaries(st.integers(0, 6), st.floats(3.2, 3.3), max_size=7), min_size=1, max_size=5)


@pytest.fixture
def fewest(originals: Import) -> Any:
    return originals("fewest_steps")


@pytest.mark.parametrize(
    ("losses", "is_valid"),
    [([3.276], True), ([3.2761], False), ([3.278] * 4, True), ([3.2781] * 4, False), ([], False),
     ([3.2, math.nan], False), ([3.2, math.inf], False), ([3.27, 3.283], True)],
)  # fmt: skip
def test_the_rule_of_validity(fewest: Any, losses: list[float], is_valid: bool) -> None:
    assert fewest.is_valid_result(losses) is is_valid


@given(LOSSES)
def test_repeating_good_runs_never_makes_them_invalid(module: Import, losses: list[float]) -> None:
    valid = module("originals.fewest_steps").is_valid_result
    assert not valid(losses) or valid(losses * 2)


@given(LOSSES, st.integers(0, 19), st.floats(0.001, 0.1))
def test_a_lower_loss_never_makes_runs_invalid(
    module: Import, losses: list[float], place: int, less: float
) -> None:
    valid = module("originals.fewest_steps").is_valid_result
    better = [loss - less * (number == place % len(losses)) for number, loss in enumerate(losses)]
    assert not valid(losses) or valid(better)


@given(LOSSES, st.floats(2.0, 4.0))
def test_the_rule_is_upstreams_formula(module: Import, losses: list[float], target: float) -> None:
    said = (target - sum(losses) / len(losses)) * len(losses) ** 0.5
    if abs(said - 0.004) > 1e-6:
        assert module("originals.fewest_steps").is_valid_result(losses, target) is (said >= 0.004)


def test_the_step_is_one_for_all_runs(fewest: Any) -> None:
    first = {0: 10.9, 2600: 3.30, 2690: 3.2790, 2700: 3.2780, 2900: 3.27}
    second = {0: 10.9, 2600: 3.29, 2690: 3.2760, 2700: 3.2760, 2900: 3.28}
    assert fewest.steps_to_target([first]) == 2900
    assert fewest.steps_to_target([second]) == 2690
    assert fewest.steps_to_target([first, second]) == 2700
    assert fewest.steps_to_target([first, {2650: 3.2, 2900: 3.2}]) == 2900, "the other did not validate 2650"
    assert fewest.steps_to_target([first, {2650: 3.2}]) is None
    assert fewest.steps_to_target([{0: 3.0, 5: 3.5}]) is None, "nothing was trained yet"
    assert (fewest.steps_to_target([]), fewest.last_common_step([])) == (None, None)
    assert fewest.last_common_step([first, {2650: 3.2, 2700: 3.2}]) == 2700


@given(RUNS)
def test_the_earliest_step_is_valid_and_none_before_it_is(
    module: Import, runs: list[dict[int, float]]
) -> None:
    fewest = module("originals.fewest_steps")
    found = fewest.steps_to_target(runs)
    common = sorted(step for step in runs[0] if step > 0 and all(step in run for run in runs))
    valid = [step for step in common if fewest.is_valid_result([run[step] for run in runs])]
    assert found == (valid[0] if valid else None)
    assert fewest.steps_to_target(runs[::-1]) == found


@given(RUNS, st.floats(0, 0.05))
def test_a_higher_target_is_never_reached_later(
    module: Import, runs: list[dict[int, float]], more: float
) -> None:
    steps_to_target = module("originals.fewest_steps").steps_to_target
    found, easier = steps_to_target(runs, 3.28), steps_to_target(runs, 3.28 + more)
    assert found is None or easier <= found
