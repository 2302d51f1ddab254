from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.sandboxes import mask_stage
from agentkit.sandboxes.bubblewrap import joined, spool


def staged(paths: list[Path], empty: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    descriptor = spool(joined(map(str, paths)))
    try:
        return subprocess.run(
            [sys.executable, "-I", "-S", str(mask_stage.__file__), str(descriptor), str(empty), *argv],
            pass_fds=(descriptor,), capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(descriptor)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / name for name in ("empty", "hidden one", "shown")]
    for path in made[1:]:
        path.write_text(path.name)
    made[0].touch()
    return made


def test_hidden_from_the_program_only(files: list[Path]) -> None:
    empty, hidden, shown = files
    result = staged([hidden], empty, "/bin/cat", str(hidden), str(shown))
    if "namespace was refused" in result.stderr:
        pytest.skip("no mount namespaces here")
    assert (result.returncode, result.stdout) == (0, "shown")
    assert hidden.read_text() == "hidden one"


def test_what_cannot_be_hidden_stops_it(files: list[Path]) -> None:
    result = staged([files[0].parent / "missing"], files[0], "/bin/echo", "ran")
    if "namespace was refused" in result.stderr:
        pytest.skip("no mount namespaces here")
    assert (result.returncode, result.stdout) == (1, "")
    assert "missing cannot be hidden: No such file" in result.stderr
