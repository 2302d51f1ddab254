from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import BadFile, UnknownName, UsageError
from agentkit.runs.sweeps.file import Source, SweepFile
from agentkit.runs.sweeps.grid import MOST_CELLS, pick, read_grid
from tests.agentkit.runs.sweeps.conftest import Read

AXES = '[axes]\ntask = ["toy/number", "toy/other"]\nhints = ["none", "text"]\nseed = [0, 1, 2]\n'


def labels(read: Read, text: str) -> list[str]:
    return [" ".join(spec.labels.values()) for spec in read_grid(read(text))]


def test_the_first_axis_changes_slowest(read: Read) -> None:
    found = labels(read, AXES)
    assert found[:4] == ["toy/number none 0", "toy/number none 1", "toy/number none 2", "toy/number text 0"]
    assert len(found) == len(set(found)) == 12


def test_another_order_is_asked_for_by_name(read: Read) -> None:
    found = labels(read, 'order = ["seed"]\n' + AXES)
    assert found[:2] == ["0 toy/number none", "0 toy/number text"]
    with pytest.raises(BadFile, match="order"):
        labels(read, 'order = ["sed"]\n' + AXES)


def test_what_is_excluded_is_left_out(read: Read) -> None:
    found = labels(read, AXES + '[[exclude]]\ntask = "toy/other"\nseed = [1, 2]\n')
    assert len(found) == 12 - 4
    assert [each for each in found if each.startswith("toy/other")] == [
        "toy/other none 0",
        "toy/other text 0",
    ]


def test_what_is_included_takes_all_values_of_the_axes_it_does_not_name(read: Read) -> None:
    grid = read_grid(read(AXES + '[[include]]\nscaffold = "nop"\nhints = "none"\nattempts = 1\n'))
    added = [spec for spec in grid if spec.settings.get("scaffold") == "nop"]
    assert len(grid) == 18
    assert [spec.task for spec in added] == ["toy/number"] * 3 + ["toy/other"] * 3
    assert added[0].labels == {
        "scaffold": "nop", "attempts": "1", "task": "toy/number", "hints": "none", "seed": "0",
    }  # fmt: skip


def test_what_is_included_may_be_a_new_value(read: Read) -> None:
    found = labels(read, AXES + '[[include]]\ntask = "toy/number"\nhints = "none"\nseed = [2, 3]\n')
    assert len(found) == 13, "seed 2 was there already"
    assert found[-1] == "toy/number none 3"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[exclude]]\nhnts = 1", "exclude[0].hnts"),
        ('[[exclude]]\nhints = "txt"', "exclude[0].hints"),
        ("[[exclude]]\n", "exclude[0]"),
        ("[[exclude]]\nseed = [0, 1, 2]", "exclude"),
        ("[[include]]\nsede = 1", "include[0].sede"),
        ("[[include]]\nseed = -1", "include[0].seed"),
        ("[fixed]\nmodle = 1", "fixed.modle"),
        ("[fixed]\nturns = 0", "fixed.turns"),
    ],
)
def test_a_mistake_names_its_place(read: Read, text: str, place: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_grid(read(AXES + text))
    assert f"at '{place}'" in caught.value.message


def test_a_sweep_needs_a_task(read: Read) -> None:
    with pytest.raises(BadFile, match="axes"):
        read_grid(read("[axes]\nseed = [1]"))
    assert read_grid(read('[axes]\nseed = [1]\n[fixed]\ntask = "toy/number"'))[0].task == "toy/number"


def test_a_million_runs_by_mistake_are_refused_before_they_are_made(read: Read) -> None:
    ten = list(range(1, 11))
    names = ("seed", "attempts", "turns", "width", "patience", "measurements")
    text = "[axes]\ntask = ['toy/number']\n" + "".join(f"{name} = {ten}\n" for name in names)
    with pytest.raises(UsageError) as caught:
        read_grid(read(text))
    assert "1,000,000 runs" in caught.value.message
    assert "--most-runs 1000000" in str(caught.value)
    assert len(read_grid(read(AXES), most=12)) == 12
    with pytest.raises(UsageError):
        read_grid(read(AXES), most=11)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_every_combination_is_a_cell_once(sizes: list[int], data: st.DataObject) -> None:
    names = ["seed", "turns", "width", "patience"][: len(sizes)]
    axes = {name: list(range(1, size + 1)) for name, size in zip(names, sizes, strict=True)}
    out = data.draw(st.dictionaries(st.sampled_from(names), st.just(1), max_size=len(names)))
    text = "\n".join([
        "[axes]", *(f"{name} = {values}" for name, values in axes.items()), "[fixed]\ntask = 'a/b'",
        *(["[[exclude]]", *(f"{name} = {value}" for name, value in out.items())] if out else []),
    ])  # fmt: skip
    source = Source(Path("mine.toml"), text, SweepFile.model_validate(tomllib.loads(text)))
    whole, left_out = 1, 1 if out else 0
    for name, values in axes.items():
        whole *= len(values)
        left_out *= 1 if name in out else len(values)
    if whole == left_out:
        with pytest.raises(BadFile):
            read_grid(source)
        return
    grid = read_grid(source)
    assert len({spec.digest for spec in grid}) == len(grid) == whole - left_out <= MOST_CELLS
    for spec in grid:
        assert set(spec.settings) == set(names)
        assert not out or any(spec.settings[name] != value for name, value in out.items())


def test_only_picks_by_label(read: Read) -> None:
    grid = read_grid(read(AXES))
    assert len(pick(grid, [])) == 12
    assert len(pick(grid, ["seed=0", "seed=2"])) == 8
    assert len(pick(grid, ["seed=0", "hints=text"])) == 2
    for wanted, error in (("seed", UsageError), ("sed=1", UnknownName), ("seed=7", UnknownName)):
        with pytest.raises(error):
            pick(grid, [wanted])
