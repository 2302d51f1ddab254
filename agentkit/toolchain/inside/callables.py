"""Callables: the functions of the workspace that a question names, and the arguments they are called with."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Function = Callable[..., Any]


def load(reference: str) -> Function:
    """`file.py:function`; its folder is where it imports from first."""
    file, _, name = reference.partition(":")
    path = Path(file).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{len(sys.modules)}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function: Function = getattr(module, name)
    return function


class Inputs:
    """The arguments for a seed, made anew each time, so that no call can write into another's."""

    def __init__(self, reference: str) -> None:
        """Empty: there are none. A function without parameters is asked for the same ones each time."""
        self.function = load(reference) if reference else None
        self.seeded = bool(self.function and inspect.signature(self.function).parameters)

    def __call__(self, seed: int) -> tuple[Any, ...]:
        if self.function is None:
            return ()
        made = self.function(seed) if self.seeded else self.function()
        return tuple(made) if isinstance(made, tuple | list) else (made,)
