"""What a Python file says about itself, read from its syntax tree and not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SourceFacts:
    """Facts of one file. With `broken` set, only `imports_agentkit` is also meaningful."""

    purpose: str = ""
    """First docstring line of the module."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    """The same of each function and class at the top level."""
    names: frozenset[str] = frozenset()
    """What is bound at the top level; contains `*` where a star import hides the rest."""
    own: frozenset[str] = frozenset()
    """Those of them that are not imported."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Top-level `NAME = "text"`."""
    imports_agentkit: bool = False
    broken: str = ""


def read_facts(path: Path) -> SourceFacts:
    try:
        source = path.read_bytes()
    except OSError as error:
        return SourceFacts(broken=f"cannot be read: {error.strerror}")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        # Unparsed, whether it imports agentkit is a guess; one that never names it is not ours to report.
        return SourceFacts(
            imports_agentkit=b"agentkit" in source,
            broken=f"SyntaxError: {error.msg} (line {error.lineno or '?'})",
        )
    except ValueError as error:
        return SourceFacts(imports_agentkit=b"agentkit" in source, broken=f"not Python source: {error}")
    return facts_of(tree)


def facts_of(tree: ast.Module) -> SourceFacts:
    purposes: dict[str, str] = {}
    constants: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                purposes[statement.name] = first_line(statement)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text)))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text)))
            ):
                constants[name] = text
    imports_only = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    names = frozenset(bound_names(tree.body))
    return SourceFacts(
        purpose=first_line(tree),
        purposes=purposes,
        names=names,
        own=names - frozenset(bound_names(list(imports_only))),
        constants=constants,
        imports_agentkit=any(imports(node, "agentkit") for node in ast.walk(tree)),
    )


def first_line(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    lines = (ast.get_docstring(node) or "").splitlines()
    return lines[0].strip() if lines else ""


def imports(node: ast.AST, package: str) -> bool:
    match node:
        case ast.Import(names=names):
            modules = [each.name for each in names]
        case ast.ImportFrom(module=str(module), level=0):
            modules = [module]
        case _:
            return False
    return any(module.split(".")[0] == package for module in modules)


def bound_names(body: list[ast.stmt]) -> Iterator[str]:
    """Names a module's statements may bind; inside `if`, `try` and `with` rather too many than too few."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
            continue
        for node in ast.walk(statement):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    yield node.name
                case ast.Import() | ast.ImportFrom():
                    yield from (each.asname or each.name.split(".")[0] for each in node.names)
                case ast.Name(id=name, ctx=ast.Store()):
                    yield name
