"""End2End: research from a paper's idea to a checked report.

Three real tasks, from the user's checkout of End2End-Bench's examples, and miniatures of our own in which
the same research is done on a CPU in seconds. A folder with a `mini.toml` is a miniature.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.task import Task, TaskEntry
from agentkit.errors import UnknownName

from .miniature import load_miniature, miniature_names, read_miniature
from .originals.loading import PROFILE, load_original, original_entry, original_names

BENCHMARK = "end2end"


class End2End:
    """Implements `contracts.task.Benchmark`."""

    purpose = "Research from a paper's idea to a report with evidence: the real tasks, or in miniature."
    profiles: Sequence[str] = (PROFILE,)
    """Of the real tasks; a miniature has one size."""

    def entries(self) -> Sequence[TaskEntry]:
        small = [TaskEntry(name=name, purpose=read_miniature(name).purpose) for name in miniature_names()]
        return [*small, *map(original_entry, original_names())]

    def load(self, name: str, profile: str) -> Task:
        is_real = name in original_names()
        known = (PROFILE,) if is_real else ()
        if profile not in ("auto", "", *known):
            raise UnknownName("profile", profile, known, next_step="leave --profile out")
        load = load_original if is_real else load_miniature
        return load(f"{BENCHMARK}/{name}", name)


benchmark = End2End()
