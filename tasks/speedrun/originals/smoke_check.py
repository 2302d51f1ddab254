"""The first look at a candidate, inside a sandbox: can its files be compiled, and is what they import there?

Its text is handed to `python -P -c`, with the files as arguments; nobody imports it. The candidate's own code
does not run. Only imports at the top level count, outside of `try` and `if`: others may be meant to fail.
Of torch, NumPy and the standard library names are looked up too; of the rest, which may want a GPU as soon as
they are imported, only that they are installed. Prints a line for each fault; exits with 1 if there is one.
A script that compiles as it runs needs a C compiler, which is no fault of its own: exits with 2 without one.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

LOOKED_INTO = {"torch", "numpy", *sys.stdlib_module_names}

COMPILES = re.compile(rb"torch\.compile|^\s*(?:import|from) triton\b", re.MULTILINE)
NO_COMPILER = 2


def faults_of(path: Path, own: set[str]) -> Iterator[str]:
    try:
        text = path.read_bytes()
        tree = ast.parse(text, str(path))
        compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        yield f"{path}:{error.lineno or 0}: {type(error).__name__}: {error.msg}"
        return
    except (ValueError, RecursionError, MemoryError) as error:
        yield f"{path}: {type(error).__name__}: {error}"
        return
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from lacking(f"{path}:{node.lineno}", alias.name, (), own)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [alias.name for alias in node.names if alias.name != "*"]
            yield from lacking(f"{path}:{node.lineno}", node.module, names, own)


def lacking(place: str, module: str, names: Sequence[str], own: set[str]) -> Iterator[str]:
    top = module.partition(".")[0]
    if top in own or top == "__future__":
        return
    if top not in LOOKED_INTO:
        if importlib.util.find_spec(top) is None:
            yield f"{place}: ModuleNotFoundError: there is no module {top}"
        return
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        yield f"{place}: {type(error).__name__}: {error}"
        return
    for name in names:
        if hasattr(found, name):
            continue
        try:
            importlib.import_module(f"{module}.{name}")
        except ImportError:
            yield f"{place}: ImportError: {module} has no {name}"


def main(names: Sequence[str]) -> int:
    warnings.simplefilter("ignore")
    paths = [Path(name) for name in names]
    own = {path.stem for path in paths}
    faults = [fault for path in paths for fault in faults_of(path, own)]
    for fault in faults:
        print(fault, flush=True)
    if faults:
        return 1
    compiled = any(COMPILES.search(path.read_bytes()) for path in paths)
    return NO_COMPILER if compiled and not has_compiler() else 0


def has_compiler() -> bool:
    """As Triton looks for one, which builds what starts its kernels."""
    return any(map(shutil.which, filter(None, (os.environ.get("CC"), "gcc", "clang"))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
