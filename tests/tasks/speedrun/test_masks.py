"""What is hidden: every copy of the held-out text, the solutions, the harness; and nothing that is needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import agentkit

Module = Callable[[str], Any]


def test_held_out_sources_and_their_compiled_twins(module: Module) -> None:
    corpus, masks = module("corpus"), module("masks")
    hidden = set(masks.masked_paths())
    heldout = corpus.build(corpus.running_stdlib()).heldout_files
    assert heldout
    for path in heldout:
        assert path in hidden
        assert set((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")) <= hidden


def test_the_python_in_use_keeps_its_library(module: Module) -> None:
    stdlib = module("corpus").running_stdlib()
    hidden = set(module("masks").masked_paths())
    assert stdlib not in hidden
    assert not any(stdlib.is_relative_to(path) for path in hidden)
    for name in ("os.py", "json/__init__.py", "site-packages", "lib-dynload"):
        assert stdlib / name not in hidden


@pytest.mark.parametrize(
    ("place", "has_library", "is_hidden"),
    [
        ("lib/python3.10", True, True),
        ("lib64/python2.7", True, True),
        ("local/lib/python3.14", True, True),
        ("pkgs/python-3.12.1-h1/lib/python3.12", True, True),
        ("envs/other/lib/python3.11", True, True),
        ("lib/python3.11", False, False),
        ("lib/python3", True, False),
        ("lib/perl5.36", True, False),
    ],
)
def test_other_pythons_are_hidden_whole(
    module: Module,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    has_library: bool,
    is_hidden: bool,
) -> None:
    """A virtual environment's lib/pythonX.Y holds packages and no library: torch may be in there."""
    folder = tmp_path / place
    (folder / "site-packages").mkdir(parents=True)
    if has_library:
        (folder / "os.py").write_text("")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    found = module("masks").other_stdlibs(module("corpus").running_stdlib())
    assert (folder.resolve() in found) is is_hidden


def test_harness_and_solutions(module: Module) -> None:
    hidden = module("masks").masked_paths()
    package = Path(agentkit.__file__).resolve().parent
    solution = Path(module("adapter").__file__).resolve().parent / "files" / "pocket" / "record13.py"
    assert package in hidden
    assert any(solution.is_relative_to(path) for path in hidden)
    assert all(path.is_absolute() for path in hidden)
