"""The first look at a candidate's files, as the process that it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TWO = "import os\nfrom triton_kernels_of_mine import a\nfrom os.path import join\n"


@pytest.fixture
def check(tmp_path: Path, originals: Callable[[str], Any]) -> Callable[..., tuple[int, str]]:
    text = Path(originals("smoke_check").__file__).read_text()

    def run(**files: str) -> tuple[int, str]:
        for name, content in files.items():
            (tmp_path / f"{name}.py").write_text(content)
        names = [f"{name}.py" for name in files]
        command = [sys.executable, "-P", "-c", text, *names]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


def test_own_modules_are_there_and_nothing_is_run(check: Any, tmp_path: Path) -> None:
    kernels = "a = 1\nopen('ran', 'w')\n"
    assert check(train=TWO, triton_kernels_of_mine=kernels) == (0, "")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def f(:\n", "train.py:1: SyntaxError"),
        ("return 3\n", "train.py:1: SyntaxError"),
        ("x = 'a\0'\n", "train.py"),
        ("import os\nimport no_such_thing.at_all\n", "train.py:2: ModuleNotFoundError: there is no"),
        ("from os import no_such_name\n", "train.py:1: ImportError: os has no no_such_name"),
        ("(" * 3000, "train.py"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_line(check: Any, text: str, told: str) -> None:
    code, output = check(train=text)
    assert (code, output.startswith(told)) == (1, True), output


def test_what_may_fail_does_not_count(check: Any) -> None:
    text = (
        "try:\n    import no_such_thing\nexcept ImportError:\n    pass\ndef f():\n    import no_such_thing\n"
    )
    assert check(train=text)[0] == 0
    assert check(train="import concurrent.futures\nfrom os import path, sep\n")[0] == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def f():\n    return torch.compile(print)\n", 2),
        ("try:\n    import triton\nexcept ImportError: 1\n", 2),
        ("import os\n", 0),
    ],
)
def test_a_script_that_compiles_needs_a_compiler(
    check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, code: int
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert check(train=text) == (code, "")
    (tmp_path / "mine").write_text("#!/bin/sh\n")
    (tmp_path / "mine").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "mine"))
    assert check(train=text) == (0, "")
