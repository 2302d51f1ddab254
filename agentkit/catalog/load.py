"""Importing one entry, through Python's own import system; an author's mistake is named in their file."""

from __future__ import annotations

import traceback
from importlib import import_module, invalidate_caches
from inspect import iscoroutinefunction, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from agentkit.catalog.entry import Entry, shown
from agentkit.catalog.scan import EXPECTED
from agentkit.errors import BrokenPlugin
from agentkit.kits import FOLDERS, Kit


def load_entry(entry: Entry) -> Any:
    """The Tool, ScaffoldMaker or Benchmark of an entry; of a plugin its module."""
    source = entry.source
    if source is None:
        raise BrokenPlugin(f"{shown(entry.path)} has no adapter.py: its tasks are folders with task.toml.")
    if entry.broken:
        raise BrokenPlugin(f"{shown(source)} cannot be used: {entry.broken}.")
    module = import_source(entry, source)
    if entry.kind == "plugin":
        return check_plugin(entry, module, source)
    attribute = "benchmark" if entry.kind == "benchmark" else entry.name
    value = getattr(module, attribute, None)
    if not fits(entry, value):
        raise BrokenPlugin(
            f"{shown(source)} does not hold the {entry.kind} '{entry.name}'.",
            f"Expected: {EXPECTED[entry.kind].format(name=entry.name)}",
            f"Found: {describe(entry, module, attribute)}",
        )
    return value


def import_source(entry: Entry, source: Path) -> ModuleType:
    invalidate_caches()  # a file written a moment ago is otherwise missed
    try:
        module = import_module(entry.module)
    except (Exception, SystemExit) as error:  # an author's file may do anything
        last = traceback.format_exception_only(error)[-1].strip()
        raise BrokenPlugin(
            f"{shown(source)} cannot be imported: {last}",
            f"At: {place_of(error, entry.kit) or shown(source)}",
        ) from error
    found = getattr(module, "__file__", None)
    if found is None or not Path(found).samefile(source):
        raise BrokenPlugin(
            f"Python imports {entry.module} from {found}, not from {shown(source)}.",
            "Two kits have a file of that path. "
            "Next: run agentkit in the folder of one of them, or set AGENTKIT_PROJECT to it",
        )
    return module


def place_of(error: BaseException, kit: Kit) -> str:
    """FILE:LINE of the author's own code that an error came from; empty where none is on the way."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown(Path(error.filename))}:{error.lineno or 1}"
    folders = [kit.root / folder for folder in FOLDERS]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if any(path.is_relative_to(folder) for folder in folders):
            return f"{shown(path)}:{frame.lineno}"
    return ""


def fits(entry: Entry, value: object) -> bool:
    # Imported here because the contracts bring pydantic, which no listing needs.
    from agentkit.contracts.scaffold import ScaffoldMaker
    from agentkit.contracts.tool import Tool

    if entry.kind == "benchmark":
        return all(hasattr(value, member) for member in ("purpose", "profiles", "entries", "load"))
    wanted = Tool if entry.kind == "tool" else ScaffoldMaker
    return isinstance(value, wanted) and value.name == entry.name


def describe(entry: Entry, module: ModuleType, attribute: str) -> str:
    """What is there instead, in words that point at the mistake."""
    if not hasattr(module, attribute):
        return f"nothing of the name '{attribute}'"
    value = getattr(module, attribute)
    if isfunction(value):
        kind = "async function" if iscoroutinefunction(value) else "function"
        return f"a plain {kind}; is @{entry.kind} missing above it?"
    name = getattr(value, "name", attribute)
    if isinstance(name, str) and name != attribute:
        return f"{type(value).__name__} named '{name}'; the file and the function must have one name"
    return f"an object of the type {type(value).__name__}"


def check_plugin(entry: Entry, module: ModuleType, source: Path) -> ModuleType:
    for name in ("add_arguments", "run") if entry.command else ():
        if not callable(getattr(module, name, None)):
            raise BrokenPlugin(
                f"{shown(source)} does not offer the command '{entry.command}'.",
                f"Expected: {EXPECTED['plugin']}",
                f"Found: nothing callable of the name '{name}'",
            )
    return module
