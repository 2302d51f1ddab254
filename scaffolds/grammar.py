"""Grammar: breeds what is asked of the model, by grammar-guided programming, then searches round the best."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search import memory, sections
from agentkit.search.grammar import RESEARCH, check_rules, cross, derive, fits, mutate, neighbour, render
from agentkit.search.operators import DRAFT
from agentkit.search.policy import OneByOne
from agentkit.search.queries import fittest, valid_attempts


class GrammarSettings(Record):
    """After arXiv 2507.10326, whose figures are not published: these, and the rules, are ours."""

    rules: Mapping[str, tuple[str, ...]] = Field(default=RESEARCH)
    """What can be asked: a name to its alternatives, with `<name>` for a part; it begins with `start`."""
    population: int = Field(default=10, ge=1)
    generations: int = Field(default=4, ge=1)
    """Bred before the search round the best begins."""
    tournament: int = Field(default=3, ge=1)
    crossover_probability: float = Field(default=0.8, ge=0.0, le=1.0)
    attempts: int = Field(default=60, ge=1)


@dataclass(frozen=True)
class GrammarPolicy(OneByOne):
    own: GrammarSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        own, rules = self.own, self.own.rules
        generation = (len(tree.attempts) + len(pending)) // own.population
        known = [each for each in valid_attempts(tree) if fits(rules, each.params.get("genome"))]
        before = [each for each in known if each.params.get("generation") == generation - 1] or known
        if generation == 0 or not before:
            genome = derive(rules, rng)
        elif generation >= own.generations:
            genome = neighbour(rules, fittest(known, 1)[0].params["genome"], rng)
        else:
            draws = (fittest(rng.choices(before, k=own.tournament), 1)[0] for _ in range(2))
            one, other = (each.params["genome"] for each in draws)
            crosses = rng.random() < own.crossover_probability
            genome = cross(one, other, rng) if crosses else mutate(rules, one, rng)
        params = {"generation": generation, "genome": genome, "instruction": render(rules, genome)}
        return Expansion(operator="draft", params=params)


@scaffold
def grammar(settings: GrammarSettings) -> Scaffold:
    """Breeds instructions by a grammar, then searches round the best; attempts begin anew (G3P)."""
    check_rules(settings.rules)
    asked = replace(DRAFT, memory=memory.nothing, sections=(sections.instruction,))
    return Scaffold(policy=GrammarPolicy(settings), operators={"draft": asked}, attempts=settings.attempts)
