from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]

FUNCTIONS = """\
def inputs(seed):
    return (seed,)
def short(seed):
    for i in range(2000): pass
def long(seed):
    for i in range(6000): pass
def fails(seed):
    raise KeyError("asked for")
"""


@pytest.mark.real
def test_functions_that_differ_and_one_beside_itself(use: Use, folder: Path) -> None:
    (folder / "k.py").write_text(FUNCTIONS)
    same = {"baseline": "k.py:short", "inputs": "k.py:inputs", "metric": "cpu", "pairs": 16}
    slower = use("bench_ab", candidate="k.py:long", work="bytes=1", **same)
    assert slower.ok, slower.text
    assert slower.data["verdict"] == "higher" and slower.data["ratio"] < 0.6
    assert "more time" in slower.summary
    assert "interleaved pairs" in slower.text and "roofline" in slower.text
    assert len(slower.data["pairs"]) == 16
    broken = use("bench_ab", candidate="k.py:fails", **same)
    assert not broken.ok and "asked for" in broken.text


@pytest.mark.real
def test_commands_by_a_number_that_they_print(use: Use, context: ToolContext) -> None:
    found = use("bench_ab", baseline="echo step 1; echo loss: 3.5", candidate="echo loss: 3.1",
                metric="loss: ([0-9.]+)", pairs=7)  # fmt: skip
    assert found.data["verdict"] == "lower"
    assert "11.4% lower than the baseline" in found.summary
    assert sorted(each.name for each in context.logs.iterdir()) == ["bench_ab-0001.log", "bench_ab-0002.log"]
    equal = use("bench_ab", baseline="echo 2", candidate="echo 2", metric="([0-9.]+)", pairs=7)
    assert equal.data["verdict"] == "no detectable difference"
    assert "More pairs" in equal.next_hint


def test_a_failure_shows_what_was_printed(use: Use) -> None:
    failed = use("bench_ab", baseline="true", candidate="seq 1 9000; echo no such; exit 3")
    assert not failed.ok
    assert "The candidate failed. Exit code 3" in failed.text and "no such" in failed.text
    assert len(failed.text) < 8000


def test_time_that_is_over_before_enough_was_measured(use: Use) -> None:
    late = use("bench_ab", baseline="sleep 30", candidate="true", timeout_seconds=1)
    assert not late.ok and ("Stopped by the time limit" in late.text or "were measured in time" in late.text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"candidate": "true", "pairs": 3}, "7 is the least"),
        ({"candidate": " "}, "a baseline and a candidate"),
        ({"candidate": "true", "inputs": "k.py:f"}, "inputs goes with"),
        ({"candidate": "true", "metric": "("}, "this is none"),
        ({"candidate": "true", "metric": "loss"}, "one group"),
        ({"candidate": "echo none", "metric": "loss ([0-9])"}, "fits nothing"),
        ({"candidate": "true", "work": "2"}, "bytes=2e9"),
        ({"candidate": "true", "timeout_seconds": 0}, "timeout_seconds"),
        ({"candidate": "true", "gpus": 1}, "no GPUs"),
    ],
)
def test_bad_input_is_a_result(use: Use, arguments: dict[str, object], said: str) -> None:
    result = use("bench_ab", baseline="echo loss 3", **{"pairs": 7, **arguments})
    assert not result.ok
    assert said in result.text
