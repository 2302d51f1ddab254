"""agentkit: agent scaffolds for ML research.

These are the names that authors of tools, scaffolds and tasks import, and `solve`.
They are loaded when first used, so that `import agentkit` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
    from agentkit.contracts.outcome import Flag, Outcome
    from agentkit.contracts.record import Record
    from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, Mount, Sandbox
    from agentkit.contracts.scaffold import Operator, Policy, Scaffold, scaffold
    from agentkit.contracts.task import (
        Benchmark,
        Candidate,
        Evaluator,
        Lack,
        Metric,
        ProfileEntry,
        Task,
        TaskEntry,
    )  # fmt: skip
    from agentkit.contracts.tool import Tool, ToolContext, ToolResult, Truncated, reading_tool, tool
    from agentkit.runs.solve import solve

__version__ = "0.1.0"

_HOMES = {
    "agentkit.contracts.attempt": ("Attempt", "AttemptTree", "Expansion"),
    "agentkit.contracts.outcome": ("Flag", "Outcome"),
    "agentkit.contracts.record": ("Record",),
    "agentkit.contracts.sandbox": ("Command", "CommandResult", "Environment", "Limits", "Mount", "Sandbox"),
    "agentkit.contracts.scaffold": ("Operator", "Policy", "Scaffold", "scaffold"),
    "agentkit.contracts.task": (
        "Benchmark", "Candidate", "Evaluator", "Lack", "Metric", "ProfileEntry", "Task", "TaskEntry",
    ),
    "agentkit.contracts.tool": ("Tool", "ToolContext", "ToolResult", "Truncated", "reading_tool", "tool"),
    "agentkit.runs.solve": ("solve",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Attempt", "AttemptTree", "Benchmark", "Candidate", "Command", "CommandResult", "Environment",
    "Evaluator", "Expansion", "Flag", "Lack", "Limits", "Metric", "Mount", "Operator", "Outcome", "Policy",
    "ProfileEntry", "Record", "Sandbox", "Scaffold", "Task", "TaskEntry", "Tool", "ToolContext", "ToolResult",
    "Truncated", "reading_tool", "scaffold", "solve", "tool",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'agentkit' has no attribute '{name}'")
    return getattr(import_module(_HOME_OF[name]), name)
