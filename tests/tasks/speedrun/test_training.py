"""What is made of a training run's end and of its prints; the runs themselves are in test_evaluator.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.sandbox import CommandResult, Environment

Module = Callable[[str], Any]


def result(status: str, output: str = "") -> CommandResult:
    return CommandResult.model_validate(
        {"status": status, "exit_code": 1, "output": output, "seconds": 1, "cpu_seconds": 1}
    )


@pytest.mark.parametrize(
    ("status", "output", "becomes", "reason"),
    [
        ("failed", "Traceback\n  File x\nValueError: bad\n\n", "crash", "ValueError: bad"),
        ("failed", "", "crash", "exit code 1"),
        ("stopped", "", "crash", "exit code 1"),
        ("timeout", "step 1", "timeout", "3600 s"),
        ("silent", "step 1", "timeout", "3600 s"),
    ],
)
def test_an_end_that_is_none(module: Module, status: str, output: str, becomes: str, reason: str) -> None:
    training = module("training")
    with pytest.raises(training.Refused) as caught:
        training.check_end(result(status, output), Environment())
    assert (caught.value.status, reason in caught.value.reason) == (becomes, True)


def test_a_good_end_passes(module: Module) -> None:
    module("training").check_end(result("ok"), Environment())


@pytest.mark.parametrize(
    ("output", "codes"),
    [
        ("step:10/10 train_loss:0.1 train_time:30000ms", []),
        ("step:9/10 val_loss:9.0 train_time:1ms\nstep:10/10 val_loss:2.31 train_time:29000ms", []),
        ("val_loss:1.9", ["printed_loss_differs"]),
        ("val_loss = 2.29", []),
        ("train_time:900ms", ["printed_time_differs"]),
        ("val_loss:0.5 train_time:5ms", ["printed_loss_differs", "printed_time_differs"]),
        ("val_loss:nan train_time:fastms", []),
        ("", []),
    ],
)
def test_prints_far_from_the_truth_are_flagged(module: Module, output: str, codes: list[str]) -> None:
    flags = module("training").printed_flags(output, loss=2.3, wall_seconds=32.0)
    assert [flag.code for flag in flags] == codes


def test_a_short_run_may_spend_its_time_on_imports(module: Module) -> None:
    assert module("training").printed_flags("train_time:1ms", loss=2.3, wall_seconds=9.0) == []


@given(output=st.text(max_size=200), loss=st.floats(0, 10), seconds=st.floats(0, 1000))
def test_no_print_breaks_the_harness(module: Module, output: str, loss: float, seconds: float) -> None:
    module("training").printed_flags(output, loss, seconds)
    module("training").printed_flags(f"val_loss:{output} train_time:{output}ms", loss, seconds)
