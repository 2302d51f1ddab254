"""End2End: research from a paper's idea to a checked report.

Three real tasks, from the user's checkout of End2End-Bench's examples, and miniatures of our own in which
the same research is done on a CPU in seconds. A folder with a `mini.toml` is a miniature.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.task import Task, TaskEntry
from agentkit.errors import UnknownName

from .miniature import load_miniature, miniature_names, read_miniature

BENCHMARK = "end2end"


class End2End:
    """Implements `contracts.task.Benchmark`."""

    purpose = "Research from a paper's idea to a report with evidence: the real tasks, or in miniature."
    profiles: Sequence[str] = ()

    def entries(self) -> Sequence[TaskEntry]:
        return [TaskEntry(name=name, purpose=read_miniature(name).purpose) for name in miniature_names()]

    def load(self, name: str, profile: str) -> Task:
        if profile not in ("auto", ""):
            raise UnknownName("profile", profile, (), next_step="leave --profile out")
        return load_miniature(f"{BENCHMARK}/{name}", name)


benchmark = End2End()
