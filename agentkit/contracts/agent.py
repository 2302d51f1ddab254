"""A coding agent of somebody else, which has a command line and does an attempt's work."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from agentkit.contracts.record import Record


def split_words(value: Any) -> Any:
    """A command line as one text becomes its words; ValueError for a quote without its other half."""
    return tuple(shlex.split(value)) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(split_words), Field(min_length=1)]
"""The words of a command, given as a list or as one text quoted like in a shell; no shell reads it."""


class AgentCommand(Record):
    """How it is started in an attempt's sandbox, in the workspace, and when it is ended."""

    argv: Words
    """In each word `{instruction}` stands for the text of the task, `{prompt_file}` for a file that holds
    it, `{model}` for what the agent has to call the model, `{base_url}` for where it is served."""
    seconds: float = 3600.0
    """Wall clock, its model calls included."""
    silent_seconds: float | None = None
    """Wall clock without a byte of output."""
    grace_seconds: float = 10.0
    """How long it may go on after it was told that a cap is reached, and its calls after it has ended."""
    folders: tuple[Path, ...] = ()
    """Host folders that it is installed in, seen read-only at the same place."""
    variables: Mapping[str, str] = Field(default_factory=dict)
