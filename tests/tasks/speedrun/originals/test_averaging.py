"""The division after the loop over micro-batches, on scripts of a few lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Import = Callable[[str], Any]

STEP = """\
for step in range(2):
    model.zero_grad()
    for _ in range(grad_accum_steps):
        inputs = next(batches)
        model(inputs).square().sum().backward()
    total += model.weight.grad
"""
SPLIT = """\
for step in range(2):
    model.zero_grad()
    inputs = torch.cat([next(batches) for _ in range(grad_accum_steps)])
    for part, same in zip(inputs.split(1), inputs.split(1)):
        model(part).square().sum().backward()
    total += model.weight.grad
"""
SCRIPT = """\
import os
import torch
torch.manual_seed(1)
grad_accum_steps = 8 // int(os.environ["WORLD_SIZE"])
model = torch.nn.Linear(3, 2, bias=False)
batches = iter(torch.randn(16, 1, 3))
total = torch.zeros(2, 3)
{step}
print(total.tolist())
"""


@pytest.fixture
def averaging(originals: Import) -> Any:
    return originals("averaging")


def gradients(script: str, folder: Path) -> list[list[float]]:
    path = folder / "train_gpt.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(path)],
        env={**os.environ, "WORLD_SIZE": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[list[float]] = json.loads(done.stdout)
    return found


@pytest.mark.real
@pytest.mark.parametrize("step", [STEP, SPLIT])
def test_gradients_are_an_eighth_to_the_last_bit(averaging: Any, tmp_path: Path, step: str) -> None:
    pytest.importorskip("torch")
    script = SCRIPT.format(step=step)
    before = gradients(script, tmp_path)
    after = gradients(averaging.average_gradients(script), tmp_path)
    assert after == [[each / 8 for each in row] for row in before]
    assert any(map(any, before))


def test_the_rest_of_the_script_stays_and_twice_is_once(averaging: Any) -> None:
    script = SCRIPT.format(step=STEP)
    changed = averaging.average_gradients(script)
    added = averaging.DIVISION.format(indent="    ")
    assert changed.replace(added, "") == script
    assert averaging.average_gradients(changed) == changed


@pytest.mark.parametrize(
    ("script", "count"), [("print('no loop')\n", 0), (STEP + STEP, 2), (STEP.replace(".backward()", ""), 0)]
)
def test_another_script_is_refused(averaging: Any, script: str, count: int) -> None:
    with pytest.raises(averaging.NoSuchLoop, match=f"^{count} loops"):
        averaging.average_gradients(script)
