"""Stop rules: reasons to end a search that are no cap of its budget.

A rule looks at finished attempts alone, in the order of the journal, and never takes back what it said:
a search that is replayed, or resumed without its checkpoints, ends where it ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentkit.contracts.attempt import Attempt, AttemptTree
from agentkit.contracts.scaffold import StopRule
from agentkit.contracts.task import Metric


def target_reached(figure: float) -> StopRule:
    """Stop once an attempt is valid and at least as good as `figure`, in the task's unit and direction."""

    def rule(tree: AttemptTree, metric: Metric) -> str:
        wanted = -figure if metric.lower_is_better else figure
        for attempt in tree.attempts.values():
            if attempt.fitness is not None and attempt.fitness >= wanted:
                value = f"{attempt.outcome.metrics[metric.name]:.6g}"
                return f"attempt {attempt.id} reached the target: {metric.name} {value}, wanted {figure:.6g}"
        return ""

    return rule


def no_gain(window: int) -> StopRule:
    """Stop once `window` attempts in a row have finished and none of them was the best so far.

    A failure counts as one without a gain; the first valid attempt is a gain. Under a larger width those
    selected before a gain count too, as they come in.
    """
    if window < 1:
        raise ValueError(f"a window of {window} attempts: it takes at least one")

    def rule(tree: AttemptTree, metric: Metric) -> str:
        idle = 0
        for _, gained in best_so_far(tree):
            idle = 0 if gained else idle + 1
            if idle == window:
                return f"{window} attempt{'s' if window > 1 else ''} in a row brought no gain"
        return ""

    return rule


def rules_of(target: float | None, patience: int | None) -> tuple[StopRule, ...]:
    """Those a user asked for; None: not asked for."""
    rules = [] if target is None else [target_reached(target)]
    return (*rules, *([] if patience is None else [no_gain(patience)]))


def best_so_far(tree: AttemptTree) -> Iterator[tuple[Attempt, bool]]:
    """Every finished attempt with whether it was better than all before it."""
    best: float | None = None
    for attempt in tree.attempts.values():
        gained = attempt.fitness is not None and (best is None or attempt.fitness > best)
        best = attempt.fitness if gained else best
        yield attempt, gained
