"""The tree of a run's attempts: which was made from which, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentkit.cli.figures import printable, say_count, say_dollars, say_metric
from agentkit.contracts.attempt import Attempt, Cost
from agentkit.contracts.task import Metric
from agentkit.journal.fold import RunState, Selected
from agentkit.runs.folder import RunFolder
from agentkit.runs.writer import find_writer

if TYPE_CHECKING:
    from rich.console import Console

BRANCH_SHARE = 3
"""One part of so many of the width is for the branches; what is deeper says how deep it is."""
STYLES = {"valid": "green", "": "cyan", "flagged": "magenta"}


@dataclass(frozen=True)
class Node:
    """One attempt of the tree, finished or not, and its place in it."""

    selected: Selected
    attempt: Attempt | None
    cost: Cost
    last: tuple[bool, ...]
    """From the first attempt above it to itself: whether it is the last child of its parent."""

    @property
    def status(self) -> str:
        """Empty while it is not finished."""
        return self.attempt.outcome.status if self.attempt else ""


def nodes(state: RunState) -> Iterator[Node]:
    """Depth first, children in the order in which they were decided on; by first parents."""
    children: dict[str | None, list[Selected]] = {}
    for each in state.selected.values():
        parents = each.expansion.parents
        children.setdefault(parents[0] if parents else None, []).append(each)
    waiting = with_last(children.get(None, []), ())
    while waiting:
        selected, last = waiting.pop()
        cost = state.ledger.by_attempt.get(selected.id, Cost())
        yield Node(selected, state.tree.attempts.get(selected.id), cost, last)
        waiting += with_last(children.get(selected.id, []), last)


def with_last(siblings: list[Selected], above: tuple[bool, ...]) -> list[tuple[Selected, tuple[bool, ...]]]:
    """The first of them at the end, where it is taken from."""
    return [(each, (*above, each is siblings[-1])) for each in reversed(siblings)]


def best_of(state: RunState) -> tuple[str, str]:
    """The attempt that is marked, and with which word; both empty while nothing works."""
    if state.answer is not None and state.answer.get("attempt"):
        return str(state.answer["attempt"]), "answer"
    best = state.tree.best()
    return (best.id, "best") if best else ("", "")


def say_open(folder: RunFolder) -> str:
    """What is said of an attempt that is not finished: nobody works on one whose run has ended."""
    return "not finished" if find_writer(folder.path) is None else "under way"


def print_tree(folder: RunFolder, console: Console) -> None:
    state, metric = folder.state(), Metric.model_validate(folder.manifest["metric"])
    marked, word = best_of(state)
    width, still_open = console.width, say_open(folder)

    def line(text: str, style: str = "") -> None:
        shown = shorten_end(printable(text), width)
        console.print(shown, style=style, markup=False, highlight=False, emoji=False)

    more = f", {len(state.pending)} {still_open}" if state.pending else ""
    line(f"{folder.name}: {folder.manifest['scaffold']}, {say_count(len(state.selected), 'attempt')}{more}")
    if not state.selected:
        line("No attempt has begun.")
        return
    line("start")
    for node in nodes(state):
        style = "bold green" if node.selected.id == marked else STYLES.get(node.status, "red")
        line(
            branch(node.last, width // BRANCH_SHARE) + say_node(node, metric, marked, word, still_open), style
        )


def branch(last: tuple[bool, ...], room: int) -> str:
    """`│  ├─ `; where that would take more than `room` columns, its depth instead of the lines above."""
    lines = ["   " if each else "│  " for each in last[:-1]]
    own = "└─ " if last[-1] else "├─ "
    if 3 * len(last) <= room:
        return "".join(lines) + own
    depth = f"…{len(last)} "
    kept = max(0, (room - len(depth) - 3) // 3)
    return depth + "".join(lines[len(lines) - kept :]) + own


def say_node(node: Node, metric: Metric, marked: str, word: str, still_open: str) -> str:
    expansion = node.selected.expansion
    others = f" with {', '.join(expansion.parents[1:])}" if len(expansion.parents) > 1 else ""
    value = node.attempt.outcome.metrics.get(metric.name) if node.attempt and node.attempt.valid else None
    parts = [
        f"{node.selected.id} {expansion.operator}{others}",
        node.status or still_open if value is None else say_metric(metric.name, value),
        f"{node.cost.tokens:,} tokens, {say_dollars(node.cost.dollars)}" if node.cost.calls else "",
    ]
    mark = f"  ← {word}" if node.selected.id == marked else ""
    return "  ".join(filter(None, parts)) + mark


def shorten_end(text: str, width: int) -> str:
    """Its spaces kept, as they are the branches."""
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def tree_json(folder: RunFolder) -> str:
    state, metric = folder.state(), Metric.model_validate(folder.manifest["metric"])
    marked, word = best_of(state)
    still_open = say_open(folder)
    told: list[dict[str, Any]] = [
        {
            "id": node.selected.id,
            "parents": list(node.selected.expansion.parents),
            "depth": len(node.last),
            "operator": node.selected.expansion.operator,
            "params": dict(node.selected.expansion.params),
            "status": node.status or still_open,
            "figure": node.attempt.outcome.metrics.get(metric.name) if node.attempt else None,
            "fitness": node.attempt.fitness if node.attempt else None,
            "cost": node.cost.model_dump(mode="json"),
            "mark": word if node.selected.id == marked else "",
        }
        for node in nodes(state)
    ]
    return json.dumps(
        {"version": 1, "run": folder.name, "metric": metric.name, "attempts": told}, ensure_ascii=False
    )
