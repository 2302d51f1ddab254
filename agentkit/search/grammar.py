"""Grammars and their derivation trees: what grammar-guided genetic programming breeds.

A grammar is a mapping from a name to its alternatives; `<name>` in an alternative stands for a part that is
derived in turn. A derivation is kept as nested lists, `[name, which alternative, [parts]]`, so that it can
go into an expansion's params and through a journal.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentkit.errors import UsageError

Rules = Mapping[str, Sequence[str]]
Derivation = list[Any]
"""`[name, which alternative, [derivations of its parts]]`."""

START = "start"
DEEPEST = 12
"""Levels after which the shortest alternatives are taken, so that every derivation ends."""

RESEARCH: Mapping[str, tuple[str, ...]] = {
    START: ("<focus>", "<focus> <manner>", "<focus> <manner> <check>"),
    "focus": (
        "Change <part>.",
        "Change <part> and <part> together.",
        "Simplify <part>: take something away.",
    ),
    "part": (
        "the optimiser or its schedule",
        "the model's architecture",
        "the order, size or shape of the batches",
        "the numerical precision",
        "the initialisation",
        "the innermost loop of the computation",
    ),
    "manner": (
        "Take the smallest step that can be measured.",
        "Be bold: a large change that may fail.",
        "Follow a published method, and name it.",
    ),
    "check": (
        "Predict the figure before you change anything.",
        "Say first what would show that the idea is wrong.",
    ),
}
"""What an attempt at a research task can be asked."""

_PART = re.compile(r"<(\w+)>")


def check_rules(rules: Rules) -> Rules:
    """Raises UsageError unless it has a `start`, every part has a rule, and every part can come to an end."""
    if START not in rules:
        raise UsageError(
            f"A grammar begins with '{START}', and this has none.", f"It has: {', '.join(rules)}"
        )
    for name, alternatives in rules.items():
        for part in (part for each in alternatives for part in _PART.findall(each)):
            if part not in rules:
                raise UsageError(f"The grammar's '{name}' uses <{part}>, for which it has no rule.")
    endless = [name for name, height in heights(rules).items() if math.isinf(height)]
    if endless:
        raise UsageError(f"The grammar's '{endless[0]}' never comes to an end.")
    return rules


def heights(rules: Rules) -> dict[str, float]:
    """Levels of the shortest derivation from each name; infinite where there is none."""
    known = dict.fromkeys(rules, math.inf)
    for _ in rules:
        for name, alternatives in rules.items():
            known[name] = min((_height(each, known) for each in alternatives), default=math.inf)
    return known


def _height(alternative: str, known: Mapping[str, float]) -> float:
    return 1.0 + max((known[part] for part in _PART.findall(alternative)), default=0.0)


def derive(rules: Rules, rng: random.Random, name: str = START, depth: int = 0) -> Derivation:
    """A random derivation; below DEEPEST levels of the shortest alternatives only."""
    which = range(len(rules[name]))
    if depth >= DEEPEST:
        known = heights(rules)
        costs = [_height(each, known) for each in rules[name]]
        which = range(costs.index(min(costs)), costs.index(min(costs)) + 1)
    choice = rng.choice(which)
    return [
        name,
        choice,
        [derive(rules, rng, part, depth + 1) for part in _PART.findall(rules[name][choice])],
    ]


def render(rules: Rules, derivation: Derivation) -> str:
    """The text that it stands for."""
    name, choice, parts = derivation
    texts = iter([render(rules, part) for part in parts])
    return _PART.sub(lambda _: next(texts), rules[name][choice])


def fits(rules: Rules, derivation: Any) -> bool:
    """Whether it is a derivation of that grammar, which a journal may have had another of."""
    match derivation:
        case [str() as name, int() as choice, list() as parts] if name in rules:
            if not 0 <= choice < len(rules[name]):
                return False
            wanted = _PART.findall(rules[name][choice])
            if len(wanted) != len(parts) or not all(fits(rules, part) for part in parts):
                return False
            return all(part[0] == each for part, each in zip(parts, wanted, strict=True))
    return False


Path = tuple[int, ...]


def places(derivation: Derivation, path: Path = ()) -> Iterator[tuple[Path, Derivation]]:
    """Every derivation inside, itself first, with the way to it."""
    yield path, derivation
    for index, part in enumerate(derivation[2]):
        yield from places(part, (*path, index))


def put(derivation: Derivation, path: Path, part: Derivation) -> Derivation:
    """A copy with another part at that place."""
    if not path:
        return part
    name, choice, parts = derivation
    changed = [put(each, path[1:], part) if index == path[0] else each for index, each in enumerate(parts)]
    return [name, choice, changed]


def mutate(rules: Rules, derivation: Derivation, rng: random.Random) -> Derivation:
    """One part, drawn evenly, is derived anew."""
    path, part = rng.choice(list(places(derivation)))
    return put(derivation, path, derive(rules, rng, part[0], len(path)))


def cross(one: Derivation, other: Derivation, rng: random.Random) -> Derivation:
    """One part of the first is replaced by one of the same name of the second."""
    path, part = rng.choice(list(places(one)))
    same = [each for _, each in places(other) if each[0] == part[0]]
    return put(one, path, rng.choice(same)) if same else one


def child(
    rules: Rules, one: Derivation, other: Derivation, crossover_probability: float, rng: random.Random
) -> Derivation:
    """Of both, with that probability; else a mutation of the first."""
    return cross(one, other, rng) if rng.random() < crossover_probability else mutate(rules, one, rng)


def neighbour(rules: Rules, derivation: Derivation, rng: random.Random) -> Derivation:
    """One leaf, drawn evenly among those with a choice, takes another alternative without parts."""
    leaves = [(path, part) for path, part in places(derivation) if len(_ends(rules, part)) > 1]
    if not leaves:
        return mutate(rules, derivation, rng)
    path, part = rng.choice(leaves)
    choice = rng.choice([each for each in _ends(rules, part) if each != part[1]])
    return put(derivation, path, [part[0], choice, []])


def _ends(rules: Rules, derivation: Derivation) -> list[int]:
    """The alternatives without parts that a leaf may have; none for what is no leaf."""
    if derivation[2]:
        return []
    return [index for index, each in enumerate(rules[derivation[0]]) if not _PART.search(each)]
