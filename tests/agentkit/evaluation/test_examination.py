"""Two real processes examined together, in the sandbox without walls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Environment
from agentkit.evaluation.answers import ModelFile
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.examination import Examined, Patience, Text, examine_model
from agentkit.evaluation.language_model import LossRules
from agentkit.sandboxes.local import LocalSandbox

RULES = LossRules(windows=12, length=32, batch=5, reach=16, checked=6, unchanged=3, far=3)
HELDOUT = b"the held-out words of this test; " * 40
KNOWN = b"words that the candidate may know. " * 40

MODEL = """
import torch
from torch.nn.functional import one_hot

def load(checkpoint):
    strength = float(open(checkpoint).read())
    def model(tokens):
        seen = one_hot(tokens, 256).double().cumsum(1)
        return strength * torch.log(0.01 + seen)
    return model
"""


def examine(folder: Path, script: str, patience: Patience | None = None) -> Examined:
    folder.mkdir()
    (folder / "train.py").write_text(script)
    (folder / "model.txt").write_text("1.0")
    files = ModelFile("train.py", "model.txt")
    text = Text(heldout=HELDOUT, known=KNOWN)
    return asyncio.run(
        examine_model(LocalSandbox(), folder, files, Environment(), text, RULES, patience or Patience())
    )


@pytest.mark.real
def test_an_honest_model_gets_its_loss_and_its_costs(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", MODEL)
    assert (examined.breach, examined.evidence) == (None, "")
    assert 3 < examined.loss < 5
    assert examined.cpu_seconds > 0.3, "two imports of torch are never free"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["model.txt", "train.py"]


@pytest.mark.real
def test_a_model_that_looks_ahead_is_found(tmp_path: Path) -> None:
    ahead = MODEL.replace(
        "return strength", "seen[:, :-1] += 99 * one_hot(tokens[:, 1:], 256)\n        return strength"
    )
    examined = examine(tmp_path / "a", ahead)
    assert examined.breach == "looks_ahead"
    assert examined.loss < 3


@pytest.mark.real
def test_errors_before_anything_secret_are_told_in_full(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="KeyError: 'why'") as caught:
        examine(
            tmp_path / "a", MODEL.replace("return strength", "raise KeyError('why')\n        return strength")
        )
    assert "Traceback" in caught.value.text


@pytest.mark.real
def test_errors_over_held_out_text_are_not(tmp_path: Path) -> None:
    """A model that works on known text and then complains aloud about what it is shown."""
    leak = MODEL.replace(
        "return strength",
        "text = bytes(tokens.flatten().tolist())\n"
        "        if b'held-out' in text: raise ValueError(text)\n"
        "        return strength",
    )
    with pytest.raises(BadAnswer) as caught:
        examine(tmp_path / "a", leak)
    assert caught.value.fault == "crash"
    assert "held-out words" not in caught.value.reason + caught.value.text


@pytest.mark.real
def test_patience_ends(tmp_path: Path) -> None:
    slow = MODEL.replace("return strength", "import time; time.sleep(600)\n        return strength")
    with pytest.raises(BadAnswer) as caught:
        examine(tmp_path / "a", slow, Patience(answer=1.5))
    assert caught.value.fault == "timeout"
