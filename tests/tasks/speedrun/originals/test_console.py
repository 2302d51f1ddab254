"""Lines of records 1 to 3 beside those of the later ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

EARLY = """\
compiling the model...
val loss 10.95
step    1/24576 | train loss 10.954321 | norm 15.1234 | lr 5.86e-06 | (2000.50 ms | 8123 tok/s)
step    2/24576 | train loss 9.812345 | norm 2.1234 | lr 1.17e-05 | (100.25 ms | 2123456 tok/s)
val loss 9.5
step    3/24576 | train loss 9.612345 | lr 1.17e-05 | (99.25 ms | 2123456 tok/s)
"""


@pytest.fixture
def console(originals: Callable[[str], Any]) -> Any:
    return originals("console")


def test_the_clock_of_early_records_is_the_sum_of_their_steps(console: Any) -> None:
    found = console.read_console(EARLY)
    assert [(each.step, each.validation, each.loss, each.train_ms) for each in found] == [
        (0, True, 10.95, 0.0),
        (1, False, 10.954321, 2000.5),
        (2, False, 9.812345, 2100.75),
        (2, True, 9.5, 2100.75),
        (3, False, 9.612345, 2200.0),
    ]


def test_a_line_that_was_cut_off_says_nothing(console: Any) -> None:
    assert console.trained_steps(EARLY) == 3
    assert console.trained_steps(EARLY.rstrip("\n")) == 2


def test_later_forms_are_read_as_before(console: Any) -> None:
    text = "val loss 3\nstep:0/5 val_loss:10.1 train_time:0ms step_avg:nanms\nstep:1/5 train_time:90ms step\n"
    assert [(each.step, each.train_ms) for each in console.read_console(text)] == [(0, 0.0), (1, 90.0)]
    assert console.trained_steps(text) == 1
    assert console.trained_steps("nothing\n") == 0
