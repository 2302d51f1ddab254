"""The loss of a model that a run saved; what asks it are real processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Environment, Limits
from agentkit.contracts.task import Candidate
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

Import = Callable[[str], Any]
SCRIPT = """
import torch
import torch.nn.functional as F
from torch import nn
vocabulary = 50257
class Config:
    def __init__(self, size): self.size = size
class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.before = nn.Embedding(config.size, 4)
        self.head = nn.Linear(4, config.size + 47, bias=False)
    def forward(self, index, targets, return_logits=True):
        logits = self.head(self.before(index)).float()
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
raise SystemExit("training begins")
model = GPT(Config(vocabulary))
"""
"""Its definitions are used, and it is not run."""
AHEAD = """
import torch
def load(checkpoint):
    def answer(tokens):
        following = tokens.roll(-1, 1)[..., None]
        return torch.zeros(*tokens.shape, 50257).scatter_(2, following, 20.0)
    return answer
"""
"""By one token, no more: that is all it takes to have every answer."""


@pytest.fixture
def verifying(originals: Import) -> Any:
    return originals("verifying")


def test_the_newest_model_counts_and_no_link(verifying: Any, tmp_path: Path) -> None:
    assert verifying.find_saved(tmp_path) is None
    folder = tmp_path / "work" / "logs" / "run"
    folder.mkdir(parents=True)
    for number, name in enumerate(["state_step000002.pt", "state_step000001.pt", "log.txt"]):
        (folder / name).write_text(name)
        os.utime(folder / name, (number, number))
    (folder / "state_step000009.pt").symlink_to(folder / "log.txt")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "new.pt").write_text("")
    (tmp_path / "work" / "linked").symlink_to(outside)
    assert verifying.find_saved(tmp_path / "work") == "logs/run/state_step000001.pt"


def test_windows_are_spread_over_the_shard(verifying: Any, originals: Import, tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    originals("shards").write_shard(path, list(range(100)))
    rules = originals("rules").SavedRules(windows=4, length=20)
    windows = verifying.cut_windows(path, rules)
    assert [row[0] for row in windows] == [0, 26, 53, 80]
    assert windows[-1].tolist() == list(range(80, 100))
    assert verifying.cut_windows(path, rules.model_copy(update={"length": 40})).shape == (2, 40)
    assert verifying.cut_windows(path, rules.model_copy(update={"length": 200})).shape == (0, 200)


def test_how_far_a_printed_loss_may_be_off(verifying: Any, originals: Import) -> None:
    rules = originals("rules").SavedRules(apart=0.02)
    measured = verifying.Measured(3.30, 0.01)
    assert [measured.disagrees(loss, rules) for loss in (3.28, 3.25, 3.23, float("nan"))] == [
        False, False, True, True,
    ]  # fmt: skip


@pytest.mark.real
@pytest.mark.slow
def test_a_model_out_of_the_definitions_of_its_script(
    verifying: Any, originals: Import, tmp_path: Path
) -> None:
    """Without an answer.py; names as torch.compile leaves them, and a head with padding."""
    torch = pytest.importorskip("torch")
    work, program = tmp_path / "work", tmp_path / "program"
    for folder in (work / "logs", program):
        folder.mkdir(parents=True)
    (program / "train.py").write_text(SCRIPT)
    torch.manual_seed(1)
    model = {"before.weight": torch.randn(50257, 4), "head.weight": torch.randn(50304, 4)}
    saved = {"model": {f"_orig_mod.{name}": each for name, each in model.items()}}
    torch.save(saved, work / "logs" / "state_step000009.pt")
    shard = tmp_path / "v.bin"
    originals("shards").write_shard(shard, originals("shards").synthetic_tokens(640, seed=1))
    rules = originals("rules").SavedRules(windows=10, length=64, batch=5, checked=3, seconds=300)
    sandbox = LocalSandbox()
    candidate = Candidate(program, sandbox, 1, tmp_path / "logs", jobs=FolderJobs(tmp_path / "jobs", sandbox))
    around = Environment(limits=Limits(seconds=300))

    def measure(name: str) -> Any:
        return asyncio.run(verifying.measure_saved(candidate, work, tmp_path / name, around, shard, rules))

    found = measure("first")
    assert (found.lack, found.breach) == ("", "")
    tokens = torch.tensor(originals("shards").read_shard(shard).astype("int64")).view(10, 64)
    logits = model["before.weight"][tokens[:, :-1]] @ model["head.weight"][:50257].T
    wanted = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    assert found.loss == pytest.approx(float(wanted), abs=1e-3)
    (program / "answer.py").write_text(AHEAD)
    assert "where only later text was replaced" in measure("ahead").breach
    (program / "answer.py").unlink()
    (program / "train.py").write_text(SCRIPT.replace("GPT(Config(vocabulary))", "GPT(unknown)"))
    assert "NameError: name 'unknown' is not defined" in measure("second").lack
