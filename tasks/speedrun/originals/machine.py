"""What this machine has of what the scripts need, found without importing torch; and how to get the rest."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from agentkit.contracts.task import Lack
from agentkit.sandboxes.gpus.devices import find_devices

from .gpu_table import Machine, Requirements, lacks_of

PACKAGES = ("flash_attn_interface", "kernels", "tiktoken")
FLASH_ATTENTION = (
    "git clone https://github.com/Dao-AILab/flash-attention && "
    "cd flash-attention/hopper && python setup.py install"
)


@cache
def this_machine() -> Machine:
    devices = find_devices()
    return Machine(
        gpus=len(devices),
        capability=min((each.capability for each in devices), default=(0, 0)),
        torch=torch_version(),
        packages=tuple(name for name in PACKAGES if find_spec(name) is not None),
    )


def torch_version() -> tuple[int, int]:
    try:
        return two_numbers(version("torch"))
    except PackageNotFoundError:
        return (0, 0)


def two_numbers(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def machine_lacks(row: Requirements, machine: Machine, ranks: int, otherwise: str) -> list[Lack]:
    """One for each command that mends something. `otherwise`: what to do on a machine without the GPUs."""
    by_fix: dict[str, list[str]] = {}
    for what in lacks_of(row, machine, ranks):
        by_fix.setdefault(fix_of(what, row, otherwise), []).append(what)
    return [Lack(what="; ".join(whats), fix=fix) for fix, whats in by_fix.items()]


def fix_of(what: str, row: Requirements, otherwise: str) -> str:
    name = what.removeprefix("the package ")
    if name == "flash_attn_interface":
        return FLASH_ATTENTION
    if name != what:
        return f"pip install {name}"
    if "torch" in what:
        release = re.match(r"\d+\.\d+(\.\d+)?", row.torch)
        return f"pip install 'torch>={release[0]}'" if release else "pip install --upgrade torch"
    return otherwise


def python_lacks(files: Iterable[Mapping[str, str]]) -> list[Lack]:
    """Two scripts have f-strings that only Python 3.12 reads."""
    for name, text in (each for texts in files for each in texts.items()):
        if not name.endswith(".py"):
            continue
        try:
            with warnings.catch_warnings(action="ignore"):
                ast.parse(text)
        except SyntaxError as error:
            running = ".".join(map(str, sys.version_info[:2]))
            what = f"a Python that reads {name}, line {error.lineno} ({error.msg} in Python {running})"
            return [Lack(what=what, fix="run agentkit with Python 3.12 or newer")]
    return []
