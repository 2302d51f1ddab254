"""Grammar: breeds what a model is asked, by grammar-guided programming, then searches round the best."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search import memory, sections
from agentkit.search.grammar import Rules, child, derive, fits, neighbour, render
from agentkit.search.operators import DRAFT
from agentkit.search.policy import OneByOne
from agentkit.search.prompt_edits import Breeds, rules_for
from agentkit.search.queries import fittest, valid_attempts


class GrammarSettings(Record):
    """After arXiv 2507.10326, whose figures are not published: these, and the rules, are ours."""

    breeds: Breeds = "instruction"
    """One more instruction of a draft, or edits of the prompt file `draft.md` itself."""
    rules: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """A name to its alternatives, `<name>` for a part; it begins with `start`; empty: agentkit's own."""
    population: int = Field(default=10, ge=1)
    generations: int = Field(default=4, ge=1)
    tournament: int = Field(default=3, ge=1)
    crossover_probability: float = Field(default=0.8, ge=0.0, le=1.0)
    attempts: int = Field(default=60, ge=1)


@dataclass(frozen=True)
class GrammarPolicy(OneByOne):
    own: GrammarSettings
    rules: Rules

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        own, rules = self.own, self.rules
        generation = (len(tree.attempts) + len(pending)) // own.population
        known = [each for each in valid_attempts(tree) if fits(rules, each.params.get("genome"))]
        before = [each for each in known if each.params.get("generation") == generation - 1] or known
        if generation == 0 or not before:
            genome = derive(rules, rng)
        elif generation >= own.generations:
            genome = neighbour(rules, fittest(known, 1)[0].params["genome"], rng)
        else:
            one, two = (fittest(rng.choices(before, k=own.tournament), 1)[0].params["genome"] for _ in (0, 1))
            genome = child(rules, one, two, own.crossover_probability, rng)
        bred = {"generation": generation, "genome": genome, own.breeds: render(rules, genome)}
        return Expansion(operator="draft", params=bred)


@scaffold
def grammar(settings: GrammarSettings) -> Scaffold:
    """Breeds instructions, or edits of our own prompt, by a grammar, then searches round the best (G3P)."""
    policy = GrammarPolicy(settings, rules_for(settings.breeds, settings.rules))
    asked = replace(DRAFT, memory=memory.nothing, sections=(sections.instruction,))
    return Scaffold(policy, {"draft": asked}, attempts=settings.attempts)
