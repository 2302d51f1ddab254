from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import BadFile
from agentkit.runs.sweeps.axes import put_together, read_axes, setting_of, show
from tests.agentkit.runs.sweeps.conftest import Read


def test_a_value_is_a_setting_a_table_is_several(read: Read) -> None:
    axes = read_axes(
        read(
            '[axes]\ntask = ["toy/number"]\nhints = ["none", ["text", "paper"]]\n'
            'search = [{ scaffold = "nop" }, '
            '{ label = "wide", scaffold = "aide", scaffold_settings = { drafts = 8 } }]'
        )
    )
    assert [choice.label for choice in axes["hints"]] == ["none", "text+paper"]
    assert [(choice.label, choice.told) for choice in axes["search"]] == [
        ("nop", {"scaffold": "nop"}),
        ("wide", {"scaffold": "aide", "scaffold_settings": {"drafts": 8}}),
    ]


def test_an_entry_of_a_table_may_be_an_axis(read: Read) -> None:
    axes = read_axes(read("[axes]\nscaffold_settings.drafts = [3, 5]\nseed = [0]"))
    assert list(axes) == ["scaffold_settings.drafts", "seed"]
    assert axes["scaffold_settings.drafts"][1].told == {"scaffold_settings": {"drafts": 5}}


@pytest.mark.parametrize(
    ("axes", "place", "words"),
    [
        ('scafold = ["aide"]', "axes.scafold", "Did you mean: scaffold"),
        ("seed = [0, -1]", "axes.seed", "greater than or equal to 0"),
        ("seed = []", "axes.seed", "at least one value"),
        ("seed = 3", "axes.seed", "an array"),
        ("seed = [1, 1]", "axes.seed", "'1' twice"),
        ('runs_folder = ["x"]', "axes.runs_folder", "--out DIR"),
        ('shared_budget = ["x"]', "axes.shared_budget", "[budget]"),
        ("task = [3]", "axes.task", "a task as text"),
        ('regime = [{ label = "x" }]', "axes.regime", "at least one setting"),
        ('regime = [{ hint = "x" }]', "axes.regime", "Did you mean: hints"),
        ("seed = [1]\nregime = [{ seed = 3 }]", "axes.regime", "the axis 'seed' says too"),
        ("attempts = [1]", "axes.attempts", "[fixed] says too"),
        ("scaffold_settings.start = [2026-01-01]", "axes.scaffold_settings.start", "no date"),
        ("dollars = [inf]", "axes.dollars", "no inf"),
        ("scaffold_settings = [3]", "axes.scaffold_settings", "scaffold_settings as a table"),
    ],
)
def test_a_mistake_names_its_axis(read: Read, axes: str, place: str, words: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_axes(read(f"[axes]\n{axes}\n[fixed]\nattempts = 3"))
    assert f"at '{place}'" in caught.value.message
    assert words in str(caught.value)


def test_a_later_part_wins_and_tables_are_merged() -> None:
    parts: list[dict[str, Any]] = [
        {"seed": 1, "scaffold_settings": {"a": 1, "b": 1}},
        {"seed": 2},
        setting_of("scaffold_settings.b", 3),
    ]
    assert put_together(parts) == {"seed": 2, "scaffold_settings": {"a": 1, "b": 3}}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3, "3"), ("x", "x"), ([], "none"), (["a", "b"], "a+b"), ({"a": 1, "b": [2]}, "a=1, b=2")],
)
def test_values_have_labels(value: object, shown: str) -> None:
    assert show(value) == shown
