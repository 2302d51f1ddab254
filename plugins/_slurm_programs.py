"""Slurm's own programs: what is asked of them, how they answer, and what it means if they do not."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from agentkit.errors import MissingRequirement, RunProblem

PROGRAMS = ("sbatch", "squeue", "scancel", "scontrol", "srun")
NAME = "agentkit-"
"""How our jobs' names begin; the rest is the name of the batch's file, so that nobody has to keep job ids."""
MOST_TASKS = 1001
"""In an array, unless Slurm says otherwise: its own default."""
ASK_SECONDS = 60.0
"""For one of the programs to answer."""
AWAY = re.compile(r"unable to contact slurm controller|connect failure|socket timed out", re.IGNORECASE)


class Row(NamedTuple):
    """A task of ours in the queue, as squeue tells it."""

    job: str
    """Such as 12_3, which scancel takes."""
    state: str
    reason: str
    batch: str
    number: int


def queued() -> list[Row]:
    """The tasks of ours that wait, run or are being ended, of whatever sweep."""
    text = ask("squeue", "--me", "--noheader", "--array", "--format=%i|%K|%T|%r|%j")
    return [row for row in map(parse_row, text.splitlines()) if row]


def parse_row(line: str) -> Row | None:
    """Of a task whose name is one of ours."""
    parts = line.strip().split("|", 4)
    if len(parts) < 5 or not parts[4].startswith(NAME) or not parts[1].isdecimal():
        return None
    job, number, state, reason, name = parts
    return Row(job, state, reason, name.removeprefix(NAME), int(number))


def largest_array() -> int:
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", ask("scontrol", "show", "config"), re.MULTILINE)
    return max(1, int(found.group(1))) if found else MOST_TASKS


def ask(*command: str) -> str:
    """What one of Slurm's programs answers. Raises RunProblem with its words if it does not."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=ASK_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise missing([command[0]]) from error
    except subprocess.TimeoutExpired as error:
        raise away(f"no answer within {ASK_SECONDS:g} s") from error
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.strip() or f"exit code {done.returncode}"
    if AWAY.search(said):
        raise away(said)
    raise RunProblem(f"`{shlex.join(command)[:200]}` failed.", *said.splitlines())


def missing(names: Sequence[str]) -> MissingRequirement:
    return MissingRequirement(
        f"The engine 'slurm' needs {', '.join(names)}, which {'is' if len(names) == 1 else 'are'} not here.",
        "Looked in: the folders of PATH",
        "Next: run this on a cluster's login node (perhaps after `module load slurm`), or --engine local",
    )


def away(said: str) -> MissingRequirement:
    return MissingRequirement(
        "Slurm's controller does not answer.",
        f"It was said: {said}",
        "Jobs that run go on without it.",
        "Next: `scontrol ping`; once it is back, the same command takes the sweep up again",
    )
