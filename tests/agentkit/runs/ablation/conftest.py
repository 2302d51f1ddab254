"""A work whose score is a sum and a product, evaluated in this process, and its ablation without any run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Lack, Metric, Task
from agentkit.journal.blobs import Blobs
from agentkit.runs.ablation.measuring import Place
from agentkit.runs.ablation.subject import Subject
from agentkit.runs.confirming.opponents import Opponents, Version
from agentkit.runs.solve import snapshot_files
from agentkit.sandboxes.local import LocalSandbox
from agentkit.source.atomic.edits import atomic_edits

START = '"""Start."""\nwidth = 1\ndepth = 1\n\nrate = 1.0\nscore = width * depth + rate\n'
WHOLE = '"""Whole."""\nwidth = 4\ndepth = 3\n\nrate = 3.0\nscore = width * depth + rate\n'


@dataclass
class Mixing:
    """Runs `work.py`; every seed adds its last digit in hundredths, to all versions alike."""

    evaluated: list[tuple[str, int]] = field(default_factory=list)
    """(text, seed): how often the harness really evaluated."""
    stop_after: int | None = None
    """Raises KeyboardInterrupt at this evaluation, as if the process had been ended in it."""

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        text = (candidate.folder / "work.py").read_text()
        if len(self.evaluated) == self.stop_after:
            raise KeyboardInterrupt
        self.evaluated.append((text, candidate.seed))
        names: dict[str, Any] = {}
        try:
            exec(text, names)
        except ArithmeticError as error:
            return Outcome(status="crash", reason=str(error), seconds=1.0)
        score = names["score"] + candidate.seed % 10 / 100
        status = "invalid" if names.get("broken") else "valid"
        return Outcome.model_validate(
            {"status": status, "metrics": {"score": score}, "trust": "verified", "seconds": 1.0,
             "reason": "it is broken" if names.get("broken") else ""}
        )  # fmt: skip


MakeSubject = Callable[..., Subject]


@pytest.fixture
def make_subject(tmp_path: Path) -> MakeSubject:
    def make(start: str = START, whole: str = WHOLE, calibrated: bool = True) -> Subject:
        blobs = Blobs(tmp_path / "blobs")
        digests = []
        for name, text in (("start", start), ("whole", whole)):
            (tmp_path / f"{name}.py").write_text(text)
            digests.append(snapshot_files({"work.py": tmp_path / f"{name}.py"}, blobs))
        opponents = Opponents(
            Version("attempt a1 of r", digests[1]), Version("the start files", digests[0]), blobs
        )
        edits = atomic_edits({"work.py": start.encode()}, {"work.py": whole.encode()})
        return Subject(
            opponents, edits, calibration() if calibrated else None, 2.0, tmp_path / "ablations" / "a1"
        )

    return make


def calibration(noise: float = 0.1) -> Calibration:
    """From 2 to 15."""

    def outcome(score: float) -> Outcome:
        return Outcome(status="valid", metrics={"score": score})

    pairs = tuple(
        Pair(seed=seed, start=outcome(2 + noise * side), target=outcome(15 - noise * side))
        for seed, side in ((1, 1), (2, -1), (3, 0))
    )
    return Calibration(task="toy/mix", digest="d", machine="m", metric="score", pairs=pairs)


@pytest.fixture
def mixing() -> Mixing:
    return Mixing()


@pytest.fixture
def place(tmp_path: Path, mixing: Mixing) -> Place:
    task = Task(
        reference="toy/mix", title="", purpose="", instructions="", files={"work.py": tmp_path / "start.py"},
        metric=Metric(name="score"), evaluator=mixing, folder=tmp_path, digest="d",
    )  # fmt: skip
    return Place(task, LocalSandbox(), tmp_path / "cache")
