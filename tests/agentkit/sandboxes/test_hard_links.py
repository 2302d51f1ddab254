"""Other names of masked files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, Mount
from agentkit.sandboxes import hard_links
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.hard_links import other_names
from agentkit.sandboxes.mount_plan import Bind


@pytest.fixture
def held(tmp_path: Path) -> Path:
    (tmp_path / "held").mkdir()
    (tmp_path / "held/answers").write_text("42")
    hard_links.walk_once.cache_clear()
    return tmp_path / "held"


def test_a_link_in_a_mounted_folder_is_found(held: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.link(held / "answers", tmp_path / "data/twin")
    os.link(held / "answers", tmp_path / "elsewhere")
    binds = [Bind(tmp_path / "data", Path("/data"))]
    assert other_names([held / "answers"], binds) == other_names([held], binds) == [tmp_path / "data/twin"]
    assert other_names([tmp_path / "nowhere"], binds) == []


def test_nothing_is_walked_for_a_file_of_one_name(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binds = [Bind(Path("/usr"), Path("/usr"))]
    assert other_names([held / "answers"], binds) == []
    assert hard_links.walk_once.cache_info().misses == 0


def test_it_is_hidden_in_the_workspace_and_in_mounts(
    bubblewrap: BubblewrapSandbox, command: Callable[..., Command], held: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    os.link(held / "answers", tmp_path / "data/twin")
    mounts = (Mount(source=tmp_path / "data", target=Path("/data")),)
    given = command("sh", "-c", "cat twin /data/twin", masks=(held,), mounts=mounts)
    os.link(held / "answers", given.folder / "twin")
    assert asyncio.run(bubblewrap.run(given)).output == ""
    open_ = given.model_copy(update={"environment": given.environment.model_copy(update={"masks": ()})})
    assert asyncio.run(bubblewrap.run(open_)).output == "4242"
