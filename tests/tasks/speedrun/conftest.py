"""The pocket tier with short windows and an easy target, and scripts that are made in a second."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import OnOutput, Sandbox
from agentkit.contracts.task import Candidate
from agentkit.evaluation.language_model import LossRules
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

LONGEST = Path(__file__).with_name("test_check.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: at the end, all other workers would wait for it."""
    items.sort(key=lambda item: item.path != LONGEST)


HONEST = """
import os
import torch
from torch.nn.functional import one_hot

def train():
    path = os.path.join(os.environ["AGENTKIT_DATA"], "train.bin")
    with open(path, "rb") as file:
        data = torch.frombuffer(bytearray(file.read(200_000)), dtype=torch.uint8).long()
    counts = torch.ones(256, 256)
    counts.index_put_((data[:-1], data[1:]), torch.ones(len(data) - 1), accumulate=True)
    torch.save(counts.log(), "checkpoint.pt")

def load(path):
    table = torch.load(path, weights_only=True)

    def model(tokens):
        seen = one_hot(tokens, 256).float().cumsum(1)
        return table[tokens] + 0.2 * torch.log1p(seen)

    return model

if __name__ == "__main__":
    train()
    print("step:1/1 train_loss:2.5 train_time:900ms", flush=True)
"""


def speedrun(module: str) -> Any:
    """A module of the benchmark, as the catalog imports it."""
    return import_module(f"agentkit.builtin.tasks.speedrun.{module}")


@pytest.fixture(scope="session")
def honest() -> str:
    return HONEST


@pytest.fixture(scope="session")
def module() -> Callable[[str], Any]:
    return speedrun


@pytest.fixture(scope="session")
def rules() -> Any:
    loss = LossRules(windows=24, length=64, batch=8, reach=48, checked=12, unchanged=4, far=4)
    patience = speedrun("rules").Patience(load=60, answer=20)
    return speedrun("rules").PocketRules(
        target_loss=3.2, loss=loss, train_seconds=60, answer_cpu_seconds=30, patience=patience
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=["local", "bubblewrap"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return open_sandbox(str(request.param))


def open_sandbox(name: str) -> Sandbox:
    if name == "local":
        return LocalSandbox()
    report = check_bubblewrap()
    if not report.usable:
        pytest.skip(f"bubblewrap does not work here: {report.detail}")
    from agentkit.sandboxes.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox()


@pytest.fixture
def bubblewrap() -> Sandbox:
    return open_sandbox("bubblewrap")


@pytest.fixture
def evaluate(tmp_path: Path, cache: Path, rules: Any) -> Callable[..., Outcome]:
    def run(
        script: str, sandbox: Sandbox, *, on_output: OnOutput | None = None, seed: int = 5, **changed: Any
    ) -> Outcome:
        evaluator = speedrun("evaluator").PocketEvaluator(rules.model_copy(update=changed))
        evaluator.prepare(cache)
        folder = tmp_path / "candidate"
        folder.mkdir(exist_ok=True)
        (folder / "train.py").write_text(script)
        jobs = FolderJobs(tmp_path / f"jobs-{uuid.uuid4().hex}", sandbox)
        candidate = Candidate(folder, sandbox, seed, tmp_path / "logs", on_output, jobs=jobs)
        outcome: Outcome = asyncio.run(evaluator.evaluate(candidate))
        # Advice about this machine at this moment, which is nothing a test of a script can expect.
        flags = tuple(flag for flag in outcome.flags if flag.code != "conditions")
        return outcome.model_copy(update={"flags": flags})

    return run
