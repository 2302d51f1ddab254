"""Workspace: the folder an attempt is made in, with a memory of its states."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Workspace(Protocol):
    """A snapshot is named by the digest of its content, so equal states have equal names."""

    @property
    def folder(self) -> Path: ...

    def snapshot(self) -> str:
        """Keep the present state; returns its digest. Costs what changed, not what is there."""

    def restore(self, digest: str) -> None:
        """Make the folder bit for bit what it was, modes and symlinks included."""

    def diff(self, before: str, after: str) -> str:
        """Unified diff of two snapshots; a binary file is named, not shown."""
