from __future__ import annotations

from pathlib import Path

import pytest

from tests.agentkit.runs.judging.judge_server import RUBRIC, WORK


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with `work/` and `rubric.toml`."""
    (tmp_path / "work").mkdir()
    for name, text in WORK.items():
        (tmp_path / "work" / name).write_text(text)
    (tmp_path / "rubric.toml").write_text(RUBRIC)
    return tmp_path
