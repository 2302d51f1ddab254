"""Kept: a record in a file of its own, written whole after each measurement, and read by who goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agentkit.contracts.record import Record
from agentkit.errors import RunProblem
from agentkit.runs.folder import write_whole

Kept = TypeVar("Kept", bound=Record)


def read_kept(kind: type[Kept], path: Path) -> Kept | None:
    """None where there is none. Raises RunProblem for a damaged one: what it holds was dear to measure."""
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        said = str(error).splitlines()[0]
        raise RunProblem(
            f"{path} cannot be read: {said}.", "Next: mend it from a copy, or move it away"
        ) from error


def write_kept(path: Path, record: Record) -> None:
    """Raises RunProblem where it cannot be written; what was there stays."""
    try:
        write_whole(path, record.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise RunProblem(
            f"{path} cannot be written: {error.strerror}.", "Next: make room, and say the same again"
        ) from error
