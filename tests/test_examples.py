"""The examples are run as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_example_is_run_here() -> None:
    tested = {"solve_from_python.py"}
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == tested


def test_solve_from_python(tmp_path: Path) -> None:
    """On the stranger's small task, so that it takes seconds; as written it takes the pocket speedrun."""
    task = ROOT / "tests" / "acme_kit" / "acme_agentkit" / "tasks" / "acme" / "words"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, str(ROOT / "examples" / "solve_from_python.py"), str(task)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "The answer is a" in done.stdout
