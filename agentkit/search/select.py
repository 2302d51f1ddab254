"""Asking the policy what to try next, within what the budget leaves."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import StopRule
from agentkit.errors import BrokenPlugin, BudgetSpent
from agentkit.search.context import RunContext
from agentkit.search.spending import check_time


def select_attempts(run: RunContext) -> str:
    """Write the policy's next intentions into the journal; returns why there are none, or "".

    An attempt's id and the policy's randomness depend on the seed and on how many attempts were selected
    before, so a replay of the same journal selects the same.
    """
    state = run.journal.state
    pending = [each.expansion for each in state.pending]
    if pending and run.scaffold.barrier:
        return ""
    number = len(state.selected)
    left = [cap - number for cap in (run.budget.attempts, run.scaffold.attempts) if cap is not None]
    room = min([run.width - len(pending), *left])
    if left and min(left) <= 0:
        return "" if pending else f"all {number} attempts are made"
    if room <= 0:
        return ""
    for rule in run.scaffold.stop:
        if reason := _ask_rule(run, rule):
            return reason
    try:
        check_time(run)
    except BudgetSpent as spent:
        return spent.message.rstrip(".")
    expansions = _ask_policy(run, pending, room, random.Random(f"{run.seed}/{number}"))
    if run.shared is not None and expansions:
        expansions = expansions[: run.shared.take_attempts(len(expansions))]
        if not expansions:
            return "" if pending else run.shared.spent("attempts").message.rstrip(".")
    for offset, expansion in enumerate(expansions):
        run.journal.append("selected", f"a{number + offset + 1}", **expansion.model_dump(mode="json"))
    return "" if expansions or pending else "the scaffold has nothing more to try"


def _ask_rule(run: RunContext, rule: StopRule) -> str:
    try:
        return rule(run.journal.state.tree, run.task.metric)
    except Exception as error:
        raise BrokenPlugin(
            f"A stop rule of the scaffold failed: {type(error).__name__}: {error}",
            f"Next: mend it, then `agentkit resume {run.folder}`; nothing is lost.",
        ) from error


def _ask_policy(
    run: RunContext, pending: Sequence[Expansion], room: int, rng: random.Random
) -> Sequence[Expansion]:
    policy = run.scaffold.policy
    name = type(policy).__name__
    tree = run.journal.state.tree
    try:
        expansions = list(policy.select(tree, pending, room, rng))
    except Exception as error:
        raise BrokenPlugin(
            f"The policy {name} failed when asked for the next attempt: {type(error).__name__}: {error}",
            f"It was given {len(tree.attempts)} attempts, {len(pending)} pending, room {room}.",
            f"Next: mend it, then `agentkit resume {run.folder}`; nothing is lost.",
        ) from error
    if len(expansions) > room:
        raise BrokenPlugin(f"The policy {name} returned {len(expansions)} expansions for room {room}.")
    for expansion in expansions:
        unknown = [each for each in expansion.parents if each not in tree.attempts]
        operator = run.scaffold.operators.get(expansion.operator)
        lost = operator is not None and operator.opening == "debug" and not expansion.parents
        if unknown or operator is None or lost:
            what = f"the attempt {unknown[0]}" if unknown else f"the operator '{expansion.operator}'"
            what = f"the failure that '{expansion.operator}' should repair" if lost else what
            raise BrokenPlugin(
                f"The policy {name} referred to {what}, which does not exist.",
                f"Attempts: {', '.join(tree.attempts) or 'none yet'}",
                f"Operators: {', '.join(run.scaffold.operators)}",
            )
    return expansions
