"""Sweep: a declared grid of runs. A cell is one of them, told by a spec that any engine can carry out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field

from agentkit.contracts.record import Record

CellState = Literal["waiting", "running", "finished", "failed", "refused", "missing"]
"""`finished`: its run came to an end of its own, with an answer or without. `failed`: every try was cut short
by something that was not the run's own doing, or its run ended with a fault. `refused`: it could not begin,
and would not another time. `missing`: its folder is gone. `waiting`: to be begun, or begun again."""


class RunSpec(Record):
    """Everything one run is told. Two cells that are told the same are one."""

    task: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    """As under [solve]: only what an axis or [fixed] says."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Axis to how its value is shown. No part of the digest: a label can be renamed at no cost."""

    @property
    def digest(self) -> str:
        """Of what is told, in whatever order; the name of the cell's folder."""
        told = json.dumps([self.task, self.settings], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class CellRow(Record):
    """A cell as it stands: folded from its folder, stored nowhere."""

    spec: RunSpec
    state: CellState
    reason: str = ""
    """Why it failed or was refused; of a running one what it does."""
    tries: int = 0
    """How often work on it was begun."""
    run: Path | None = None
    """The folder of the try that counts: the finished one, else the newest."""


class Engine(Protocol):
    """Has cells worked on. What came of them is in their folders and nowhere else.

    A plugin offers one by a Record `SETTINGS`, which is read from the table [engine.NAME] of the sweep file
    (`--workers` is its `workers`), and `open_engine(folder, settings)`, of which `folder` is the sweep's.
    """

    @property
    def name(self) -> str: ...

    def start(self, cells: Sequence[Path]) -> None:
        """Begin work on these folders, or have them wait in the engine's own queue. Raises AgentkitError."""

    def working(self) -> frozenset[str]:
        """Digests of cells that something works on, or that wait in the queue."""

    def room(self) -> int:
        """How many more cells would be begun now."""

    def stop(self) -> None:
        """End all work that this engine began; what was under way can be resumed."""
