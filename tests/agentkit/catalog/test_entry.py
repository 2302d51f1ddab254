"""How an entry is imported and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.catalog.entry import Entry, shown
from agentkit.kits import Kit

KIT = Kit("acme", Path("/kit"), "acme_agentkit")


def test_module_names() -> None:
    tool = Entry("tool", "count", "", Path("/kit/tools/count.py"), KIT)
    assert tool.module == "acme_agentkit.tools.count"
    benchmark = Entry("benchmark", "made", "", Path("/kit/tasks/made"), KIT)
    assert benchmark.module == "acme_agentkit.tasks.made.adapter"
    assert benchmark.source is None


def test_paths_are_shown_as_one_would_type_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "tools" / "a.py") == "tools/a.py"
    assert shown(tmp_path.parent / "x") == str(tmp_path.parent / "x")
