"""PaperBench's `rubric.json`, read and written back as it was: a tree of tasks under one root.

A node has `id`, `requirements`, `weight`, `sub_tasks`, and a leaf has a `task_category`. An id that is used
twice is made unique, and reported.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.contracts.rubric import Criterion, Diagnostic, LeafKind, Rubric
from agentkit.errors import BadFile, nearest
from agentkit.judge.rubrics.files import quoted
from agentkit.judge.tree import DEEPEST

KINDS: Mapping[str, LeafKind | None] = {
    "Code Development": "code",
    "Code Execution": "execution",
    "Result Analysis": "result",
    "Subtree": None,
}
"""`Subtree` is upstream's word for a group that was graded as if it were a leaf."""
CATEGORIES: Mapping[LeafKind, str] = {
    "code": "Code Development",
    "execution": "Code Execution",
    "result": "Result Analysis",
    "report": "Result Analysis",
    "visual": "Result Analysis",
    "process": "Code Execution",
}
NO_KIND = "Result Analysis"
"""What a leaf without a kind is written as: upstream reads none without a category."""
KNOWN = ("id", "requirements", "weight", "sub_tasks", "task_category", "finegrained_task_category")
GRADED = ("score", "valid_score", "explanation", "judge_metadata")
"""Keys of a graded tree. They are no part of a rubric, which a judge is shown."""


def parse_tree(tree: object, path: object, title: str = "") -> Rubric:
    """From JSON that has been loaded. The title is the root's requirement where none is given."""
    reader = _Reader(path)
    root = reader.criterion(tree, "", 1)
    return Rubric(
        title=title or root.text,
        format="paperbench",
        criteria=(root,),
        diagnostics=tuple(reader.diagnostics),
    )


class _Reader:
    """Goes down the nodes with the path of keys to where it is, and remembers the ids it has met."""

    def __init__(self, path: object) -> None:
        self.path = path
        self.seen: set[str] = set()
        self.diagnostics: list[Diagnostic] = []

    def criterion(self, node: object, where: str, level: int) -> Criterion:
        if level > DEEPEST:
            raise BadFile(self.path, "", f"at most {DEEPEST} levels of sub_tasks", "more")
        if not isinstance(node, dict):
            raise self.fault(where, "a node with id, requirements, weight and sub_tasks", node)
        written, text = self.text(node, "id", where), self.text(node, "requirements", where)
        id, weight = self.unique(written), self.weight(node, where)
        below = node.get("sub_tasks")
        if not isinstance(below, list):
            raise self.fault(_join(where, "sub_tasks"), "a list of nodes, empty for a leaf", below)
        kind = self.kind(node, where, id, leaf=not below)
        self.report_unknown(node, id)
        children = tuple(
            self.criterion(each, _join(where, f"sub_tasks[{index}]"), level + 1)
            for index, each in enumerate(below)
        )
        kept = {key: value for key, value in node.items() if key not in (*KNOWN[:4], *GRADED)}
        if id != written:
            kept["id"] = written
        if weight != node["weight"]:
            kept["weight"] = node["weight"]  # a whole number that a float cannot hold
        return Criterion(id=id, text=text, weight=weight, kind=kind, source=kept, children=children)

    def text(self, node: Mapping[str, Any], key: str, where: str) -> str:
        value = node.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(_join(where, key), "text", value)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as problem:
            raise self.fault(_join(where, key), "text that is Unicode", str(problem)) from problem
        return value

    def unique(self, id: str) -> str:
        if id not in self.seen:
            self.seen.add(id)
            return id
        number = 2
        while f"{id}-{number}" in self.seen:
            number += 1
        new = f"{id}-{number}"
        self.seen.add(new)
        text = f"has the id of an earlier node, '{id}', and is called this instead"
        self.diagnostics.append(Diagnostic(code="duplicate-id", place=new, text=text))
        return new

    def weight(self, node: Mapping[str, Any], where: str) -> float:
        value = node.get("weight")
        try:
            number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
        except OverflowError:
            number = math.inf
        if not 0 <= number < math.inf:
            raise self.fault(_join(where, "weight"), "a number, 0 or above", value)
        return number

    def kind(self, node: Mapping[str, Any], where: str, id: str, leaf: bool) -> LeafKind | None:
        category = node.get("task_category")
        if category is None:
            return None
        if not isinstance(category, str) or category not in KINDS:
            near = nearest(category, KINDS, 1) if isinstance(category, str) else []
            hint = f"; did you mean {near[0]}?" if near else ""
            raise self.fault(_join(where, "task_category"), f"one of {', '.join(KINDS)}{hint}", category)
        if not leaf:
            text = f"has sub-tasks, and a category ('{category}') that only a leaf should have"
            self.diagnostics.append(Diagnostic(code="category-on-group", place=id, text=text))
            return None
        return KINDS[category]

    def report_unknown(self, node: Mapping[str, Any], id: str) -> None:
        if unknown := [key for key in node if key not in (*KNOWN, *GRADED)]:
            text = f"has keys that are kept and not understood: {', '.join(unknown)}"
            self.diagnostics.append(Diagnostic(code="unknown-key", place=id, text=text))

    def fault(self, key: str, expected: str, found: object) -> BadFile:
        return BadFile(self.path, key, expected, quoted(found))


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def tree_of(rubric: Rubric) -> dict[str, Any]:
    """JSON's values for `rubric.json`. Another format gets a root, and categories for its kinds."""
    return node_of(root_of(rubric), rubric.format == "paperbench")


def root_of(rubric: Rubric) -> Criterion:
    if rubric.format == "paperbench" and len(rubric.criteria) == 1:
        return rubric.criteria[0]
    taken = {each.id for each in rubric.criteria}
    id = next(
        name for name in ("root", *(f"root-{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )
    return Criterion(id=id, text=rubric.title, children=rubric.criteria)


def node_of(criterion: Criterion, as_read: bool) -> dict[str, Any]:
    """`as_read`: with what its source says, and no key that was not there."""
    weight = criterion.weight
    node: dict[str, Any] = {
        "id": criterion.source.get("id", criterion.id) if as_read else criterion.id,
        "requirements": criterion.text,
        "weight": int(weight) if weight.is_integer() else weight,
        "sub_tasks": [node_of(each, as_read) for each in criterion.children],
    }
    if as_read:
        return node | {key: value for key, value in criterion.source.items() if key != "id"}
    category = CATEGORIES[criterion.kind] if criterion.kind else NO_KIND
    return node | {
        "task_category": None if criterion.children else category,
        "finegrained_task_category": None,
    }


def paperbench_text(rubric: Rubric) -> str:
    return json.dumps(tree_of(rubric), indent=4)


def pruned(rubric: Rubric, kinds: Sequence[LeafKind]) -> Rubric:
    """Leaves of these kinds only, and what is above them; upstream's `--code-only` for `("code",)`.

    Raises ValueError where no leaf is left.
    """

    def kept(criterion: Criterion) -> Criterion | None:
        if not criterion.children:
            return criterion if criterion.kind in kinds else None
        below = tuple(each for child in criterion.children if (each := kept(child)) is not None)
        return criterion.model_copy(update={"children": below}) if below else None

    criteria = tuple(each for criterion in rubric.criteria if (each := kept(criterion)) is not None)
    if not criteria:
        raise ValueError(f"rubric '{rubric.title}' has no leaf of kind {', '.join(kinds)}")
    return rubric.model_copy(update={"criteria": criteria})
