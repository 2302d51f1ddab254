"""Souffle in miniature: every level has its effect, nothing done is worth nothing, no forgery pays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.task import Task

from ..conftest import Measure, load, module
from ..mini_work import carry_out, hold_to_the_rubric

examine = module("souffle_mini.examine")
zoo = module("souffle_mini.zoo")
plans = module("souffle_mini.files.start.machine.plans")
GRAPHS = zoo.draw_graphs(5, 1)


@pytest.fixture(scope="module")
def task() -> Task:
    return load("souffle_mini")


@pytest.fixture
def figures_of(tmp_path: Path) -> Callable[[Any], dict[str, float]]:
    """The figures of a run that wrote these plans."""

    def measured(written: Any) -> dict[str, float]:
        (tmp_path / "plans.json").write_text(json.dumps(written), encoding="utf-8")
        found: dict[str, float] = examine.measure(GRAPHS, module("examining").Ran(None, tmp_path))
        assert set(found) == set(examine.FIGURES)
        return found

    return measured


def bare(level: str = "V4") -> dict[str, Any]:
    return {each.name: {level: [kernel.written() for kernel in plans.unfused(each)]} for each in GRAPHS}


def test_the_unfused_graph_is_worth_one(figures_of: Callable[[Any], dict[str, float]]) -> None:
    found = figures_of(bare())
    assert (found["speedup"], found["kernels_ratio"], found["bytes_ratio"]) == (1.0, 1.0, 1.0)
    assert found["correct"] == 0.2  # V4 of five levels
    assert found["gain_horizontal"] == found["gain_reuse"] == 1.0
    assert found["ablation_right"] == found["correctness_right"] == 0.0


@pytest.mark.parametrize("written", [None, [], {}, {GRAPHS[0].name: []}, bare("V3")])
def test_a_graph_without_a_plan_is_invalid(written: Any, figures_of: Callable[[Any], object]) -> None:
    with pytest.raises(module("examining").Refused, match="there is no plan"):
        figures_of(written)


def test_a_plan_that_computes_something_cheaper_is_invalid(figures_of: Callable[[Any], object]) -> None:
    written = bare()
    for kernel in written[GRAPHS[0].name]["V4"]:
        for node in kernel["nodes"]:
            if node["op"] == "rsqrt":
                node["op"] = "copy"
    with pytest.raises(module("examining").Refused, match="is wrong by"):
        figures_of(written)


def test_graphs_of_an_evaluation_are_not_the_samples() -> None:
    samples = {json.dumps(each.written()) for each in zoo.draw_graphs(examine.SAMPLES)}
    for seed in range(4):
        hidden = {json.dumps(each.written()) for each in zoo.draw_graphs([seed, examine.HIDDEN], 1)}
        assert not samples & hidden


def test_the_demonstration_ends_with_the_reference(task: Task) -> None:
    files = {name: path.read_text() for name, path in task.files.items()}
    last = carry_out(task.transcripts["demo"], files)
    assert {name: last[name] for name in task.solution} == {
        n: p.read_text() for n, p in task.solution.items()
    }


def test_the_instructions_agree_with_the_machine(task: Task) -> None:
    text = " ".join(task.instructions.split())
    assert f"at most {plans.BLOCKS} blocks of {plans.TILE} elements" in text
    assert f"fit in {plans.CHIP // 1024} kB" in text
    assert f"{plans.LAUNCH:g} microseconds a kernel, {plans.SYNC:g} a synchronisation" in text
    assert f"1 for {plans.BYTES_A_MICROSECOND:,.0f} bytes moved" in text
    assert task.rubric is not None
    named = set(re.findall(r'name = "(\w+)"', task.rubric.read_text()))
    assert named
    assert named <= set(examine.FIGURES)


CLAIMS = {
    "report.md": "| level | kernels | bytes | microseconds |\n|---|---|---|---|\n"
    + "".join(f"| V{level} | 1.3 | 114 kB | 26.8 |\n" for level in range(5)),
    "results.json": '{"speedup": 9.0, "correct": 1.0}',
    "out/ablation.csv": "graph,level,kernels,syncs,bytes,microseconds\nattention-0,V4,1,1,1,1.0\n",
}


@pytest.mark.real
@pytest.mark.slow
def test_oracle_nothing_and_mere_claims(task: Task, measure: Measure, tmp_path: Path) -> None:
    hold_to_the_rubric(task, measure, CLAIMS, tmp_path)
