from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]

FUNCTIONS = """\
import numpy as np
def inputs(seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((30, 40)).astype(np.float32), 3
def reference(a, n): return (a * n).sum(0), a.copy()
def good(a, n): return (a.astype(np.float64) * n).sum(0).astype(np.float32), a.copy()
def bad(a, n):
    out = (a * n).sum(0)
    out[5] = np.nan
    out[7] += 0.01
    return out, a
def one(a, n): return (a * n).sum(0)
def writes(a, n):
    a[0] = 0
    return reference(a, n)
def loops(a, n):
    while True: pass
def loud(a, n):
    print("x" * 100000)
    raise RuntimeError("out of ideas")
"""


@pytest.fixture
def compare(use: Use, folder: Path) -> Callable[..., ToolResult]:
    (folder / "k.py").write_text(FUNCTIONS)

    def call(candidate: str, **more: object) -> ToolResult:
        return use(
            "compare_outputs",
            candidate=f"k.py:{candidate}",
            reference="k.py:reference",
            inputs="k.py:inputs",
            **more,
        )

    return call


def test_a_good_one_agrees_with_its_errors_told(compare: Callable[..., ToolResult]) -> None:
    result = compare("good", seeds=2)
    assert result.ok and "agrees on 2 draws" in result.summary
    assert "output[0] float32 [40] on cpu: error to float64 at most" in result.text
    assert (
        result.data["outputs"][0]["max_absolute"]
        <= result.data["outputs"][0]["reference_absolute"] * 2 + 1e-6
    )


def test_a_wrong_one_is_told_where(compare: Callable[..., ToolResult]) -> None:
    result = compare("bad")
    assert not result.ok
    assert "output[0]: 2 of 40 values are wrong; 1 NaN and 0 Inf; first at [5]: nan" in result.text
    assert "[output[1] is input 0: the output is no memory of its own]" in result.text
    assert "other outputs" in compare("one").text
    assert "wrote to its input 0" in compare("writes").text


def test_a_time_limit_and_a_failure_with_much_output(
    compare: Callable[..., ToolResult], context: ToolContext
) -> None:
    assert "Stopped by the time limit" in compare("loops", timeout_seconds=1.5).text
    loud = compare("loud")
    assert not loud.ok and "out of ideas" in loud.text and len(loud.text) < 8000
    assert "x" * 100000 in (context.logs / "compare_outputs-0002.log").read_text()


def test_bad_input_is_a_result(use: Use) -> None:
    for name in ("candidate", "reference", "inputs"):
        arguments = {"candidate": "k.py:f", "reference": "k.py:f", "inputs": "k.py:f", name: "k.py"}
        result = use("compare_outputs", **arguments)
        assert not result.ok and f"{name} is written as file.py:function" in result.text
