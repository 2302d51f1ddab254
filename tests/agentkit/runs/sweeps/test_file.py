from __future__ import annotations

import re
from pathlib import Path

import pytest

import agentkit
from agentkit.errors import BadFile, UsageError
from agentkit.runs.sweeps import file
from agentkit.runs.sweeps.file import Source, read_sweep_file
from agentkit.runs.sweeps.grid import read_grid
from tests.agentkit.runs.sweeps.conftest import Read


def test_the_example_of_the_module_is_one(read: Read) -> None:
    assert file.__doc__ is not None
    found = read(file.__doc__.partition("\n\n")[2])
    assert found.file.budget.dollars == 40
    assert found.file.retry.tries == 3
    assert len(read_grid(found)) == 2 * 2 * 3 * 3 - 2 * 1 * 2 * 3 + 2 * 3


def test_the_example_of_the_page_is_one(read: Read) -> None:
    page = Path(agentkit.__file__).parents[1] / "docs" / "sweeps.md"
    (example,) = re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(read_grid(read(example))) == 2 * 2 * 3 * 3 - 2 * 1 * 2 * 3 + 2 * 3


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("[axes]\nseed = [1]\n[budgt]\ndollars = 1", "budgt", "Did you mean: budget?"),
        ("[axes]\nseed = [1]\n[retry]\ntimes = 1", "retry.times", "Line 4: times = 1"),
        ("[axes]\nseed = [1]\n[budget]\ndollars = 'x'", "budget.dollars", "Line 4"),
        ("[axes]", "axes", "Line 1"),
        ("[fixed]\nseed = 1", "axes", ""),
    ],
)
def test_a_mistake_is_told_with_its_key_and_line(read: Read, text: str, key: str, hint: str) -> None:
    with pytest.raises(BadFile) as caught:
        read(text)
    assert f"at '{key}'" in caught.value.message
    assert hint in str(caught.value)


def test_no_file_is_no_mistake_in_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no sweep file"):
        read_sweep_file(tmp_path / "nothing.toml")


def test_a_later_mistake_names_its_line(read: Read) -> None:
    source: Source = read("[axes]\nseed = [1]\n[[exclude]]\nsed = 1\n")
    assert "Line 4: sed = 1" in str(source.mistake(("exclude", 0, "sed"), "an axis", "'sed'"))
