"""The order of the calls, and the check of every output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from agentkit.errors import BrokenPlugin
from agentkit.evaluation.kernels.asking import Answered
from agentkit.evaluation.kernels.inputs import Laid, draw_cases, draw_inputs
from agentkit.evaluation.kernels.problem import Case, KernelProblem, KernelRules
from agentkit.evaluation.kernels.rounds import Breach, Times, check_values, plan_calls

CASE = Case({"n": 8, "d": 5}, "float32", "normal", "plain", timed=0)


@pytest.fixture
def inputs(problem: KernelProblem, rules: Callable[..., KernelRules]) -> list[Laid]:
    return draw_inputs(CASE, problem, rules(), np.random.default_rng(1))


def answered(output: Any, changed: tuple[int, ...] = ()) -> Answered:
    return Answered(np.asarray(output), 0.01, changed)


def test_calls_come_mixed_and_their_numbers_vary(rules: Callable[..., KernelRules]) -> None:
    seen = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        timed, checked = draw_cases(rules(), rng)
        calls, warmups = plan_calls(timed, checked, rules(), rng)
        counts = [sum(each.timed == number for each in calls) for number in (0, 1)]
        assert all(4 + warm <= count <= 6 + warm for count, warm in zip(counts, warmups, strict=True))
        assert all(1 <= warm <= 2 for warm in warmups)
        assert len(calls) == sum(counts) + len(checked)
        kinds = [each.timed for each in calls]
        assert sum(a != b for a, b in zip(kinds, kinds[1:], strict=False)) > 5
        seen.add((tuple(counts), tuple(kinds[:4])))
    assert len(seen) > 15


def check(
    inputs: Sequence[Laid],
    candidate: Answered,
    problem: KernelProblem,
    rules: KernelRules,
    baseline: Any = None,
) -> float:
    true = np.tanh(inputs[0].view)
    return check_values(
        CASE, inputs, candidate, answered(true if baseline is None else baseline), problem, rules
    )


def test_a_right_answer_says_how_near_it_is(
    inputs: list[Laid], problem: KernelProblem, rules: Callable[..., KernelRules]
) -> None:
    assert 0 <= check(inputs, answered(np.tanh(inputs[0].view)), problem, rules()) < 1


@pytest.mark.parametrize("how", ["nan", "stale", "half", "zeros"])
def test_a_wrong_answer_is_invalid(
    inputs: list[Laid], problem: KernelProblem, rules: Callable[..., KernelRules], how: str
) -> None:
    x = inputs[0].view
    outputs = {
        "nan": np.full(x.shape, np.nan, np.float32),
        "stale": np.tanh(np.roll(x, 1, axis=0)),
        "half": np.tanh(x).astype(np.float16).astype(np.float32),
        "zeros": np.zeros(x.shape, np.float32),
    }
    with pytest.raises(Breach, match="wrong values for n=8, d=5") as caught:
        check(inputs, answered(outputs[how]), problem, rules())
    assert caught.value.status == "invalid"


def test_writing_to_an_input_is_no_mistake(
    inputs: list[Laid], problem: KernelProblem, rules: Callable[..., KernelRules]
) -> None:
    with pytest.raises(Breach, match="wrote to its input 1") as caught:
        check(inputs, answered(np.tanh(inputs[0].view), changed=(1,)), problem, rules())
    assert (caught.value.status, caught.value.code) == ("flagged", "input_written")


def test_a_broken_baseline_is_the_tasks_fault(
    inputs: list[Laid], problem: KernelProblem, rules: Callable[..., KernelRules]
) -> None:
    bad = np.full((8, 5), np.inf, np.float32)
    with pytest.raises(BrokenPlugin, match="baseline"):
        check(inputs, answered(np.tanh(inputs[0].view)), problem, rules(), baseline=bad)


def test_ratios_are_paired() -> None:
    times = Times(candidate=[1.0, 2.0, 9.0], baseline=[2.0, 6.0, 9.0])
    assert times.ratios() == [2.0, 3.0, 1.0]
    assert times.median() == 2.0
