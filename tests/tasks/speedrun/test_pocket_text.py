"""train.bin: written once, mended when it was touched, and alone in its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Module = Callable[[str], Any]


@pytest.fixture
def folder(module: Module, cache: Path, tmp_path: Path) -> Path:
    text = module("pocket_text")
    folder: Path = text.train_folder(tmp_path)
    assert folder.is_absolute()
    text.write_train(folder)
    return folder


def test_it_is_the_corpus_and_nothing_else(module: Module, folder: Path) -> None:
    corpus = module("pocket_text").pocket_corpus()
    assert (folder / "train.bin").read_bytes() == corpus.train
    assert [path.name for path in folder.iterdir()] == ["train.bin"]
    assert corpus.digest.startswith(folder.name.removeprefix("pocket-"))
    for path in corpus.heldout_files[:5]:
        assert path.read_bytes()[:2000] not in corpus.train


@pytest.mark.parametrize("damage", ["changed", "shorter", "gone", "link", "none"])
def test_damage_is_seen_and_mended(module: Module, folder: Path, damage: str) -> None:
    text, path = module("pocket_text"), folder / "train.bin"
    if damage != "none":
        content = path.read_bytes()
        path.unlink()
    if damage == "changed":
        path.write_bytes(b"X" + content[1:])
    elif damage == "shorter":
        path.write_bytes(content[:-1])
    elif damage == "link":
        (folder / "elsewhere").write_bytes(content)
        path.symlink_to("elsewhere")
    assert text.train_is_intact(folder) is (damage == "none")
    text.write_train(folder)
    assert text.train_is_intact(folder)
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o444


def test_an_intact_file_is_left_alone(module: Module, folder: Path) -> None:
    before = (folder / "train.bin").stat().st_ino
    module("pocket_text").write_train(folder)
    assert (folder / "train.bin").stat().st_ino == before
