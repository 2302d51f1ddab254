"""The folder of a run: complete by itself, readable with `less` and `jq`.

run.json        the manifest: everything the run was told, and where each value came from
journal.jsonl   the truth, append-only
blobs/          contents by digest: snapshots and their files
attempts/<id>/  diff.patch, outcome.log, logs/ of tools
summary.json    what it came to, written at every end
checkpoints.sqlite   LangGraph's; may be deleted
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agentkit.contracts.events import Event
from agentkit.contracts.summary import Summary
from agentkit.errors import RunProblem, UnknownName, UsageError
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import RunState
from agentkit.journal.log import read_events
from agentkit.runs.summarise import summarise

REQUIRED = (
    "task", "scaffold", "model", "hints", "profile", "sandbox", "seed", "settings", "budget", "metric",
)  # fmt: skip
"""Of a manifest, for its summary."""
MOST_NAMED = 40
"""Runs in one message."""


@dataclass(frozen=True)
class RunFolder:
    """A run to read; nothing here writes to it but `create_run`."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        try:
            manifest = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
            if not isinstance(manifest, dict):
                raise ValueError("it is no JSON object")
            if missing := [key for key in REQUIRED if key not in manifest]:
                raise ValueError(f"it lacks {', '.join(missing)}")
        except (OSError, ValueError) as error:
            raise RunProblem(
                f"{self.path} is no run folder: its run.json cannot be read ({error}).",
                "Next: agentkit runs",
            ) from error
        return manifest

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.path / "blobs")

    def events(self) -> Iterator[Event]:
        return read_events(self.path / "journal.jsonl")

    def state(self) -> RunState:
        state = RunState()
        for event in self.events():
            state.apply(event)
        return state

    def summary(self) -> Summary:
        """Folded afresh from the journal, so it is true of a run that is under way or was killed."""
        return summarise(self.path, self.manifest, self.state())

    def diff(self, attempt: str = "") -> str:
        """An attempt against what it started from; without one, the answer against the task's start files."""
        path = self.path / (f"attempts/{attempt}/diff.patch" if attempt else "answer.patch")
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""


def create_run(runs_folder: Path, task: str, manifest: Mapping[str, Any]) -> RunFolder:
    """Make `<runs>/<date>-<task>[-n]` with its manifest. Raises RunProblem where it cannot."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{re.sub(r'[^a-z0-9]+', '-', task.lower()).strip('-')}"
    try:
        runs_folder.mkdir(parents=True, exist_ok=True)
        path = _new_folder(runs_folder, stem)
        write_whole(path / "run.json", json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n")
    except OSError as error:
        raise RunProblem(
            f"No run folder can be made in {runs_folder}: {error.strerror}.",
            "Next: choose another place with --runs-folder DIR, or mend its permissions.",
        ) from error
    return RunFolder(path.resolve())


def open_run(reference: str | Path, runs_folder: Path = Path("runs")) -> RunFolder:
    """A path, a name under `runs_folder`, the unique start of a name, or `latest`."""
    path = Path(reference).expanduser()
    if (path / "run.json").is_file():
        return RunFolder(path.resolve())
    names = [each.name for each in list_runs(runs_folder)]
    name = str(reference)
    matches = [each for each in names if each.startswith(name)]
    if name == "latest" and names:
        matches = names[-1:]
    if name in names:
        matches = [name]
    if len(matches) > 1:
        raise UsageError(
            f"The name of more than one run begins with '{name}'.",
            f"Found: {', '.join(matches[:MOST_NAMED])}{' …' if len(matches) > MOST_NAMED else ''}",
            f"Looked in: {runs_folder}",
            "Next: give more of the name, or `latest` for the newest run of all",
        )
    if not matches:
        next_step = "agentkit runs" if names else "agentkit solve TASK makes one; agentkit list tasks"
        raise UnknownName("run", name, names, [str(runs_folder)], next_step)
    return RunFolder((runs_folder / matches[0]).resolve())


def list_runs(runs_folder: Path) -> list[RunFolder]:
    """Oldest first; a name begins with its date."""
    return [RunFolder(path.parent) for path in sorted(runs_folder.glob("*/run.json"))]


def write_whole(path: Path, text: str) -> None:
    """By a rename, so that a reader or a crash never meets half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _new_folder(parent: Path, stem: str) -> Path:
    for number in range(1, 10_000):
        path = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise RunProblem(f"{parent} already holds 9,999 runs named {stem}.")
