"""What this machine has of what the scripts need, found without importing torch; and how to get the rest."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from agentkit.contracts.sandbox import Mount
from agentkit.contracts.task import Lack
from agentkit.errors import AgentkitError
from agentkit.sandboxes.gpus.devices import find_devices

from .gpu_table import Machine, Requirements, lacks_of

PACKAGES = ("flash_attn_interface", "kernels", "tiktoken")
PROBE_SECONDS = 20.0
KERNEL = re.compile(r"get_kernel\(\s*[\"']([\w.-]+/[\w.-]+)[\"']")
FLASH_ATTENTION = (
    "git clone https://github.com/Dao-AILab/flash-attention && "
    "cd flash-attention/hopper && python setup.py install"
)


@cache
def this_machine() -> Machine:
    return Machine(
        gpus=len(find_devices()),
        capability=least_capability(),
        torch=torch_version(),
        packages=tuple(name for name in PACKAGES if find_spec(name) is not None),
    )


def least_capability(program: str = "nvidia-smi") -> tuple[int, int]:
    """Of all GPUs, as the driver tells it; (0, 0): it does not."""
    path = shutil.which(program)
    if path is None:
        return (0, 0)
    query = [path, "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    return min(map(two_numbers, done.stdout.split()), default=(0, 0))


def torch_version() -> tuple[int, int]:
    try:
        return two_numbers(version("torch"))
    except PackageNotFoundError:
        return (0, 0)


def two_numbers(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def machine_lacks(row: Requirements, machine: Machine, ranks: int, otherwise: str) -> list[Lack]:
    """`otherwise`: what to do on a machine without the GPUs for it."""
    return [Lack(what=each, fix=fix_of(each, row, otherwise)) for each in lacks_of(row, machine, ranks)]


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


@dataclass(frozen=True)
class Downloads:
    """What some scripts get over the network as they start: fetched once by the user, and shown read-only."""

    folder: Path
    """Below the cache."""
    kernels: tuple[str, ...]
    """Repositories of kernels, as `get_kernel` names them."""
    encoding: bool
    """Whether tiktoken's files for GPT-2 are needed."""

    @classmethod
    def of(cls, texts: Iterable[str], cache: Path) -> Downloads:
        texts = list(texts)
        kernels = dict.fromkeys(name for text in texts for name in KERNEL.findall(text))
        encoding = any(re.search(r"^\s*import tiktoken\b", text, re.MULTILINE) for text in texts)
        return cls(cache / "speedrun", tuple(kernels), encoding)

    def lacks(self) -> list[Lack]:
        found = []
        for name in self.kernels:
            if not any((self.folder / "kernels").glob(f"*--{name.replace('/', '--')}")):
                code = f'from kernels import get_kernel; get_kernel("{name}")'
                found.append(Lack(what=f"the kernels {name}", fix=self._command("KERNELS_CACHE", code)))
        if self.encoding and not any((self.folder / "tiktoken").glob("*")):
            code = 'import tiktoken; tiktoken.get_encoding("gpt2")'
            found.append(
                Lack(what="tiktoken's files for GPT-2", fix=self._command("TIKTOKEN_CACHE_DIR", code))
            )
        return found

    def _command(self, variable: str, code: str) -> str:
        folder = self.folder / PLACES[variable]
        return f"{variable}={shlex.quote(str(folder))} python -c {shlex.quote(code)}"

    def mounts(self) -> tuple[Mount, ...]:
        return tuple(
            Mount(source=self.folder / name, target=Path("/data") / name)
            for name in PLACES.values()
            if (self.folder / name).is_dir()
        )

    def variables(self) -> dict[str, str]:
        return {
            variable: f"/data/{name}" for variable, name in PLACES.items() if (self.folder / name).is_dir()
        }


PLACES: Mapping[str, str] = {"KERNELS_CACHE": "kernels", "TIKTOKEN_CACHE_DIR": "tiktoken"}
"""Variable to folder."""


def as_lack(error: AgentkitError) -> Lack:
    """An error that says what to type next, as a lack."""
    steps = [line for line in error.lines if line.startswith(("Next: ", "Or: "))]
    what = " ".join([error.message, *(line for line in error.lines if line not in steps)])
    fix = steps[0].partition(": ")[2] if steps else "agentkit doctor"
    return Lack(what=what.removesuffix("."), fix=fix)
