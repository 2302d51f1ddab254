"""Run: what `agentkit.solve` returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.summary import Answer, Summary
from agentkit.runs.folder import RunFolder


@dataclass(frozen=True)
class Run:
    """A run that has ended, for whatever reason; `summary.state` and `summary.reason` say which."""

    folder: RunFolder
    summary: Summary

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def best(self) -> Answer | None:
        """The answer, re-measured; None if no attempt held up."""
        return self.summary.best

    def diff(self, attempt: str = "") -> str:
        """The answer against the task's start files; or an attempt against what it started from."""
        return self.folder.diff(attempt)
