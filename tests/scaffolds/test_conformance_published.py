"""The speedrun paper's five scaffolds (arXiv 2506.22419) behind a barrier: its rules, not its faults."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Scaffold
from agentkit.graph.drive import drive
from agentkit.journal.tree import Tree

CATALOG = open_catalog()
MOST = 20
FIVE = {"flat": (20, 0, 0.0, 0), "tree": (1, 3, 0.0, 0), "forest": (3, 3, 0.0, 0),
        "aide_speedrun": (3, 1, 0.5, 5), "multi_aide": (3, 3, 0.5, 5)}  # fmt: skip
"""Drafts, siblings, debug probability and deepest chain of each, from the paper's table."""


def built(name: str) -> Scaffold:
    scaffold: Scaffold = CATALOG.load("scaffold", name).build({}, barrier=True)
    return scaffold


@dataclass
class Published:
    """The paper's loop, written down by itself: versions are numbers, 0 is the start."""

    drafts: int
    siblings: int
    probability: float
    deepest: int
    parents: list[int] = field(default_factory=lambda: [-1])
    fitness: list[float | None] = field(default_factory=lambda: [None])

    def depth(self, version: int) -> int:
        buggy = version > 0 and self.fitness[version] is None
        return 1 + self.depth(self.parents[version]) if buggy else 0

    def next_round(self, rng: random.Random) -> list[tuple[str, int]]:
        versions = range(1, len(self.parents))
        if not versions:
            return [("draft", 0)] * self.drafts
        leaves = [each for each in versions if self.fitness[each] is None and each not in self.parents]
        broken = [each for each in leaves if self.depth(each) <= self.deepest]
        if broken and rng.random() < self.probability:
            return [("debug", rng.choice(broken))]
        valid = [(value, -each) for each in versions if (value := self.fitness[each]) is not None]
        if not valid:
            return [("draft", 0)] * self.siblings
        return [("improve", -max(valid)[1])] * self.siblings


def ended(tree: Tree, expansion: Expansion, fitness: float | None) -> None:
    outcome = Outcome(status="crash" if fitness is None else "valid")
    id = f"a{len(tree.attempts) + 1}"
    tree.add(Attempt(id=id, **expansion.model_dump(exclude={"reason"}), outcome=outcome, fitness=fitness))


ENDS = st.lists(st.none() | st.integers(0, 9).map(float), min_size=MOST, max_size=MOST)


@pytest.mark.parametrize("name", FIVE)
@settings(max_examples=30)
@given(ends=ENDS, seed=st.integers(0, 9))
def test_each_wave_is_a_round_of_the_published_algorithm(
    name: str, ends: list[float | None], seed: int
) -> None:
    scaffold, tree, published = built(name), Tree(), Published(*FIVE[name])
    while len(tree.attempts) < MOST:
        rng = f"{seed}/{len(tree.attempts)}"
        room = MOST - len(tree.attempts)
        chosen = scaffold.policy.select(tree, (), room, random.Random(rng))
        wanted = published.next_round(random.Random(rng))[:room]
        found = [(each.operator, int(each.parents[0][1:]) if each.parents else 0) for each in chosen]
        assert found == wanted
        for expansion, (_, parent) in zip(chosen, wanted, strict=True):
            published.parents.append(parent)
            published.fitness.append(ends[len(tree.attempts)])
            ended(tree, expansion, ends[len(tree.attempts)])


def grown(name: str, ends: Sequence[float | None], **values: Any) -> tuple[Scaffold, Tree]:
    maker = CATALOG.load("scaffold", name)
    known = {key: value for key, value in values.items() if key in maker.settings.model_fields}
    scaffold = maker.build(known, barrier=True)
    tree, left = Tree(), list(ends)
    while left:
        for each in scaffold.policy.select(tree, (), len(left), random.Random(len(left))):
            ended(tree, each, left.pop(0))
    return scaffold, tree


@pytest.mark.parametrize("name", ["aide_speedrun", "multi_aide"])
def test_fault_1_the_best_is_not_lost_after_a_failed_repair(name: str) -> None:
    """There the candidates are the start, the version opened last and its children: the best is in none."""
    ends = [0.9, None, 0.2, None]
    scaffold, tree = grown(name, ends, debug_probability=1.0, max_debug_depth=1)
    assert tree.attempts["a4"].parents == ("a2",)
    chosen = scaffold.policy.select(tree, (), 8, random.Random(0))
    assert {each.parents for each in chosen} == {("a1",)}


@pytest.mark.parametrize("name", ["tree", "forest", "aide_speedrun", "multi_aide"])
def test_fault_2_versions_are_in_the_order_of_time_not_of_letters(name: str) -> None:
    """There `10` comes before `2`; a tie of the tenth with the second must go to the older one."""
    ends: list[float | None] = [0.1, 0.9, *[0.2] * 7, 0.9, *[0.1] * 5]
    scaffold, tree = grown(name, ends, debug_probability=0.0)
    assert list(tree.attempts) == [f"a{number}" for number in range(1, 16)]
    chosen = scaffold.policy.select(tree, (), 8, random.Random(0))
    rounds = {each.params["round"] for each in tree.attempts.values()}
    begins = [each for each in chosen if each.params["round"] not in rounds]
    assert {each.parents for each in begins or chosen} == {("a2",)}


@pytest.mark.parametrize("name", FIVE)
def test_fault_3_no_attempt_hears_what_was_said_in_another(
    name: str, bench: Any, number_model: Callable[..., Any]
) -> None:
    """There one chat object serves all versions, so that siblings, and `flat`, know of one another."""
    heard: dict[str, list[str]] = {}

    class Listening:
        name = "scripted/listening"
        offers_tools = True
        inner = number_model(["10", "30", "20", "oops"])

        async def reply(self, request: ModelRequest) -> Reply:
            own = heard.setdefault(request.position.attempt, [])
            own += [each.model_dump_json() for each in request.messages if each.role in ("assistant", "tool")]
            assert sum(each.role == "user" for each in request.messages) == 1
            reply: Reply = await self.inner.reply(request)
            return reply

    class NoClosing:
        async def finalise(self, reason: str) -> None: ...

        async def judge(self) -> None: ...

    scaffold = built(name)
    run = bench.open(scaffold.policy, Listening(), budget=Budget(attempts=5), width=3)
    run = replace(run, scaffold=scaffold)
    try:
        asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
    finally:
        run.journal.close()
    assert len(heard) == 5
    for attempt, said in heard.items():
        others = [f"call-{each}/" for each in heard if each != attempt]
        assert said
        assert not [text for text in said for other in others if other in text]
