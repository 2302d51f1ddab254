"""Quarantine: an attempt that broke the rules stays as evidence, and nothing is ever built on it."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.task import Candidate, Metric
from agentkit.graph.drive import drive
from agentkit.journal.tree import Tree
from agentkit.search.finalise import BestRemeasured
from agentkit.search.queries import debuggable, valid_attempts

CATALOG = open_catalog()
NAMES = [entry.name for entry in CATALOG.entries("scaffold")]
METRIC = Metric(name="score")
STATUSES: tuple[Status, ...] = ("valid", "invalid", "crash", "timeout", "flagged")
TEMPTING = 1000.0
"""The figure of an attempt that cheated: far better than any other."""


def made(number: int, status: Status, parents: tuple[str, ...] = ()) -> Attempt:
    outcome = Outcome(
        status=status,
        metrics={"score": TEMPTING if status == "flagged" else float(number)},
        trust="verified",
        flags=(Flag(code="input_written", evidence="it did"),) if status == "flagged" else (),
    )
    return Attempt(
        id=f"a{number}", operator="draft", parents=parents, outcome=outcome, fitness=METRIC.fitness(outcome)
    )


def test_a_flagged_attempt_has_no_fitness_however_good_its_figure() -> None:
    attempt = made(1, "flagged")
    assert attempt.outcome.metrics["score"] == TEMPTING
    assert (attempt.fitness, attempt.valid, attempt.buggy) == (None, False, False)


@pytest.mark.parametrize("name", NAMES)
@given(statuses=st.lists(st.sampled_from(STATUSES), min_size=1, max_size=10), seed=st.integers(0, 3))
def test_no_policy_builds_on_one(name: str, statuses: list[Status], seed: int) -> None:
    """The policy makes its own tree here: every parent is one that it chose itself."""
    scaffold = CATALOG.load("scaffold", name).build({})
    tree = Tree()
    for number, status in enumerate(statuses, 1):
        chosen = list(scaffold.policy.select(tree, (), 1, random.Random(f"{seed}/{number}")))
        for expansion in chosen:
            assert all(tree.attempts[each].outcome.status != "flagged" for each in expansion.parents)
        if not chosen:
            break
        tree.add(made(number, status, chosen[0].parents))
        best = tree.best()
        assert best is None or best.outcome.status == "valid"
        assert all(each.outcome.status == "valid" for each in valid_attempts(tree))
        assert all(each.outcome.status != "flagged" for each in debuggable(tree, (), 99))


def test_none_is_measured_for_the_answer_or_becomes_it() -> None:
    tree = Tree([made(1, "valid"), made(2, "flagged"), made(3, "flagged")])
    measured: list[str] = []

    async def measure(attempt: Attempt, seed: int) -> float | None:
        measured.append(attempt.id)
        return attempt.fitness

    chosen = asyncio.run(BestRemeasured(seeds=(1, 2)).choose(tree, measure))
    assert chosen is not None
    assert (chosen.id, set(measured)) == ("a1", {"a1"})
    only_flagged = Tree([made(1, "flagged")])
    assert asyncio.run(BestRemeasured(seeds=(1,)).choose(only_flagged, measure)) is None


class NoClosing:
    def __init__(self, run: Any) -> None:
        self.run = run

    async def finalise(self, reason: str) -> None:
        self.run.journal.append("stage", stage="finalise", reason=reason)

    async def judge(self) -> None:
        return None


@pytest.mark.parametrize("name", ["aide", "flat"])
def test_in_a_real_search_it_is_kept_and_left_alone(name: str, bench: Any, number_model: Any) -> None:
    """Every third attempt cheats, with the best figure of all."""

    async def evaluate(candidate: Candidate) -> Outcome:
        number = float((candidate.folder / "number.txt").read_text())
        if number == TEMPTING:
            flags = (Flag(code="forged_answer", evidence="bytes that are no answer"),)
            return Outcome(status="flagged", metrics={"score": number}, trust="verified", flags=flags)
        return Outcome(status="valid", metrics={"score": number}, trust="verified")

    bench.evaluator.evaluate = evaluate
    scaffold = CATALOG.load("scaffold", name).build({})
    numbers = ("10", str(TEMPTING), "30")
    run = bench.open(scaffold.policy, number_model(numbers), budget=Budget(attempts=9))
    try:
        asyncio.run(drive(run, NoClosing(run), run.folder / "checkpoints.sqlite"))
        tree = run.journal.state.tree
        flagged = [each for each in tree.attempts.values() if each.outcome.status == "flagged"]
        assert len(tree.attempts) >= 3
        assert flagged
        for attempt in flagged:
            assert attempt.outcome.metrics == {"score": TEMPTING}
            assert [each.code for each in attempt.outcome.flags] == ["forged_answer"]
            assert run.blobs.get(attempt.snapshot), "its files are kept"
            assert attempt.fitness is None
            assert not tree.children(attempt.id)
        best = tree.best()
        assert best is not None
        assert best.outcome.metrics == {"score": 30.0}
    finally:
        run.journal.close()
