"""Opponents: the two versions of the work that a confirmation compares, kept by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.contracts.task import Task
from agentkit.errors import UsageError
from agentkit.evaluation.folder_task import plain_files
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import RunState
from agentkit.runs.boundary import guarded, redactor_for
from agentkit.runs.folder import RunFolder
from agentkit.runs.plan import Plan, make_plan
from agentkit.runs.solve import snapshot_files

START, SOLUTION = "start", "solution"
START_FILES = "the start files"
KEPT_SETTINGS = ("docker_image", "cache_folder")
"""Of a run, that decide where it is measured."""


@dataclass(frozen=True)
class Version:
    """Files, by the digest of their snapshot, and what to call them."""

    name: str
    files: str


@dataclass(frozen=True)
class Opponents:
    """Both, and the blobs that hold them."""

    candidate: Version
    against: Version
    blobs: Blobs

    @property
    def digest(self) -> str:
        return f"{self.candidate.files} {self.against.files}"

    def first_seed(self, task: Task) -> int:
        """The same for whoever repeats it, and above those of every search and calibration. It depends on
        the candidate's own files, so none can have been made for it."""
        text = f"{task.reference} {task.digest} {self.digest}"
        return 10**6 + int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**9


def opponents_of_run(folder: RunFolder, state: RunState, task: Task) -> Opponents:
    """The run's answer, and the task's start files. Raises UsageError for a run without an answer."""
    if state.answer is None:
        raise UsageError(
            f"The run {folder.name} has no answer that could be confirmed.",
            f"Next: agentkit show {folder.name}",
        )
    attempt = str(state.answer["attempt"])
    answer = Version(f"attempt {attempt} of {folder.name}", state.tree.attempts[attempt].snapshot)
    start = Version(START_FILES, snapshot_files(task.files, folder.blobs))
    return Opponents(answer, start, folder.blobs)


def opponents_of_task(task: Task, candidate: str, against: str, blobs: Blobs) -> Opponents:
    """Each a folder, `start` or `solution`."""
    return Opponents(version(task, candidate, blobs), version(task, against, blobs), blobs)


def version(task: Task, told: str, blobs: Blobs) -> Version:
    if told == START:
        return Version(START_FILES, snapshot_files(task.files, blobs))
    if told == SOLUTION:
        if not task.solution:
            raise UsageError(f"{task.reference} has no reference solution.", "Next: name a folder instead")
        return Version("the reference solution", snapshot_files({**task.files, **task.solution}, blobs))
    folder = Path(told).expanduser().resolve()
    files = {path.relative_to(folder).as_posix(): path for path in plain_files(folder)}
    if not files:
        raise UsageError(
            f"There are no files in {folder}.",
            f"Looked for: a folder with a version of {', '.join(task.files)}; or `start`, or `solution`",
        )
    return Version(told, snapshot_files({**task.files, **files}, blobs))


def plan_for_run(folder: RunFolder, flags: Mapping[str, Any]) -> Plan:
    """The run's task, in its profile and, unless `flags` say otherwise, in its sandbox.

    Raises UsageError for another profile: that would be another task.
    """
    told = folder.manifest
    if flags.get("profile", told["profile"]) != told["profile"]:
        raise UsageError(
            f"The run {folder.name} was made in profile '{told['profile']}'.",
            "Another profile would be another task. Next: leave out --profile",
        )
    kept = {name: told["settings"][name] for name in KEPT_SETTINGS if name in told["settings"]}
    given = {**kept, "sandbox": told["sandbox"], **flags, "profile": told["profile"] or "auto"}
    return plan_measuring(told["task_address"], given, Path(told["project"]))


def plan_measuring(task: str, flags: Mapping[str, Any], project: Path | None = None) -> Plan:
    """For measurements alone: no model is asked. Behind the boundary that a run has."""
    plan = make_plan(task, {**flags, "scaffold": "nop"}, project=project)
    return guarded(plan, redactor_for(plan.settings))
