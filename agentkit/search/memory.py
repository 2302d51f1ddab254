"""Memory views: which earlier attempts an operator is shown; and the table they are shown as."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.task import Metric
from agentkit.search.queries import valid_attempts


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


def as_table(attempts: Sequence[Attempt], metric: Metric, max_chars: int = 6000) -> str:
    """A Markdown table, newest rows kept when it would grow past `max_chars`."""
    if not attempts:
        return "(none yet)"
    head = f"| attempt | from | result | {metric.name} | what was tried | lesson |\n|---|---|---|---|---|---|"
    rows: list[str] = []
    room = max_chars - len(head)
    for attempt in reversed(attempts):
        # A figure that was got by cheating would teach that cheating pays.
        flagged = attempt.outcome.status == "flagged"
        value = None if flagged else attempt.outcome.metrics.get(metric.name)
        cells = (
            attempt.id,
            ", ".join(attempt.parents) or "start",
            attempt.outcome.status,
            "" if value is None else f"{value:.4g}",
            _cell(attempt.plan, 240),
            _cell(attempt.lesson or attempt.outcome.reason, 240),
        )
        row = "| " + " | ".join(cells) + " |"
        room -= len(row) + 1
        if room < 0:
            rows.append(f"| … | | {len(attempts) - len(rows)} older ones left out | | | |")
            break
        rows.append(row)
    return "\n".join([head, *reversed(rows)])


def _cell(text: str, width: int) -> str:
    flat = " ".join(text.split()).replace("|", "/")
    return flat if len(flat) <= width else flat[: width - 1] + "…"
