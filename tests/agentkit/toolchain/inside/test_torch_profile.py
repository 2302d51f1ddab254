"""A real profile is in tests/tools/test_profile.py."""

import sys
from pathlib import Path

import pytest

from agentkit.toolchain.inside.torch_profile import run_script


def test_how_a_script_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    script = tmp_path / "s.py"
    for text, ending in (
        ("import sys; sys.exit(0)", ""),
        ("raise SystemExit(3)", "exit code 3"),
        ("1/0", "ZeroDivision"),
    ):
        script.write_text(text)
        failure = run_script(str(script), ["a"])
        assert ending in failure and bool(failure) == bool(ending)
