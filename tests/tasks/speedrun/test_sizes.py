"""A model that is smaller than the record's: refused by the text of its script, and by its checkpoint."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.evaluation.benchmarks import load_task

Module = Callable[[str], Any]
CHECKOUT = Path(__file__).parents[3]
POCKET = sorted(path.parent.name for path in (CHECKOUT / "tasks" / "speedrun").glob("record*/pocket.toml"))
LEAST = {"layers": 4, "width": 48}
SCRIPT = """from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Recipe:
    steps: int = 50
    width: int = 48
    layers: int = 4
    # What follows is no size.
    heads: int = 1


RECIPE = Recipe()
"""


@pytest.fixture(params=POCKET)
def task(request: pytest.FixtureRequest) -> Task:
    return load_task(open_catalog(CHECKOUT), f"speedrun/{request.param}", "pocket")


def ends(task: Task) -> tuple[Path, Path]:
    return task.files["train.py"], task.solution["train.py"]


def test_both_ends_keep_the_sizes_and_a_shrunk_one_does_not(task: Task, module: Module) -> None:
    fault, rules = module("sizes").sizes_fault, task.evaluator.rules  # type: ignore[attr-defined]
    assert {"layers", "width"} <= set(rules.sizes)
    for end in ends(task):
        text = end.read_text()
        assert fault(text.encode(), rules.sizes) == ""
        for name, least in rules.sizes.items():
            shrunk = re.sub(rf"({name}: int = ){least}$", rf"\g<1>{least} // 2", text, flags=re.M)
            (line,) = [n for n, row in enumerate(shrunk.splitlines(), 1) if row.endswith(f"= {least} // 2")]
            said = fault(shrunk.encode(), rules.sizes)
            assert f"{name} at least {least}" in said
            assert f"found {name} {least // 2} (train.py line {line})" in said


def test_the_instructions_say_what_is_asked(task: Task) -> None:
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    assert all(f"`{name}` at least {least}" in task.instructions for name, least in rules.sizes.items())
    assert f"least {rules.checkpoint_least_bytes // 1000} KB" in task.instructions
    assert "{" not in task.instructions


def parameter_bytes(script: Path, **changed: int) -> int:
    """Of the checkpoint that a script would save, with other fields in its recipe."""
    import torch

    spec = importlib.util.spec_from_file_location(f"sized_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    try:
        spec.loader.exec_module(found)
        buffer = io.BytesIO()
        torch.save(found.GPT(found.Recipe(**changed)).state_dict(), buffer)
    finally:
        del sys.modules[spec.name]
    return len(buffer.getvalue())


def test_the_checkpoint_tells_half_a_model_from_a_whole_one(task: Task) -> None:
    """A second look that no text can talk round: half the layers or half the width."""
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    for end in ends(task):
        assert parameter_bytes(end) >= 1.15 * rules.checkpoint_least_bytes
        assert parameter_bytes(end, width=rules.sizes["width"] // 2) < rules.checkpoint_least_bytes
        if rules.sizes["layers"] > 1 and "no_attention" not in end.read_text():
            halved = rules.sizes["layers"] // 2
            assert parameter_bytes(end, layers=halved) < rules.checkpoint_least_bytes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("layers: int = 4", "layers: int = 2 * 2"),
        ("layers: int = 4", "layers = 1_00"),
        ("heads: int = 1", "heads: int = 2"),
        ("RECIPE = Recipe()", "RECIPE: Recipe = Recipe(steps=40, layers=6)"),
        ("RECIPE = Recipe()", "RECIPE = Recipe()\nSHORT = replace(RECIPE, steps=5)"),
        (
            "RECIPE = Recipe()",
            "RECIPE = Recipe()\nclass Block:\n    def f(self, layers=1): self.width = layers",
        ),
        ("RECIPE = Recipe()", "RECIPE = Recipe()\nwidth = layers = 2"),
        ("    heads: int = 1", "    heads: int = 1\n\n    def f(self):\n        layers = self.layers"),
        ("from", "# coding: utf-8\nfrom"),
    ],
)
def test_what_is_no_smaller_model_passes(module: Module, old: str, new: str) -> None:
    assert old in SCRIPT
    assert module("sizes").sizes_fault(SCRIPT.replace(old, new, 1).encode(), LEAST) == ""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("layers: int = 4", "layers: int = 2", "found layers 2 (train.py line 8)"),
        ("layers: int = 4", "layers: int = 5 - 3", "found layers 2 (train.py line 8)"),
        ("layers: int = 4", "layers: int = True", "layers is not a plain number"),
        ("layers: int = 4", "layers: int = 4.0", "layers is not a plain number"),
        ("layers: int = 4", "layers: int = 4 // 0", "layers is not a plain number"),
        ("layers: int = 4", "layers: int = int('2')", "layers is not a plain number"),
        ("layers: int = 4", "layers: int", "layers is not a plain number"),
        ("layers: int = 4", "depth: int = 4", "class Recipe has no field layers (train.py line 5)"),
        ("heads: int = 1", "layers: int = 2", "class Recipe has layers more than once (train.py line 10)"),
        ("heads: int = 1", "layers = property(lambda self: 2)", "layers more than once"),
        ("heads: int = 1", "for layers in (1, 2): pass", "layers more than once"),
        ("layers: int = 4", "layers = heads = 4", "layers is not a plain number"),
        ("heads: int = 1", "def width(self): return 2", "width more than once"),
        ("class Recipe", "class Recipes", "no class Recipe at the top level"),
        ("RECIPE = Recipe()", "RECIPE = Recipe(layers=2)", "found layers 2 (train.py line 13)"),
        ("RECIPE = Recipe()", "RECIPE = Recipe(layers=depth)", "layers is not a plain number"),
        ("RECIPE = Recipe()", "RECIPE = Recipe(40, 24, 2)", "values without their names"),
        ("RECIPE = Recipe()", "RECIPE = Recipe(**small)", "fields that the text does not name"),
        ("RECIPE = Recipe()", "RECIPE = replace(Recipe(), layers=2)", "RECIPE is not Recipe()"),
        ("RECIPE = Recipe()", "RECIPE = Recipe()\ntrain(replace(RECIPE, layers=2))", "found layers 2"),
        (
            "RECIPE = Recipe()",
            "RECIPE = Recipe()\nRECIPE = small()",
            "bound more than once (train.py line 14)",
        ),
        ("RECIPE = Recipe()", "RECIPE = Recipe()\nRECIPE.layers = 2", "layers of the recipe is changed"),
        ("RECIPE = Recipe()", "RECIPE = Recipe()\nRecipe.width //= 2", "width of the recipe is changed"),
        ("RECIPE = Recipe()", "object.__setattr__(RECIPE, 'layers', 2)", "layers is set by __setattr__"),
        ("RECIPE = Recipe()", "class Small(Recipe):\n    layers: int = 2", "class Small is another Recipe"),
        ("RECIPE = Recipe()", "Recipe = make()", "Recipe is defined again (train.py line 13)"),
        ("RECIPE = Recipe()", "from small import Recipe", "Recipe is defined again"),
    ],
)
def test_a_smaller_model_is_told_with_its_line(module: Module, old: str, new: str, what: str) -> None:
    assert old in SCRIPT
    said = module("sizes").sizes_fault(SCRIPT.replace(old, new, 1).encode(), LEAST)
    assert what in said
    assert said.startswith("the model keeps the record's sizes, layers at least 4 and width at least 48: ")


@pytest.mark.parametrize("text", ["-" * 60_000 + "1", "1" + "+1" * 30_000, "(" * 300, "x = \0", "def"])
def test_what_cannot_be_read_is_a_syntax_error(module: Module, text: str) -> None:
    with pytest.raises(SyntaxError):
        module("sizes").sizes_fault(text.encode(), LEAST)
    assert module("sizes").sizes_fault(text.encode(), {}) == "", "no rule, no look"


@given(layers=st.integers(-3, 9), width=st.integers(-3, 99), addend=st.integers(0, 9))
def test_only_sizes_that_are_large_enough_pass(module: Module, layers: int, width: int, addend: int) -> None:
    text = SCRIPT.replace("= 4\n", f"= {layers - addend} + {addend}\n").replace("= 48", f"= {width}")
    found = module("sizes").sizes_fault(text.encode(), LEAST)
    assert (found == "") == (layers >= 4 and width >= 48)


@pytest.mark.real
def test_a_smaller_model_costs_no_training(
    evaluate: Callable[..., Outcome], bubblewrap: Sandbox, honest: str
) -> None:
    whole = f"{SCRIPT}\n{honest}"
    shrunk = evaluate(whole.replace("layers: int = 4", "layers: int = 2"), bubblewrap, sizes=LEAST)
    assert (shrunk.status, shrunk.metrics, shrunk.log) == ("invalid", {}, "")
    assert "found layers 2" in shrunk.reason
    broken = evaluate("def", bubblewrap, sizes=LEAST)
    assert (broken.status, "cannot be read as Python: line 1" in broken.reason) == ("crash", True)
    small = evaluate(whole, bubblewrap, sizes=LEAST, checkpoint_least_bytes=1_000_000)
    assert (small.status, "has 1,000,000 at least" in small.reason) == ("invalid", True)
    assert "step:1/1" in small.log, "its recipe is large enough, so it was trained"


@pytest.mark.parametrize("number", [11, 16])
def test_a_start_of_its_own_sizes_is_the_records_own_script_but_for_them(number: int) -> None:
    folder = CHECKOUT / "tasks" / "speedrun" / "files" / "pocket"
    long, own = (folder.joinpath(f"record{number}{end}.py").read_text() for end in ("_long", ""))
    field = re.compile(r"^(    \w+: (?:int|float) = ).*$", re.MULTILINE)
    assert long != own
    assert field.sub(r"\1", long) == field.sub(r"\1", own)
