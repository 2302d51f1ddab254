from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.catalog import Catalog, open_catalog
from agentkit.errors import BadFile, UnknownName, UsageError
from agentkit.runs.engines.open import open_engine

QUEUE = '''"""A queue of my own."""

from agentkit.contracts.record import Record


class SETTINGS(Record):
    jobs: int = 4


class Queue:
    name = "queue"

    def __init__(self, *told):
        self.told = told


def open_engine(folder, settings):
    return Queue(folder, settings.jobs)
'''


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "queue.py").write_text(QUEUE)
    return open_catalog(tmp_path)


def test_an_engine_is_a_plugin_of_anybodys_kit(catalog: Catalog, tmp_path: Path) -> None:
    engine = open_engine(catalog, "queue", tmp_path, {"jobs": 2}, tmp_path / "s.toml")
    assert engine.name == "queue"
    assert engine.told == (tmp_path, 2)  # type: ignore[attr-defined]


def test_a_mistake_in_its_table_is_told_with_key_and_line(catalog: Catalog, tmp_path: Path) -> None:
    source = tmp_path / "sweep.toml"
    source.write_text("[axes]\nseed = [1]\n\n[engine.queue]\njob = 2\n")
    with pytest.raises(BadFile) as caught:
        open_engine(catalog, "queue", tmp_path, {"job": 2}, source)
    assert str(caught.value).splitlines()[1:] == [
        "  Expected: one of the keys jobs",
        "  Found: 2",
        "  Did you mean: jobs?",
        "  Line 5: job = 2",
    ]
    assert "at 'engine.queue.job'" in str(caught.value)


def test_a_name_that_no_plugin_has_and_a_plugin_that_is_no_engine(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean: slurm") as caught:
        open_engine(catalog, "slrum", tmp_path, {}, tmp_path)
    assert caught.value.near == ["slurm"]
    with pytest.raises(UsageError, match="'speedrun' is no engine"):
        open_engine(catalog, "speedrun", tmp_path, {}, tmp_path)
