from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import RunProblem
from agentkit.runs.kept import read_kept, write_kept

SPEC = RunSpec(task="toy/number", settings={"seed": 1})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert read_kept(RunSpec, tmp_path / "kept.json") is None
    write_kept(tmp_path / "kept.json", SPEC)
    assert read_kept(RunSpec, tmp_path / "kept.json") == SPEC


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b'{"task": 3}'])
def test_a_damaged_one_is_never_taken_for_none(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(damage)
    with pytest.raises(RunProblem, match="cannot be read"):
        read_kept(RunSpec, tmp_path / "kept.json")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem, match=r"file/kept\.json cannot be written"):
        write_kept(tmp_path / "file" / "kept.json", SPEC)
