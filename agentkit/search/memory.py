"""Memory views: which earlier attempts an operator is shown; and the table they are shown as."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.task import Metric
from agentkit.search.queries import valid_attempts
from agentkit.search.text import cell, table

INSPIRATIONS = 3
CELL_WIDTH = 240
"""Characters of a table's cell."""


def nothing(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    return ()


def all_good(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    """Every valid attempt, as AIDE shows them (arXiv 2502.13138)."""
    return valid_attempts(tree)


def everything(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    """Valid or not, so that a failure is not tried twice."""
    return tuple(tree.attempts.values())


def siblings(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    """The other children of the same parent, against repeating them (AIRA, arXiv 2507.02554)."""
    return tree.children(expansion.parents[0] if expansion.parents else None)


def debug_chain(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    """The failures in a row that led here, oldest first, against going in circles (AIRA)."""
    chain: list[Attempt] = []
    current = tree.attempts.get(expansion.parents[0]) if expansion.parents else None
    while current is not None and current.buggy:
        chain.append(current)
        current = tree.attempts.get(current.parents[0]) if current.parents else None
    return chain[::-1]


def inspirations(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    """The attempts that the policy named in `params["inspirations"]`, the best last (ShinkaEvolve).

    Where it named none: the three fittest that are no parents.
    """
    named = expansion.params.get("inspirations")
    if named is None:
        others = [each for each in valid_attempts(tree) if each.id not in expansion.parents]
        return sorted(others, key=_fitness)[-INSPIRATIONS:]
    return sorted((tree.attempts[each] for each in named if each in tree.attempts), key=_fitness)


def _fitness(attempt: Attempt) -> float:
    return -math.inf if attempt.fitness is None else attempt.fitness


def as_table(attempts: Sequence[Attempt], metric: Metric, room: int = 6000) -> str:
    """A Markdown table of at most `room` bytes; the last rows are kept when it would grow past that."""
    if not attempts:
        return "(none yet)"
    head = ("attempt", "from", "result", metric.name, "what was tried", "lesson")
    return table(head, [_row(each, metric) for each in attempts], room, keep="last", others="older")


def _row(attempt: Attempt, metric: Metric) -> tuple[str, ...]:
    # A figure that was got by cheating would teach that cheating pays.
    flagged = attempt.outcome.status == "flagged"
    value = None if flagged else attempt.outcome.metrics.get(metric.name)
    return (
        attempt.id,
        ", ".join(attempt.parents) or "start",
        attempt.outcome.status,
        "" if value is None else f"{value:.4g}",
        cell(attempt.plan, CELL_WIDTH),
        cell(attempt.lesson or attempt.outcome.reason, CELL_WIDTH),
    )
