"""What the stages of an attempt work with: one context a run, one work a attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.budget import Budget
from agentkit.contracts.model import Model, ModelCard, ModelRole
from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.contracts.scaffold import Gain, Operator, Scaffold
from agentkit.contracts.task import Task
from agentkit.contracts.tool import Tool, ToolContext
from agentkit.errors import BrokenPlugin
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import Selected
from agentkit.journal.log import Journal
from agentkit.journal.shared_budget import SharedBudget
from agentkit.sandboxes.workspace import SnapshotWorkspace, lay_out
from agentkit.search.prompt import Prompts, open_prompts
from agentkit.search.text import fenced

SEEDS_PER_RUN = 1000
"""Run seed s evaluates its attempts on s·1000 + number; from s·1000 + 500 on are the finaliser's."""
FRESH_SEEDS_FROM = 500


@dataclass(frozen=True)
class RunContext:
    """One run's parts, all decided before its first attempt."""

    task: Task
    environment: Environment
    scaffold: Scaffold
    journal: Journal
    blobs: Blobs
    sandbox: Sandbox
    models: Mapping[ModelRole, Model]
    tools: Mapping[str, Tool]
    budget: Budget
    hints: str
    seed: int
    folder: Path
    start: str
    """Digest of the start files' snapshot."""
    width: int = 1
    edits_only: bool = False
    """Use the `edit` coder although the model could call tools."""
    measurements: int = 3
    """Fresh seeds on which the finaliser measures the answer."""
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    """By model name; one that is not there is not known."""
    longest_reply: int | None = None
    """Tokens; the user's own limit."""
    reference: str = ""
    """One line on both ends of the task, for the prompts."""
    shared: SharedBudget | None = None
    """Caps that it keeps together with other runs."""
    prompts: Prompts = field(default_factory=open_prompts)
    earlier: Sequence[Gain] = ()
    """What helped in runs before this one, for operators that retrieve it."""

    def work(self, attempt: str) -> AttemptWork:
        return AttemptWork(self, self.journal.state.selected[attempt])


@dataclass(frozen=True)
class AttemptWork:
    """One attempt under way."""

    run: RunContext
    selected: Selected

    @property
    def id(self) -> str:
        return self.selected.id

    @cached_property
    def operator(self) -> Operator:
        name = self.selected.expansion.operator
        try:
            return self.run.scaffold.operators[name]
        except KeyError as error:
            known = ", ".join(self.run.scaffold.operators)
            raise BrokenPlugin(
                f"The scaffold's policy asked for operator '{name}', which the scaffold does not have.",
                f"Its operators: {known}",
                "Next: add it to `operators` where the scaffold is made.",
            ) from error

    @cached_property
    def parents(self) -> tuple[Attempt, ...]:
        attempts = self.run.journal.state.tree.attempts
        return tuple(attempts[parent] for parent in self.selected.expansion.parents)

    @property
    def base(self) -> str:
        """Digest of the files it starts from: its first parent's, or the task's."""
        return self.parents[0].snapshot if self.parents else self.run.start

    @property
    def folder(self) -> Path:
        """`attempts/<id>` of the run; stays after the attempt."""
        return self.run.folder / "attempts" / self.id

    @property
    def evaluation_seed(self) -> int:
        return self.run.seed * SEEDS_PER_RUN + self.selected.number % FRESH_SEEDS_FROM

    def open_workspace(self, digest: str) -> SnapshotWorkspace:
        """The attempt's working folder, made anew to hold exactly that snapshot."""
        folder = self.folder / "workspace"
        folder.mkdir(parents=True, exist_ok=True)
        workspace = SnapshotWorkspace(folder, self.run.blobs)
        workspace.restore(digest)
        return workspace

    def tool_context(self, workspace: SnapshotWorkspace) -> ToolContext:
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        return ToolContext(
            workspace=workspace,
            sandbox=self.run.sandbox,
            environment=self.run.environment,
            logs=logs,
            editable=self.run.task.editable,
            locked_regions=self.run.task.locked_regions,
        )

    def diff(self, before: str, after: str) -> str:
        return SnapshotWorkspace(self.folder, self.run.blobs).diff(before, after)

    def files(self, digest: str, max_chars: int = 60_000) -> str:
        """The text files of a snapshot as a model is shown them."""
        folder = self.folder / "view"
        lay_out(self.run.blobs, digest, folder)
        return show_files(folder, max_chars)


MOST_FILES = 200


def show_files(folder: Path, max_chars: int) -> str:
    """Every text file in a fence, by path; what does not fit is named with its size."""
    parts: list[str] = []
    room = max_chars
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        if len(parts) == MOST_FILES:
            parts.append(f"(more than {MOST_FILES} files; the rest is not named here)")
            break
        if b"\0" in data[:4096] or len(data) > room:
            parts.append(f"## {name}\n\n({len(data)} bytes, not shown)")
            continue
        room -= len(data)
        text = data.decode("utf-8", errors="replace").rstrip("\n")
        parts.append(f"## {name}\n\n{fenced(text)}")
    return "\n\n".join(parts) or "(no files)"
