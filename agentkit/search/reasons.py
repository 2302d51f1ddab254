"""Why an attempt was decided on, as the tree stood at that moment: plain facts, whatever the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.task import Metric
from agentkit.search.queries import debug_depth, debuggable, drafts, fittest, valid_attempts


def reasons(
    tree: AttemptTree, pending: Sequence[Expansion], expansion: Expansion, metric: Metric
) -> Iterator[str]:
    """One sentence each. `tree` and `pending` are what the policy was asked with."""
    if expansion.reason:
        yield f"The policy says: {expansion.reason}"
    finished = f"{count(len(tree.attempts), 'attempt')} had finished"
    yield f"{finished}, {len(valid_attempts(tree))} of them valid; {len(pending)} under way."
    if not expansion.parents:
        begun = len(drafts(tree)) + sum(not each.parents for each in pending)
        before = f"as {count(begun, 'attempt')} before it did" if begun else "the first to do so"
        yield f"It begins from the task's start files, {before}."
    for parent in expansion.parents:
        attempt = tree.attempts.get(parent)
        if attempt is not None:
            yield rank(tree, attempt, metric) if attempt.valid else failure(tree, pending, attempt)
            yield children(tree, pending, attempt)
    told = {name: value for name, value in expansion.params.items() if not isinstance(value, dict | list)}
    if told:
        yield f"The policy noted: {', '.join(f'{name} {value}' for name, value in told.items())}."


def rank(tree: AttemptTree, attempt: Attempt, metric: Metric) -> str:
    """Where it stood among the valid ones; of equals the oldest is the better, as in a search."""
    order = fittest(valid_attempts(tree), len(tree.attempts))
    place = [each.id for each in order].index(attempt.id) + 1
    figure = said(attempt, metric)
    if len(order) == 1:
        return f"{attempt.id} ({figure}) was the only valid attempt."
    if place == 1:
        after = f"the next was {order[1].id} ({said(order[1], metric)})"
        return f"{attempt.id} ({figure}) was the best of {len(order)} valid attempts; {after}."
    best = order[0]
    of = f"of {len(order)} valid attempts; the best was {best.id} ({said(best, metric)})"
    return f"{attempt.id} ({figure}) was number {place} {of}."


def failure(tree: AttemptTree, pending: Sequence[Expansion], attempt: Attempt) -> str:
    """How often in a row it had failed there, and what else there was to repair."""
    depth = debug_depth(tree, attempt)
    others = [each for each in debuggable(tree, pending, len(tree.attempts)) if each.id != attempt.id]
    chain = f"failure {depth} in a row" if depth else "not to be repaired"
    rest = f"; {count(len(others), 'other failure')} waited for a repair" if others else ""
    return f"{attempt.id} had not worked ({attempt.outcome.status}, {chain}){rest}."


def children(tree: AttemptTree, pending: Sequence[Expansion], attempt: Attempt) -> str:
    made = tree.children(attempt.id)
    coming = sum(attempt.id in each.parents for each in pending)
    better = sum((each.fitness or 0.0) > (attempt.fitness or 0.0) for each in made if each.valid)
    under_way = f", {coming} more under way" if coming else ""
    gained = f", {better} of them better than it" if made and attempt.valid else ""
    return f"{attempt.id} had {count(len(made), 'attempt')} made from it{gained}{under_way}."


def said(attempt: Attempt, metric: Metric) -> str:
    value = attempt.outcome.metrics.get(metric.name)
    return f"fitness {attempt.fitness:.4g}" if value is None else f"{metric.name} {value:.4g}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
