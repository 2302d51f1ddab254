"""What a policy owes the search that asks it; each rule has a name under which a breach is reported."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import BrokenPlugin


class RuleBroken(BrokenPlugin):
    """A policy did what no policy may; `rule` is the rule's name."""

    def __init__(self, rule: str, found: str, *lines: str) -> None:
        super().__init__(f"The rule '{rule}' is broken: {found}.", *lines)
        self.rule = rule
        self.found = found


def randomness(seed: int, selected: int) -> random.Random:
    """For a policy, once `selected` attempts were decided on: the same in a run and in its replay."""
    return random.Random(f"{seed}/{selected}")


def ask_policy(
    scaffold: Scaffold, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
) -> tuple[Expansion, ...]:
    """The policy's answer. Raises RuleBroken if it fails, asks for too much, or names what it may not."""
    kept, name = tuple(pending), type(scaffold.policy).__name__
    try:
        answer = tuple(scaffold.policy.select(tree, kept, room, rng))
    except Exception as error:
        raise RuleBroken(
            "survives",
            f"the policy {name} failed with {type(error).__name__}: {error}",
            f"It was given {len(tree.attempts)} attempts, {len(kept)} pending, room {room}.",
        ) from error
    if len(answer) > room:
        raise RuleBroken("room", f"the policy {name} returned {len(answer)} expansions for room {room}")
    for expansion in answer:
        check_expansion(scaffold, tree, expansion)
    return answer


def check_expansion(scaffold: Scaffold, tree: AttemptTree, expansion: Expansion) -> None:
    """Raises RuleBroken unless its operator is the scaffold's, and its parents can be built on."""
    operator = scaffold.operators.get(expansion.operator)
    if operator is None:
        known = ", ".join(scaffold.operators)
        raise RuleBroken("operators", f"the operator '{expansion.operator}' is none of {known}")
    for parent in expansion.parents:
        attempt = tree.attempts.get(parent)
        if attempt is None:
            known = f"Finished: {', '.join(tree.attempts) or 'none yet'}"
            raise RuleBroken("parents", f"'{parent}' is no finished attempt", known)
        if attempt.outcome.status == "flagged":
            raise RuleBroken("parents", f"'{parent}' broke the task's rules, and nothing may be built on it")
    if len(set(expansion.parents)) < len(expansion.parents):
        raise RuleBroken("parents", f"'{expansion.parents[0]}' is there twice")
    try:
        json.dumps(dict(expansion.params))
    except (TypeError, ValueError) as error:
        raise RuleBroken("params", f"{expansion.params} is no JSON: {error}") from error
    if operator.opening == "debug":
        if not expansion.parents:
            raise RuleBroken("debug", f"'{expansion.operator}' has no failure to repair")
        if tree.attempts[expansion.parents[0]].valid:
            raise RuleBroken("debug", f"'{expansion.parents[0]}' did not fail and cannot be repaired")
