"""Single checks of a machine, each a question with an answer and a remedy."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentkit.cli.figures import first_line
from agentkit.models.keys import KEYS
from agentkit.runs.machine import describe_machine

OLDEST_PYTHON = (3, 11)
TORCH = "torch==2.13.0"
NEEDED_BYTES = 500 * 2**20
"""A run writes a few MB; a training's checkpoints and a shared disk want some room."""
PROBE_SECONDS = 120.0

IMPORT_TORCH = "import torch; print(torch.__version__, torch.cuda.is_available())"


State = Literal["ok", "missing", "optional", "info"]


@dataclass(frozen=True)
class Check:
    """`missing` is needed and not there; `optional` is not there and can be done without; `info` just is."""

    name: str
    state: State
    detail: str
    fix: str = ""


def check_python(version: tuple[int, ...]) -> Check:
    found = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Check(
            "Python", "missing", f"{found} is older than {wanted}", f"install Python {wanted} or newer"
        )
    return Check("Python", "ok", f"{found} ({platform.system()} {platform.machine()})")


def check_torch(python: Sequence[str]) -> Check:
    """Imports it in a process of its own: an installation that does not load is as good as none."""
    fix = f"pip install {TORCH}"
    try:
        done = subprocess.run(
            [*python, "-W", "ignore", "-c", IMPORT_TORCH],
            capture_output=True, text=True, timeout=PROBE_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Check("torch", "missing", f"did not load within {PROBE_SECONDS:.0f} seconds", fix)
    if done.returncode != 0:
        why = done.stderr.strip().splitlines()[-1:] or ["it does not load"]
        return Check("torch", "missing", f"{why[0]} (the CPU build is enough)", fix)
    version, gpu = done.stdout.split()
    return Check("torch", "ok", f"{version}, {'can' if gpu == 'True' else 'cannot'} use a GPU here")


def check_folder(name: str, folder: Path) -> Check:
    """Whether runs can be written there, and how much room is left; nothing is made."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        why = "is not a folder" if not place.is_dir() else "cannot be written"
        return Check(name, "missing", f"{place} {why}", "choose another with --runs-folder DIR")
    free = shutil.disk_usage(place).free
    room = f"{folder}, {free / 2**30:.1f} GiB free"
    if free < NEEDED_BYTES:
        return Check(name, "missing", room, "make room, or choose another with --runs-folder DIR")
    return Check(name, "ok", room)


def check_processor() -> Check:
    machine = describe_machine()
    memory = f"{machine['memory_gib']} GiB memory"
    return Check("processor", "info", f"{machine['processor']}, {machine['cores']} cores, {memory}")


def find_gpus(program: str = "nvidia-smi") -> Iterator[Check]:
    """One line a GPU, as nvidia-smi names it."""
    path = shutil.which(program)
    if path is None:
        yield Check("GPU", "info", f"none found ({program} is not installed); profile pocket needs none")
        return
    query = [path, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Check("GPU", "optional", f"{program} does not answer: {first_line(str(error))}")
        return
    if done.returncode != 0:
        yield Check("GPU", "optional", f"{program} fails: {first_line(done.stdout + done.stderr)}")
        return
    for number, line in enumerate(filter(None, map(str.strip, done.stdout.splitlines()))):
        yield Check(f"GPU {number}", "ok", line)


def check_program(program: str, use: str, *, name: str = "", package: str = "") -> Check:
    """Something that is used where it is there."""
    path = shutil.which(program)
    if path is not None:
        return Check(name or program, "ok", path)
    installer = next((each for each in ("apt-get", "dnf", "pacman", "brew") if shutil.which(each)), "")
    verb = "-S" if installer == "pacman" else "install"
    install = f"{installer} {verb} {package or program}" if installer else f"install {package or program}"
    return Check(name or program, "optional", f"not found; {use}", install)


def check_keys(environ: Mapping[str, str]) -> Check:
    """By name only; a value is never read further than whether it is empty."""
    found = [name for names in KEYS.values() for name in names if environ.get(name)]
    if found:
        return Check("model keys", "ok", f"{', '.join(found)} (set, not tried)")
    example = KEYS["openai"][0]
    detail = "none in the environment; without one, recorded demonstrations are played"
    return Check("model keys", "optional", detail, f"export {example}=…")
