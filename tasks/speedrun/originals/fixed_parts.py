"""Track 3: the parts of a script that nobody may change, compared with both ends of the task.

Upstream fixes the dataset, the batch size and the architecture of its baseline, and says which part of the
script each is: the loader, the classes of the model and how it is built, tokens a step, tokens of validation.
Compared are their definitions as trees, so comments and layout do not count; a name that stands for a
constant is replaced by it. Seen is what is written down in those definitions, not what else a script may do
to a model while it runs, and not how often it goes forward and backward in a step.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence

DEFINITIONS = frozenset({
    "_load_data_shard", "distributed_data_generator",
    "norm", "RMSNorm", "Linear", "Rotary", "CausalSelfAttention", "MLP", "Block", "GPT",
})  # fmt: skip
VALUES = frozenset({"batch_size", "val_tokens"})
MODEL = "GPT"
DEEPEST = 5
"""Names that stand for names."""


def changed_parts(ends: Sequence[str], script: str) -> list[str]:
    """Names of parts that are as in none of the ends. A script that cannot be parsed has all of them."""
    wanted = [fixed_parts(end) for end in ends]
    found = fixed_parts(script)
    names = sorted({name for each in wanted for name in each} | set(found))
    return [name for name in names if all(found.get(name) != each.get(name) for each in wanted)]


def fixed_parts(script: str) -> Mapping[str, str]:
    """Name to what it is."""
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    constants = constants_of(tree)
    parts: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef)
            and node.name in DEFINITIONS
            and outside(node, tree)
        ):
            parts.setdefault(node.name, []).append(ast.dump(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == MODEL:
            parts.setdefault(f"{MODEL}(…)", []).append(ast.dump(resolved(node, constants)))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in map(ast.unparse, flat(target)):
                    if name in VALUES or name.partition(".")[0] in DEFINITIONS:
                        parts.setdefault(name, []).append(ast.dump(resolved(node.value, constants)))
        elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr | ast.For):
            for name in sorted(names_set(node.target) & (VALUES | DEFINITIONS)):
                parts.setdefault(name, []).append(ast.dump(node))
    return {name: "\n".join(texts) for name, texts in parts.items()}


def outside(node: ast.ClassDef | ast.FunctionDef, tree: ast.Module) -> bool:
    """Of the module, or of a class that is none of the fixed ones: methods belong to their class."""
    return node in tree.body or isinstance(node, ast.ClassDef)


def constants_of(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Names that the module assigns once, and sets in no other way."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    times = Counter(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {name: values[0] for name, values in found.items() if times[name] == 1}


def flat(target: ast.expr) -> list[ast.expr]:
    """`a, b = …` sets two."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else None
    return [target] if parts is None else [each for part in parts for each in flat(part)]


def names_set(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def resolved(node: ast.expr, constants: Mapping[str, ast.expr]) -> ast.expr:
    """With constants in the place of their names, as deep as DEEPEST; calls stay as they are written."""

    class Resolve(ast.NodeTransformer):
        def __init__(self) -> None:
            self.depth = 0

        def visit_Name(self, name: ast.Name) -> ast.expr:
            value = constants.get(name.id)
            if value is None or self.depth >= DEEPEST or not isinstance(name.ctx, ast.Load):
                return name
            self.depth += 1
            found: ast.expr = self.visit(copied(value))
            self.depth -= 1
            return found

    done: ast.expr = Resolve().visit(copied(node))
    return done


def copied(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body
