from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import UsageError
from agentkit.runs.sweeps.check import Facts, check, covering, say_labels


def grid(**axes: list[str]) -> list[RunSpec]:
    cells = [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())]
    return [RunSpec(task="toy/number", settings=cell, labels=cell) for cell in cells]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4))
def test_every_pair_of_values_is_tried(sizes: list[int]) -> None:
    axes = {f"axis{n}": [f"v{value}" for value in range(size)] for n, size in enumerate(sizes)}
    specs = grid(**axes)
    tried = covering(specs, 2)
    pairs = {pair for spec in specs for pair in itertools.combinations(sorted(spec.labels.items()), 2)}
    assert pairs == {
        pair for spec in tried for pair in itertools.combinations(sorted(spec.labels.items()), 2)
    }
    assert len(tried) <= len(pairs)
    singles = {each for spec in covering(specs, 1) for each in spec.labels.items()}
    assert singles == {each for spec in specs for each in spec.labels.items()}
    assert [spec for spec in specs if spec in tried] == tried, "in order"


def test_seeds_need_not_be_tried_and_most_combinations_neither() -> None:
    seeds = grid(model=["a", "b"], seed=[str(n) for n in range(50)])
    assert len(covering(seeds, 1)) == len(covering(seeds, 2)) == 2
    many = grid(a=list("012345"), b=list("012345"), c=list("012345"), d=list("012345"))
    assert len(covering(many, 1)) == 4 * 5 + 1
    assert len(covering(many, 2)) < len(many) / 5


def test_what_no_machine_could_begin_stops_the_sweep_before_anything_is_spent(project: Path) -> None:
    specs = grid(model=["scripted/demo", "scripted/dmo"], scaffold=["aide", "aidee"])
    with pytest.raises(UsageError) as caught:
        check(specs, project, {})
    text = str(caught.value)
    assert "toy/number, model scripted/demo, scaffold aidee could not be begun" in text
    assert "Did you mean: aide" in text
    assert "Also toy/number, model scripted/dmo, scaffold aide: There is no transcript 'dmo'." in text
    assert not (project / "runs").exists()


def test_what_this_machine_lacks_is_no_mistake(project: Path) -> None:
    checked = check(grid(model=["scripted/demo", "openai/gpt-4o"]), project, {})
    assert [spec.labels["model"] for spec, _ in checked.lacks] == ["openai/gpt-4o"]
    (found,) = checked.facts
    assert found[1] == Facts("toy/number", "aide", "scripted/demo", 4, 3, None)
    assert not found[1].live


def test_a_budget_in_dollars_needs_prices(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    specs = grid(model=["openai/unheard-of"])
    assert check(specs, project, {}).facts[0][1].live
    with pytest.raises(UsageError, match="the price of openai/unheard-of is not known"):
        check(specs, project, {"dollars": 3.0})


def test_labels_are_said_once() -> None:
    spec = RunSpec(task="toy/number", labels={"task": "toy/number", "seed": "3"})
    assert say_labels(spec) == "toy/number, seed 3"
