from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Scaffold
from agentkit.graph.drive import drive
from agentkit.journal.fold import Selected
from agentkit.runs.simulation.virtual import VirtualRun
from agentkit.search.operators import DRAFT

NEW = Expansion(operator="draft")


@dataclass
class Asking:
    """Fills its room, and keeps what it was asked with."""

    asked: list[tuple[int, int, int]] = field(default_factory=list)

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        self.asked.append((len(tree.attempts), len(pending), room))
        return [NEW] * room


@dataclass(frozen=True)
class Timed:
    """Attempt n takes the n-th time."""

    seconds: Sequence[float]

    def carry_out(self, selected: Selected, tree: AttemptTree) -> Attempt:
        outcome = Outcome(status="crash", seconds=self.seconds[selected.number])
        return Attempt(id=selected.id, operator="draft", outcome=outcome)


def drive_it(seconds: Sequence[float], width: int, **more: Any) -> tuple[VirtualRun, Asking]:
    policy = Asking()
    run = VirtualRun(
        Scaffold(policy=policy, operators={"draft": DRAFT}), Timed(seconds), len(seconds), width, **more
    )
    run.drive()
    return run, policy


def test_steady_state_never_waits_for_the_slowest() -> None:
    run, policy = drive_it([9.0, 1.0, 1.0, 1.0], 2)
    assert policy.asked == [(0, 0, 2), (1, 1, 1), (2, 1, 1)]
    assert list(run.state.tree.attempts) == ["a2", "a3", "a4", "a1"]
    assert run.clock == 9.0


def test_a_barrier_waits_for_all_and_counts_the_slowest_of_each_wave() -> None:
    run, policy = drive_it([9.0, 1.0, 1.0, 2.0], 2, barrier=True)
    assert policy.asked == [(0, 0, 2), (2, 0, 2)]
    assert list(run.state.tree.attempts) == ["a2", "a1", "a3", "a4"]
    assert run.clock == 11.0


def test_a_stop_rule_ends_it() -> None:
    def enough(tree: AttemptTree, metric: object) -> str:
        return "enough" if len(tree.attempts) >= 2 else ""

    scaffold = Scaffold(policy=Asking(), operators={"draft": DRAFT}, stop=(enough,))
    run = VirtualRun(scaffold, Timed([1.0] * 9), 9, 1)
    run.drive()
    assert len(run.state.selected) == 2


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_real_search_asks_its_policy_the_same(bench: Any, number_model: Any, width: int) -> None:
    """The policy, its room and the ids of a run through both graphs, against the same in virtual time."""

    class NoClosing:
        async def finalise(self, reason: str) -> None: ...

        async def judge(self) -> None: ...

    real = Asking()
    run = bench.open(
        real,
        number_model(["1", "2", "3"]),
        width=width,
        budget=Budget(attempts=5),
        scaffold={"barrier": True},
    )
    try:
        asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
        selected = list(run.journal.state.selected)
    finally:
        run.journal.close()
    virtual, policy = drive_it([1.0] * 5, width, barrier=True)
    assert real.asked == policy.asked
    assert selected == list(virtual.state.selected)
