"""A small kernel problem (twice the input), and one evaluation of a candidate's text against it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate
from agentkit.evaluation.kernels.evaluator import KernelEvaluator
from agentkit.evaluation.kernels.problem import KernelProblem, KernelRules, Work
from agentkit.evaluation.locked import LockedFiles
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

BASELINE = """
import numpy as np
def kernel(x):
    out = np.empty(x.shape, x.dtype)
    for row in range(len(x)):
        out[row] = np.tanh(x[row])
    return out
"""
RULES: dict[str, Any] = {
    "timed": ({"n": (1900, 2100), "d": (60, 70)}, {"n": (3900, 4100), "d": (30, 34)}),
    "checked": {"n": (1, 40), "d": (1, 30)},
    "calls": (4, 6),
    "warmups": (1, 2),
    "checks": 3,
    "load_seconds": 60.0,
    "answer_seconds": 30.0,
}


def tanh(x: Any) -> Any:
    import numpy as np

    return np.tanh(x)


@dataclass
class Bench:
    """Evaluates texts of kernel.py."""

    folder: Path
    sandbox: Sandbox
    problem: KernelProblem

    def evaluator(self, **changed: Any) -> KernelEvaluator:
        baseline = self.folder / "baseline.py"
        if not baseline.exists():
            baseline.write_text(BASELINE)
        rules = KernelRules(**{**RULES, **changed})
        return KernelEvaluator(self.problem, rules, baseline, LockedFiles.of({"baseline": baseline}), ())

    def __call__(self, text: str | None, **changed: Any) -> Outcome:
        folder = self.folder / "candidate"
        folder.mkdir(exist_ok=True)
        if text is not None:
            (folder / "kernel.py").write_text(text)
        return self.run(self.evaluator(**changed))

    def run(self, evaluator: KernelEvaluator) -> Outcome:
        jobs = FolderJobs(self.folder / "jobs", self.sandbox)
        candidate = Candidate(
            self.folder / "candidate", self.sandbox, seed=3, logs=self.folder / "logs", jobs=jobs
        )
        return asyncio.run(evaluator.evaluate(candidate))


@pytest.fixture
def problem() -> KernelProblem:
    return KernelProblem(
        inputs=lambda sizes: ((sizes["n"], sizes["d"]),),
        output=lambda sizes: (sizes["n"], sizes["d"]),
        reference=tanh,
        work=lambda sizes, width: Work(bytes=2 * width * sizes["n"] * sizes["d"]),
    )


@pytest.fixture
def rules() -> Callable[..., KernelRules]:
    return lambda **changed: KernelRules(**{**RULES, **changed})


@pytest.fixture(params=["bubblewrap", "local"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "local":
        return LocalSandbox()
    report = check_bubblewrap()
    if not report.usable:
        pytest.skip(f"bubblewrap does not work here: {report.detail}")
    return BubblewrapSandbox()


@pytest.fixture
def bench(tmp_path: Path, sandbox: Sandbox, problem: KernelProblem) -> Bench:
    return Bench(tmp_path, sandbox, problem)


@pytest.fixture
def walled(tmp_path: Path, problem: KernelProblem) -> Bench:
    """In bubblewrap only, where a test would only repeat itself."""
    report = check_bubblewrap()
    if not report.usable:
        pytest.skip(f"bubblewrap does not work here: {report.detail}")
    return Bench(tmp_path, BubblewrapSandbox(), problem)
