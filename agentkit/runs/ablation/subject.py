"""The subject of an ablation: an attempt of a run, what it is held against, and the edits between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.task import Task
from agentkit.errors import RunProblem, UnknownName, UsageError
from agentkit.evaluation.locked import locked_part
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import RunState
from agentkit.runs.confirming.opponents import START_FILES, Opponents, Version
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.solve import snapshot_files
from agentkit.sandboxes.manifest import Entry, Manifest
from agentkit.source.atomic.edits import AtomicEdit, By, atomic_edits
from agentkit.source.atomic.pieces import applied
from agentkit.source.languages import language_of

FOLDER = "ablations"
"""Below a run's folder."""


@dataclass(frozen=True)
class Subject:
    """Both versions and the parts of their difference."""

    opponents: Opponents
    edits: tuple[AtomicEdit, ...]
    calibration: Calibration | None
    """Of the run: what its scores are relative to."""
    seconds: float | None
    """That one evaluation took in the run, on average; None: nobody knows."""
    path: Path
    """The folder of this ablation."""

    @property
    def active(self) -> tuple[AtomicEdit, ...]:
        """Those that may change what the work does."""
        return tuple(each for each in self.edits if not each.inert)

    def files(self, chosen: Sequence[AtomicEdit]) -> str:
        """Digest of the start with these edits, kept with the run's other snapshots.

        What changes nothing is in no mixture: so the same edits are the same files, whichever way is gone.
        """
        wanted = [each for each in self.active if each in chosen]
        if not wanted:
            return self.opponents.against.files
        if len(wanted) == len(self.active):
            return self.opponents.candidate.files
        return Mixture.of(self.opponents).save(wanted)


def find_attempt(reference: str, runs_folder: Path) -> tuple[RunFolder, str]:
    """`RUN/a3`, as a path or by a run's name; `RUN` alone is its answer. Raises UnknownName, UsageError."""
    if (Path(reference).expanduser() / "run.json").is_file() or "/" not in reference.strip("/"):
        folder = open_run(reference, runs_folder)
        answer = folder.state().answer
        if answer is None:
            raise UsageError(
                f"The run {folder.name} has no answer; say which attempt.",
                f"Next: agentkit ablate {folder.name}/a1; agentkit show {folder.name} lists them",
            )
        return folder, str(answer["attempt"])
    run, _, attempt = reference.rstrip("/").rpartition("/")
    return open_run(run, runs_folder), attempt


def subject_of(folder: RunFolder, attempt: str, task: Task, *, against: str = "", by: By = "edit") -> Subject:
    """Raises UnknownName or UsageError for an attempt that is not there, not valid, or changes nothing."""
    state = folder.state()
    made = finished(folder, state, attempt)
    refuse_invalid(folder, state, made)
    version = Version(f"attempt {attempt} of {folder.name}", made.snapshot)
    if against:
        start = Version(f"attempt {against}", finished(folder, state, against).snapshot)
    else:
        start = Version(START_FILES, snapshot_files(task.files, folder.blobs))
    opponents = Opponents(version, start, folder.blobs)
    mixture = Mixture.of(opponents)
    edits = atomic_edits(mixture.start, mixture.target, by=by, locked=locked_part(task.files, task.editable))
    if not any(not each.inert for each in edits):
        raise UsageError(
            f"There is nothing to leave out: {version.name} does not differ from {start.name}.",
            *(f"It changes {each.inert}." for each in edits),
            f"Next: agentkit show {folder.name} {attempt}",
        )
    name = f"{attempt}-against-{against}" if against else attempt
    calibration = Calibration.model_validate(state.calibrated) if state.calibrated else None
    return Subject(opponents, edits, calibration, usual_seconds(state, attempt), folder.path / FOLDER / name)


def finished(folder: RunFolder, state: RunState, attempt: str) -> Attempt:
    found = state.tree.attempts.get(attempt)
    if found is None:
        if attempt in state.selected:
            raise UsageError(f"Attempt {attempt} of {folder.name} is not finished.",
                             f"Next: agentkit resume {folder.name}")  # fmt: skip
        where = [f"{folder.path}/journal.jsonl"]
        raise UnknownName("attempt", attempt, state.tree.attempts, where, f"agentkit show {folder.name}")
    return found


def refuse_invalid(folder: RunFolder, state: RunState, attempt: Attempt) -> None:
    if attempt.valid:
        return
    valid = [each.id for each in state.tree.attempts.values() if each.valid]
    raise UsageError(
        f"Attempt {attempt.id} of {folder.name} has no figure to explain: it is {attempt.outcome.status}.",
        f"Found: {attempt.outcome.reason}" if attempt.outcome.reason else "",
        f"Valid are: {', '.join(valid)}" if valid else "No attempt of this run is valid.",
        f"Next: agentkit ablate {folder.name}/{valid[-1]}" if valid else f"Next: agentkit show {folder.name}",
    )


def usual_seconds(state: RunState, attempt: str) -> float | None:
    """Wall seconds of the attempt's own evaluations; of its fresh ones, where there are any."""
    fresh = [outcome.seconds for name, outcome in state.measured if name == attempt]
    found = fresh or [state.tree.attempts[attempt].outcome.seconds]
    known = [each for each in found if each > 0]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Mixture:
    """Two snapshots, and as bytes what differs or can be read as a program: data may be large."""

    before: Manifest
    after: Manifest
    start: Mapping[str, bytes]
    target: Mapping[str, bytes]
    blobs: Blobs

    @classmethod
    def of(cls, opponents: Opponents) -> Mixture:
        blobs = opponents.blobs
        before = Manifest.load(blobs, opponents.against.files)
        after = Manifest.load(blobs, opponents.candidate.files)
        paths = {path for path in before.entries.keys() | after.entries.keys()
                 if language_of(path) or content(before, path) != content(after, path)}  # fmt: skip
        start, target = (contents(each, blobs, paths) for each in (before, after))
        return cls(before, after, start, target, blobs)

    def save(self, chosen: Sequence[AtomicEdit]) -> str:
        """Digest of the start with these edits. What no edit holds, folders and links, is the attempt's."""
        files = applied(self.start, [piece for edit in chosen for piece in edit.pieces])
        held = self.start.keys() | self.target.keys()
        entries = {path: each for path, each in self.after.entries.items() if path not in held}
        for path, data in files.items():
            entries[path] = Entry("file", self.mode(path, data), self.blobs.put(data))
        return Manifest(with_folders(entries)).save(self.blobs)

    def mode(self, path: str, data: bytes) -> int:
        old, new = self.before.entries.get(path), self.after.entries.get(path)
        known = new if new is not None and (old is None or data == self.target.get(path)) else old
        assert known is not None, "every path is of one of the two"
        return known.mode


def content(manifest: Manifest, path: str) -> str:
    """Digest; empty where there is no such file."""
    entry = manifest.entries.get(path)
    return entry.content if entry is not None and entry.kind == "file" else ""


def contents(manifest: Manifest, blobs: Blobs, paths: Collection[str]) -> dict[str, bytes]:
    """Raises RunProblem where one is lost."""
    try:
        return {path: blobs.get(digest) for path in paths if (digest := content(manifest, path))}
    except KeyError as error:
        raise RunProblem(f"The content {error} is missing from {blobs.folder}.") from error


def with_folders(entries: dict[str, Entry]) -> dict[str, Entry]:
    """A folder that one version alone has is there for the files in it."""
    for path in list(entries):
        while (path := path.rpartition("/")[0]) and path not in entries:
            entries[path] = Entry("folder", 0o755)
    return entries
