from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, Environment, Limits, Mount
from agentkit.errors import AgentkitError
from agentkit.sandboxes.docker.shape import WORKSPACE, Shapes, mounts_below, refuse_missing, sources_of


def made(folder: Path, **words: object) -> Command:
    return Command(argv=("true",), folder=folder, environment=Environment.model_validate(words))


def test_the_same_command_has_the_same_shape(tmp_path: Path) -> None:
    shapes = Shapes("image")
    assert shapes.of(made(tmp_path)) == shapes.of(made(tmp_path)) == Shapes("image").of(made(tmp_path))
    assert Shapes("other").of(made(tmp_path)) != shapes.of(made(tmp_path))
    assert shapes.of(made(tmp_path, network=True)) != shapes.of(made(tmp_path))
    assert shapes.of(made(tmp_path, limits=Limits(memory_bytes=1))) != shapes.of(made(tmp_path))
    # Clocks, and a size that a process carries itself, are no matter of the container.
    limits = Limits(seconds=1.0, silent_seconds=1.0, file_bytes=5)
    assert shapes.of(made(tmp_path, limits=limits)) == shapes.of(made(tmp_path))


def test_python_and_the_folder_are_bound(tmp_path: Path) -> None:
    binds = {bind.target: bind for bind in Shapes("image").of(made(tmp_path)).binds}
    assert binds[WORKSPACE].source == tmp_path
    assert binds[WORKSPACE].writable
    assert not binds[Path(sys.prefix)].writable


def test_of_two_mounts_at_one_place_the_last_counts(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    mounts = tuple(Mount(source=tmp_path / name, target=Path("/data")) for name in "ab")
    binds = Shapes("image").of(made(tmp_path, mounts=mounts)).binds
    assert [bind.source.name for bind in binds if bind.target == Path("/data")] == ["b"]


def test_many_masked_files_are_hidden_wherever_they_are_seen(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}").touch()
    masks = tuple(tmp_path / f"{number}" for number in range(50))
    mounts = (Mount(source=tmp_path, target=Path("/data")),)
    command = made(tmp_path, masks=masks, mounts=mounts).model_copy(update={"folder_writable": False})
    hidden = Shapes("image").of(command).hidden_files
    assert set(hidden) == {base / f"{number}" for number in range(50) for base in (WORKSPACE, Path("/data"))}


def test_a_new_name_of_a_masked_file_is_hidden_too(tmp_path: Path) -> None:
    (tmp_path / "answer").write_text("42")
    shapes = Shapes("image")
    assert shapes.of(made(tmp_path, masks=(tmp_path / "answer",))).hidden_files == (WORKSPACE / "answer",)
    os.link(tmp_path / "answer", tmp_path / "copy")
    assert shapes.of(made(tmp_path, masks=(tmp_path / "answer",))).hidden_files == (
        WORKSPACE / "answer",
        WORKSPACE / "copy",
    )


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(AgentkitError, match="could not be set up: there is no"):
        refuse_missing(sources_of(made(tmp_path / "none")))


def test_mounts_of_this_machine_inside_of_a_bind() -> None:
    table = (
        "36 35 98:0 / / rw - ext4 /dev/vda rw\n"
        "37 36 98:1 / /data rw - ext4 /dev/vdb rw\n"
        "38 37 98:2 / /data/with\\040blank rw - ext4 /dev/vdc rw\n"
        "39 36 98:3 / /database rw - ext4 /dev/vdd rw\n"
    )
    assert mounts_below([Path("/data")], table) == [Path("/data/with blank")]


def test_a_mount_point_may_have_any_name() -> None:
    table = "38 37 98:2 / /data/Donn\u00e9es\\040\u2028 rw - ext4 /dev/vdc rw\n"
    assert mounts_below([Path("/data")], table) == [Path("/data/Donn\u00e9es \u2028")]
