"""What nobody may change in track 3. The scripts are made up; with AGENTKIT_MODDED_NANOGPT, the real ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

BASE = """
import torch
LAYERS = 12
class MLP:
    def __init__(self, dim):
        self.wide = 4 * dim  # four times
class GPT:
    def forward(self, inputs, targets):
        return 1
class Muon:
    def step(self): pass
batch_size = 8 * 64 * 1024
model = GPT(vocab_size=50304, num_layers=LAYERS).cuda()
train_steps = 3600
"""


@pytest.fixture
def changed(originals: Callable[[str], Any]) -> Callable[..., list[str]]:
    parts = originals("fixed_parts")
    return lambda script, *ends: parts.changed_parts(ends or [BASE], script)


def test_optimizer_schedule_layout_and_comments_are_free(changed: Callable[..., list[str]]) -> None:
    free = BASE.replace("pass", "return 2").replace("3600", "3000").replace("  # four times", "")
    assert changed(free + "class Soap: pass\nfor p in model.parameters():\n    p.data.zero_()\n") == []


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("4 * dim", "5 * dim", "MLP"),
        ("LAYERS = 12", "LAYERS = 13", "GPT(…)"),
        ("64 * 1024", "32 * 1024", "batch_size"),
        ("return 1", "return 2", "GPT"),
        ("train_steps", "GPT.forward = print\ntrain_steps", "GPT.forward"),
        ("train_steps", "class MLP: pass\ntrain_steps", "MLP"),
        ("train_steps", "if True:\n    batch_size = 1\ntrain_steps", "batch_size"),
        ("class MLP:", "class Mlp:", "MLP"),
        ("train_steps", "batch_size //= 8\ntrain_steps", "batch_size"),
        ("train_steps", "batch_size: int = 1\ntrain_steps", "batch_size"),
        ("train_steps", "batch_size, rest = 1, 2\ntrain_steps", "batch_size"),
        ("model =", "LAYERS += 1\nmodel =", "GPT(…)"),
    ],
)
def test_what_is_changed_is_named(changed: Callable[..., list[str]], old: str, new: str, part: str) -> None:
    assert changed(BASE.replace(old, new)) == [part]


def test_as_at_either_end_is_as_it_was(changed: Callable[..., list[str]]) -> None:
    renamed = BASE.replace("LAYERS", "DEPTH")
    assert changed(renamed) == [], "a name that stands for a constant is that constant"
    other = BASE.replace("4 * dim", "WIDE * dim")
    assert changed(other) == ["MLP"]
    assert changed(other, BASE, other) == []
    assert changed("x = = 1", BASE) == ["GPT", "GPT(…)", "MLP", "batch_size"]


@pytest.mark.skipif("AGENTKIT_MODDED_NANOGPT" not in os.environ, reason="no checkout of modded-nanogpt")
def test_upstreams_own_records_keep_them(originals: Callable[[str], Any]) -> None:
    """All but those whose authors wrote constants otherwise, or another loader of the same data."""
    source, parts = originals("source"), originals("fixed_parts")
    checkout = source.find_checkout(Path(os.environ["AGENTKIT_MODDED_NANOGPT"]), {}, Path())
    chain = [
        number
        for number, each in originals("records_since").read_records_since().steps.items()
        if each.record
    ]
    texts = {each: source.read_script(checkout, "steps", each).files["train_gpt.py"] for each in chain}
    apart = {(a, b) for a, b in pairwise(chain) if parts.changed_parts([texts[a]], texts[b])}
    assert apart == {(30, 34), (34, 38), (38, 40), (42, 43), (43, 44)}
