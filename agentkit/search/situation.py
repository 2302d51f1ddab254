"""The situation an operator is in: what its memory and the sections of its prompt are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from agentkit.contracts.attempt import AttemptTree
from agentkit.contracts.scaffold import Gain, Situation
from agentkit.journal.tree import Tree
from agentkit.search.agent_context import notes_of
from agentkit.search.ask import left, standing
from agentkit.search.context import AttemptWork
from agentkit.search.retrieval import gains_of, noise_of, start_of


def told_at_start(work: AttemptWork, stage: str) -> dict[str, Any]:
    """What the event that begins a stage keeps of this moment, as a stage begun again must say the same."""
    state = work.run.journal.state
    recorded = state.results.get((work.id, f"began {stage}"), {})
    return {
        "standing": standing(work, stage),
        "left": recorded.get("left", left(work.run)),
        "seen": recorded.get("seen", len(state.tree.attempts)),
        "notes": recorded.get("notes", len(notes_of(work.run))),
    }


def situation(work: AttemptWork, stage: str) -> Situation:
    """As it was when the stage began, whatever has finished since."""
    run = work.run
    told = told_at_start(work, stage)
    tree = tree_of_first(run.journal.state.tree, told["seen"])

    def diff(attempt: str) -> str:
        each = tree.attempts[attempt]
        before = tree.attempts[each.parents[0]].snapshot if each.parents else run.start
        return work.diff(before, each.snapshot)

    return Situation(
        tree=tree,
        expansion=work.selected.expansion,
        metric=run.task.metric,
        instructions=run.task.instructions.strip(),
        knowledge=run.hints.strip(),
        left=told["left"],
        gains=gains_to_show(work, tree),
        diff=diff,
        fill=lambda name, values: run.prompts.fill(name, values).strip(),
        notes=notes_of(run)[: told["notes"]],
    )


def gains_to_show(work: AttemptWork, tree: AttemptTree) -> Sequence[Gain]:
    """This run's and those of earlier runs; none where no section could show them."""
    if not work.operator.sections:
        return ()
    task, calibrated = work.run.task, work.run.journal.state.calibrated
    start = start_of(calibrated, task.metric, task.instructions)
    noise = noise_of(calibrated, task.metric)
    return (*gains_of(tree, task.metric, noise, start), *work.run.earlier)


def tree_of_first(tree: AttemptTree, count: int) -> AttemptTree:
    """As it stood when that many attempts had finished."""
    return tree if count >= len(tree.attempts) else Tree(islice(tree.attempts.values(), count))
