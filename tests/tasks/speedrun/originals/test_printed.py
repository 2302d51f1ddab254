"""Printed lines; every figure here is made up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Import = Callable[[str], Any]

RUN = """\
step:0/100 val_loss:10.8258 train_time:0ms step_avg:nanms
step:1/100 train_loss:10.8258 train_time:31613ms step_avg:nanms
step:50/100 val_loss:3.2790 train_time:4000ms step_avg:100.00ms
step:51/100 train_time:4100ms step_avg:100.00ms
step:100/100 val_loss:3.2500 train_time:9000ms step_avg:100.00ms
peak memory allocated: 30220 MiB reserved: 38672 MiB
"""


def read(printed: Any, text: str, target: float = 3.28, rule: str = "warmed_up") -> Any:
    return printed.read_result(text, target, printed.TimingRule(rule))


@pytest.fixture
def printed(originals: Import) -> Any:
    return originals("printed")


def test_first_step_that_meets_the_target_and_the_last(printed: Any) -> None:
    result = read(printed, RUN, rule="from_step_10")
    assert (result.first.step, result.first.loss, result.first.train_ms) == (50, 3.279, 4000.0)
    assert (result.last.step, result.last.train_ms, result.last.steps) == (100, 9000.0, 100)
    assert result.timed_steps == 90
    assert result.step_ms == 100.0
    assert result.doubts == ()


def test_step_0_is_none_even_where_it_meets_the_target(printed: Any) -> None:
    result = read(printed, RUN, target=11.0)
    assert result.first.step == 50


def test_a_step_before_the_clock_begins_is_no_result(printed: Any) -> None:
    text = "step:10/20 val_loss:3.0 train_time:5ms\nstep:20/20 val_loss:3.1 train_time:100ms\n"
    assert read(printed, text, rule="from_step_10").first.step == 20
    assert read(printed, text, rule="everything").first.step == 10


def test_a_loss_at_the_target_meets_it_and_nan_never(printed: Any) -> None:
    assert read(printed, "step:5/5 val_loss:3.2800 train_time:9ms\n").first.step == 5
    result = read(printed, "step:5/5 val_loss:nan train_time:9ms\nstep:5/5 val_loss:nan train_time:9ms\n")
    assert result.first is None
    assert math.isnan(result.last.loss)
    assert result.doubts == ()


@pytest.mark.parametrize(
    ("line", "milliseconds"),
    [
        ("step:7/9 val_loss:3.1 train_time:2500ms step_avg:1.0ms", 2500.0),
        ("step:7/9 val_loss:3.1 train_time:2.5s step_avg:1.0ms ema_beta:0.9", 2500.0),
        ("step:7/9 val_loss:3.1 val_avg_loss:9.9 train_time:2.5s", 2500.0),
        ("step:7/9 val_loss:3.1 train_time:0.5min", 30_000.0),
        ("step: 7/9 val_loss: 3.1 train_time: 2500ms", 2500.0),
        ("n_steps: 7 val_loss: 3.1 train_time: 2500", 2500.0),
        ("n_steps=7 val_loss=3.1 train_time=2.5s", 2500.0),
        ('{"n_steps": 7, "val_loss": 3.1, "train_time": 2500}', 2500.0),
        ("s:7 tel:3.1", None),
        ("[rank0]: \x1b[32mstep:7/9\x1b[0m val_loss:3.1 train_time:2500ms\r", 2500.0),
    ],
)
def test_forms(printed: Any, line: str, milliseconds: float | None) -> None:
    (found,) = printed.readings(line + "\n")
    assert (found.step, found.loss, found.train_ms, found.validation) == (7, 3.1, milliseconds, True)


@pytest.mark.parametrize(
    "line",
    [
        "step:7/9 val_loss:3.1",  # no clock: not one of the run's own
        "step:7/9 val_loss:3.1 train_time:2500",  # the unit is cut off
        "step:7/9 val_loss:3.1 train_time:2500m",
        "step 7/9 | train loss 3.1 | norm 0.2 | (140 ms | 3 tok/s)",
        'print(f"step:{step}/{steps} val_loss:{loss:.4f} train_time:{ms:.0f}ms")',
        "steps:7 telling:3.1",
        "s:7 tel:3.1",  # no end of line: more figures may follow
        "step:" + "9" * 5000 + "/9 val_loss:3.1 train_time:2500ms",
    ],
)
def test_what_is_none(printed: Any, line: str) -> None:
    assert list(printed.readings(line)) == []


def test_llm_c_prints_no_clock_and_training_is_no_validation(printed: Any) -> None:
    result = read(printed, "s:0 tel:11.0\ns:0 trl:2.0\ns:128 trl:3.0\ns:128 tel:3.2000\n", rule="everything")
    assert (result.first.step, result.first.train_ms, result.step_ms) == (128, None, None)


def test_lines_of_ranks_run_into_each_other(printed: Any) -> None:
    text = "step:5/9 train_loss:4.0 train_time:50msstep:5/9 train_time:51msstep:6/9 train_time:60ms\n"
    assert [(each.step, each.train_ms) for each in printed.readings(text)] == [(5, 50), (5, 51), (6, 60)]


def test_each_rank_says_the_same(printed: Any) -> None:
    once = "step:5/5 val_loss:3.2 train_time:{}ms\n"
    result = read(printed, "".join(once.format(900 + rank) for rank in range(8)))
    assert result.last.train_ms == 900
    assert result.doubts == ()


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("step:50/100 val_loss:3.1000 train_time:4000ms", "losses 3.279 and 3.1"),
        ("step:60/100 val_loss:3.2500 train_time:100ms", "60 says 100 ms, after 4000 ms"),
        ("step:40/100 val_loss:3.4000 train_time:4001ms", "40 is validated after step 50"),
    ],
)
def test_contradictions_are_told_once(printed: Any, second: str, told: str) -> None:
    first = "step:50/100 val_loss:3.2790 train_time:4000ms\n"
    (doubt,) = read(printed, first + (second + "\n") * 3).doubts
    assert told in doubt


def test_the_clock_that_is_put_back_at_step_10_is_no_contradiction(printed: Any) -> None:
    lines = ("step:10/20 train_time:60000ms", "step:11/20 train_time:80ms")
    text = "\n".join([*lines, "step:20/20 val_loss:3.2 train_time:800ms\n"])
    assert read(printed, text, rule="from_step_10").doubts == ()
    assert read(printed, text, rule="warmed_up").doubts != ()


def test_several_runs_in_one_log(printed: Any) -> None:
    results = printed.read_results(RUN + RUN.replace("3.2500", "3.2900"), 3.28, printed.TimingRule.WARMED_UP)
    assert [each.last.loss for each in results] == [3.25, 3.29]
    assert [len(each.doubts) for each in results] == [1, 1]  # RUN puts its clock back, as WARMED_UP does not
    assert len(read(printed, RUN + RUN.replace("3.2500", "3.2900")).doubts) == 3


def test_nothing_printed(printed: Any) -> None:
    result = read(printed, "")
    assert (result.first, result.last, result.timed_steps, result.step_ms) == (None, None, 0, None)
    assert len(printed.read_results("", 3.28, printed.TimingRule.WARMED_UP)) == 1


@pytest.mark.parametrize(
    ("record", "track", "rule"),
    [(1, "main", "everything"), (3, "main", "everything"), (4, "main", "from_step_10"),
     (21, "main", "from_step_10"), (22, "main", "warmed_up"), (89, "main", "warmed_up"),
     (2, "medium", "from_step_10"), (3, "medium", "warmed_up"), (1, "steps", "warmed_up"),
     (21, "retimed", "warmed_up")],
)  # fmt: skip
def test_timing_rules(printed: Any, record: int, track: str, rule: str) -> None:
    assert printed.timing_rule(record, track).value == rule


STEPS = st.lists(
    st.tuples(st.integers(0, 10**6), st.decimals(0, 20, places=4), st.integers(0, 10**9)),
    min_size=1,
    max_size=6,
)
FORMS = st.sampled_from(
    [
        "step:{0}/1000000 val_loss:{1} train_time:{2}ms step_avg:57.2ms",
        "step:{0}/1000000 train_loss:{1} train_time:{2}ms step_avg:nanms",
        "step:{0}/1000000 val_loss:{1} train_time:{2}s step_avg:1.07ms",
        "\x1b[1mstep:{0}/1000000\x1b[0m val_loss:{1} train_time:{2}ms",
        "s:{0} tel:{1}",
        "s:{0} trl:{1} lr:0.1 norm:2.3",
        "n_steps: {0} val_loss: {1} train_time: {2}",
    ]
)


@given(STEPS, FORMS, st.data())
def test_a_log_that_is_cut_off_anywhere_gives_no_other_figures(
    module: Import, steps: Any, form: str, data: Any
) -> None:
    """What is read of a beginning is the beginning of what is read of the whole."""
    readings = module("originals.printed").readings
    text = "".join(form.format(*each) + "\n" for each in steps)
    whole = list(readings(text))
    assert [each.step for each in whole] == [each[0] for each in steps]
    assert [each.loss for each in whole] == [float(each[1]) for each in steps]
    part = list(readings(text[: data.draw(st.integers(0, len(text)))]))
    assert part == whole[: len(part)]


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(module: Import, text: str) -> None:
    printed = module("originals.printed")
    printed.read_results("step:1/2 val_loss:" + text + "\ns:" + text, 3.28, printed.TimingRule.WARMED_UP)
