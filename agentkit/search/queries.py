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
