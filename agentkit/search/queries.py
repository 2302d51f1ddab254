"""Questions that policies and memory views ask a tree. Pure; oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion


def valid_attempts(tree: AttemptTree) -> list[Attempt]:
    return [attempt for attempt in tree.attempts.values() if attempt.valid]


def drafts(tree: AttemptTree) -> Sequence[Attempt]:
    """Attempts without a parent, valid or not."""
    return tree.children(None)


def debug_depth(tree: AttemptTree, attempt: Attempt) -> int:
    """How many buggy attempts in a row end here, this one included; 0 if it is not buggy."""
    depth = 0
    current: Attempt | None = attempt
    while current is not None and current.buggy:
        depth += 1
        current = tree.attempts.get(current.parents[0]) if current.parents else None
    return depth


def debuggable(tree: AttemptTree, pending: Sequence[Expansion], max_depth: int) -> list[Attempt]:
    """Buggy leaves of at most `max_depth` failures in a row that nobody is repairing yet."""
    in_hand = {parent for expansion in pending for parent in expansion.parents}
    return [
        attempt
        for attempt in tree.attempts.values()
        if attempt.buggy
        and not tree.children(attempt.id)
        and attempt.id not in in_hand
        and debug_depth(tree, attempt) <= max_depth
    ]


def scaled(attempts: Sequence[Attempt]) -> list[float]:
    """Their fitness between 0, the worst of them, and 1, the best; all 1 where all are equal."""
    values = [attempt.fitness or 0.0 for attempt in attempts]
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]


def fittest(attempts: Sequence[Attempt], count: int) -> list[Attempt]:
    """The `count` fittest, best first; of equals the oldest."""
    return sorted(attempts, key=lambda each: each.fitness or 0.0, reverse=True)[:count]


def working_ancestor(tree: AttemptTree, parents: Sequence[str]) -> str | None:
    """The nearest attempt above that did not fail, by first parents: what a chain of repairs began from.

    None: the task's start files.
    """
    current = tree.attempts.get(parents[0]) if parents else None
    while current is not None and not current.valid:
        current = tree.attempts.get(current.parents[0]) if current.parents else None
    return current.id if current is not None else None
