"""What must hold before a leaf counts: gates, which are checks, and other leaves. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from agentkit.contracts.rubric import Criterion, LeafKind, Rubric
from agentkit.judge.evidence import Finding
from agentkit.judge.tree import leaves, walk


@dataclass(frozen=True)
class Gate:
    """A check, and the leaves that count nothing where it fails."""

    check: Mapping[str, Any]
    leaves: tuple[str, ...]


def gates_of(rubric: Rubric) -> list[Gate]:
    """One for each different check, the outermost first; it is made once however many name it."""
    checks: dict[str, Mapping[str, Any]] = {}
    below: dict[str, dict[str, None]] = {}
    for criterion in walk(rubric.criteria):
        if criterion.gate is not None:
            key = json.dumps(criterion.gate, sort_keys=True, default=str)
            checks.setdefault(key, criterion.gate)
            ids = (each.id for each in walk([criterion]) if not each.children)
            below.setdefault(key, {}).update(dict.fromkeys(ids))
    return [Gate(checks[key], tuple(below[key])) for key in checks]


def apply_gates(outcomes: Sequence[tuple[Gate, Finding]]) -> dict[str, Finding]:
    """What gates say about the leaves below them: nothing where all have passed.

    One that has failed settles its leaves. One that could not be checked leaves them without a score: a pass
    would not be sure.
    """
    found: dict[str, Finding] = {}
    for gate, outcome in outcomes:
        if outcome.score is None:
            why = f"its gate could not be checked: {outcome.evidence}"
            unsure = dict.fromkeys(gate.leaves, Finding("error", why, method="gate"))
            found = unsure | found
    for gate, outcome in reversed(outcomes):
        if outcome.score is not None and outcome.score < 1:
            why = f"its gate: {outcome.evidence}"
            found |= dict.fromkeys(gate.leaves, Finding("failed", why, 0.0, method="gate"))
    return found


def with_gate(rubric: Rubric, check: Mapping[str, Any], kinds: Sequence[LeafKind]) -> Rubric:
    """The rubric with a gate at every leaf of these kinds, `no reproduce.sh, no result` for one."""

    def gated(criterion: Criterion) -> Criterion:
        if criterion.children:
            return criterion.model_copy(update={"children": tuple(map(gated, criterion.children))})
        return criterion.model_copy(update={"gate": check}) if criterion.kind in kinds else criterion

    return rubric.model_copy(update={"criteria": tuple(map(gated, rubric.criteria))})


def required_of(rubric: Rubric) -> dict[str, tuple[str, ...]]:
    """By leaf id: the ids that it requires itself or by a criterion above it."""
    return dict(_required(rubric.criteria, ()))


def _required(siblings: Sequence[Criterion], above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in siblings:
        own = (*above, *each.requires)
        if each.children:
            yield from _required(each.children, own)
        else:
            yield each.id, tuple(dict.fromkeys(own))


def circle_of(rubric: Rubric) -> list[str]:
    """Leaves that require each other in a circle, the first again at the end; empty: there is none."""
    try:
        TopologicalSorter(required_of(rubric)).prepare()
    except CycleError as circle:
        return list(reversed(circle.args[1]))
    return []


def carry_failures(rubric: Rubric, findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """Findings by leaf id, with those that have failed because a leaf that they require has.

    Not all leaves need have been looked at. Raises ValueError where they require each other in a circle.
    """
    known = dict(findings)
    for id, needed in _in_order(rubric):
        own = known.get(id)
        fallen = [each for each in needed if each in known and known[each].status == "failed"]
        if fallen and (own is None or own.status != "failed"):
            failed = Finding("failed", f"requires {fallen[0]}, which has failed", 0.0, method="gate")
            known[id] = replace(failed, citations=own.citations, votes=own.votes) if own else failed
    return known


def apply_requirements(rubric: Rubric, findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """The same when nobody is to look any more: a leaf that requires one without a score has none either,
    unless it has failed by itself."""
    known = carry_failures(rubric, findings)
    for id, needed in _in_order(rubric):
        own = known.get(id)
        unknown = [each for each in needed if each not in known or known[each].score is None]
        if unknown and own is not None and own.score is not None and own.status != "failed":
            why = f"requires {unknown[0]}, which has no score; by itself: {own.evidence}"
            known[id] = replace(own, status="ungraded", score=None, evidence=why)
    return known


def _in_order(rubric: Rubric) -> list[tuple[str, list[str]]]:
    """Each leaf after those that it requires, with these. An id that is no leaf's is not waited for."""
    if circle := circle_of(rubric):
        raise ValueError(f"rubric '{rubric.title}' requires in a circle: {' -> '.join(circle)}")
    required = required_of(rubric)
    order = TopologicalSorter(required).static_order()
    return [(id, [each for each in required[id] if each in required]) for id in order if id in required]


def undecided(rubric: Rubric, findings: Mapping[str, Finding]) -> list[Criterion]:
    """Leaves that nothing is known about yet, in written order."""
    return [leaf for leaf in leaves(rubric) if leaf.id not in findings]
