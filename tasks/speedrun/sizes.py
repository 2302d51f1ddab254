"""The sizes of a training script, read from its text: a model that is smaller is no faster training of it.

What is read is what an honest script says of itself. A text that says otherwise than it does gets past this,
which is why the size of the checkpoint is looked at, too, and why the rules call it cheating.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

RECIPE_CLASS, RECIPE = "Recipe", "RECIPE"
"""The class whose fields are read, and its one instance."""
COPIERS = ("replace", "_replace")
"""Functions that make a recipe with other values from one that is there."""
SETTERS = ("setattr", "__setattr__")
OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LARGEST = 10**9
"""No size is larger, nor any part of an expression that makes one."""


class Fault(NamedTuple):
    """What is wrong, and in which line, from 1."""

    line: int
    what: str


def sizes_fault(source: bytes, least: Mapping[str, int], script: str = "train.py") -> str:
    """Why a script's sizes are not the record's, to be told to its author; empty: they are.

    `least` holds the fields of class Recipe that count, with their least values.
    Raises SyntaxError for what is no Python.
    """
    if not least:
        return ""
    try:
        with warnings.catch_warnings():
            # What the compiler thinks of a candidate's escape sequences is not our news.
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        found = next(all_faults(tree, least), None)
    except (RecursionError, MemoryError, ValueError) as error:
        raise SyntaxError(f"nested too deep to be read ({type(error).__name__})") from None
    if found is None:
        return ""
    wanted = " and ".join(f"{name} at least {value}" for name, value in least.items())
    return f"the model keeps the record's sizes, {wanted}: {found.what} ({script} line {found.line})"


def all_faults(tree: ast.Module, least: Mapping[str, int]) -> Iterator[Fault]:
    """In the order in which they are best told."""
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == RECIPE_CLASS]
    if not classes:
        yield Fault(1, f"there is no class {RECIPE_CLASS} at the top level")
        return
    for name, value in least.items():
        yield from field_faults(classes[0], name, value)
    yield from binding_faults(tree, classes[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from call_faults(node, least)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            if node.attr in least and last_name(node.value).lower() == RECIPE.lower():
                yield Fault(node.lineno, f"{node.attr} of the recipe is changed")
        elif isinstance(node, ast.ClassDef) and any(last_name(each) == RECIPE_CLASS for each in node.bases):
            yield Fault(node.lineno, f"class {node.name} is another {RECIPE_CLASS}")


def field_faults(recipe: ast.ClassDef, name: str, least: int) -> Iterator[Fault]:
    """Of one field: it is there once, and its value is a number that is large enough."""
    bound = [each for each in recipe.body if name in names_bound(each)]
    if not bound:
        yield Fault(recipe.lineno, f"class {RECIPE_CLASS} has no field {name}")
        return
    if len(bound) > 1:
        yield Fault(bound[1].lineno, f"class {RECIPE_CLASS} has {name} more than once")
        return
    match bound:
        case [ast.AnnAssign(value=value) | ast.Assign(targets=[_], value=value) as field]:
            yield from value_faults(field.lineno, name, constant(value), least)
        case _:
            yield Fault(bound[0].lineno, f"{name} is not a plain number")


def value_faults(line: int, name: str, value: int | None, least: int) -> Iterator[Fault]:
    if value is None:
        yield Fault(line, f"{name} is not a plain number")
    elif value < least:
        yield Fault(line, f"found {name} {value}")


def binding_faults(tree: ast.Module, recipe: ast.ClassDef) -> Iterator[Fault]:
    """The names of the class and of its instance mean one thing each throughout the script."""
    for node in ast.walk(tree):
        bound = own_names(node)
        if RECIPE_CLASS in bound and node is not recipe:
            yield Fault(line_of(node), f"{RECIPE_CLASS} is defined again")
    made = [each for each in tree.body if RECIPE in names_bound(each)]
    count = sum(RECIPE in own_names(node) for node in ast.walk(tree))
    if count > 1:
        yield Fault(line_of(made[-1]) if made else 1, f"{RECIPE} is bound more than once")
    for each in made:
        value = getattr(each, "value", None)
        if not (isinstance(value, ast.Call) and last_name(value.func) == RECIPE_CLASS):
            yield Fault(each.lineno, f"{RECIPE} is not {RECIPE_CLASS}()")


def call_faults(call: ast.Call, least: Mapping[str, int]) -> Iterator[Fault]:
    """A recipe made with other values, or changed after it was made."""
    called = last_name(call.func)
    if called in SETTERS:
        for each in call.args:
            match each:
                case ast.Constant(value=str() as name) if name in least:
                    yield Fault(call.lineno, f"{name} is set by {called}")
    if called != RECIPE_CLASS and called not in COPIERS:
        return
    if called == RECIPE_CLASS and call.args:
        yield Fault(call.lineno, f"{RECIPE_CLASS}() is given values without their names")
    for keyword in call.keywords:
        if keyword.arg is None:
            yield Fault(call.lineno, f"{called}() is given fields that the text does not name")
        elif keyword.arg in least:
            value = constant(keyword.value)
            yield from value_faults(call.lineno, keyword.arg, value, least[keyword.arg])


def names_bound(statement: ast.stmt) -> set[str]:
    """By a statement of a class or module itself, blocks included; not by what a function does inside."""
    inside = ast.walk(statement) if not isinstance(statement, SCOPES) else [statement]
    return {name for node in inside for name in own_names(node)}


def own_names(node: ast.AST) -> tuple[str, ...]:
    """What a node gives a meaning to, those in it aside."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return (node.name,)
        case ast.Name(ctx=ast.Store() | ast.Del()):
            return (node.id,)
        case ast.alias():
            return ((node.asname or node.name).partition(".")[0],)
        case _:
            return ()


def constant(node: ast.expr | None) -> int | None:
    """A whole number, or a sum, difference or product of such; else None."""
    found: int | None = None
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            found = value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            positive = constant(operand)
            found = None if positive is None else -positive
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            first, second = constant(left), constant(right)
            if first is None or second is None or (second == 0 and isinstance(op, ast.FloorDiv)):
                return None
            found = OPERATORS[type(op)](first, second)
    return found if found is not None and abs(found) <= LARGEST else None


def last_name(node: ast.expr) -> str:
    """`Recipe` of `Recipe` and of `recipes.Recipe`."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


def line_of(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
