"""Whole tasks as a user checks them: both ends and both landings trained and measured for real.

AGENTKIT_CHECKED="record1 record3" says which; by default none, as each takes five minutes beside other tests.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agentkit.cli.main import main


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("name", os.environ.get("AGENTKIT_CHECKED", "").split())
def test_oracle_and_nop_land_where_they_must(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "tasks/speedrun", "--only", name, "--repeats", "2", "--json", "--sandbox", "bubblewrap"]
    code = main([*words, "--cache-folder", str(tmp_path)])
    report = json.loads(capsys.readouterr().out)
    (task,) = report["tasks"]
    assert (code, task["state"]) == (0, "sound"), task["reason"]
    assert task["ends"]["gap_in_errors"] >= 3
    assert task["oracle"]["fsr"] > task["nop"]["fsr"]
    assert task["oracle"]["valid"] == task["oracle"]["measurements"] == 3
