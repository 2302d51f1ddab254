"""Asking the policy what to try next, within what the budget leaves."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import StopRule
from agentkit.errors import BrokenPlugin, BudgetSpent
from agentkit.search.context import RunContext
from agentkit.search.rules import RuleBroken, ask_policy, randomness
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
    expansions = _ask_policy(run, pending, room)
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


def _ask_policy(run: RunContext, pending: Sequence[Expansion], room: int) -> Sequence[Expansion]:
    state = run.journal.state
    try:
        rng = randomness(run.seed, len(state.selected))
        return ask_policy(run.scaffold, state.tree, pending, room, rng)
    except RuleBroken as breach:
        raise BrokenPlugin(
            f"The scaffold's policy cannot go on: {breach.found}.",
            *breach.lines,
            f"It broke the rule '{breach.rule}'; `agentkit check scaffold NAME` tries them all.",
            f"Next: mend it, then `agentkit resume {run.folder}`; nothing is lost.",
        ) from breach
