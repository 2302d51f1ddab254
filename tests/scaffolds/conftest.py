"""Trees grown by hand, and scaffolds built with settings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree


@pytest.fixture(scope="session")
def build() -> Callable[..., Scaffold]:
    """`build("tree", siblings=2)`."""
    catalog = open_catalog()

    def built(name: str, **settings: Any) -> Scaffold:
        return catalog.load("scaffold", name).build(settings)

    return built


@pytest.fixture
def finish() -> Callable[..., Tree]:
    """`finish(tree, expansion, fitness)`: the expansion has ended; None: it crashed."""

    def finished(tree: Tree, expansion: Expansion, fitness: float | None, seconds: float = 1.0) -> Tree:
        attempt = Attempt(
            id=f"a{len(tree.attempts) + 1}",
            operator=expansion.operator,
            parents=expansion.parents,
            params=expansion.params,
            outcome=Outcome(status="crash" if fitness is None else "valid", seconds=seconds),
            fitness=fitness,
        )
        tree.add(attempt)
        return tree

    return finished


@pytest.fixture
def play(finish: Callable[..., Tree]) -> Callable[..., list[Expansion]]:
    """`play(scaffold, [0.5, None, …])`: a search one at a time whose attempts end like that, in order."""

    def played(
        scaffold: Scaffold, ends: Sequence[float | None], seed: int = 0, tree: Tree | None = None
    ) -> list[Expansion]:
        tree = Tree() if tree is None else tree
        chosen: list[Expansion] = []
        for number, fitness in enumerate(ends):
            (expansion,) = scaffold.policy.select(tree, (), 1, random.Random(f"{seed}/{number}"))
            chosen.append(expansion)
            finish(tree, expansion, fitness)
        return chosen

    return played
