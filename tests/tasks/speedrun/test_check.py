"""Whole tasks as a user checks them: both ends and both landings trained and measured for real.

AGENTKIT_CHECKED="record1 record11" says which, side by side; CI sets it. By default none, as two take some
six minutes of CPU time. These two are the cheapest whose gap is far beyond the noise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
CHECKED = os.environ.get("AGENTKIT_CHECKED", "").split()
PATIENCE = 1500
"""Seconds; no measure of anything, only an end."""


@contextmanager
def checking(name: str, cache: Path) -> Iterator[subprocess.Popen[str]]:
    words = ["check", "tasks/speedrun", "--only", name, "--repeats", "2", "--json", "--quiet"]
    argv = [sys.executable, "-m", "agentkit", *words, "--sandbox", "bubblewrap", "--cache-folder", str(cache)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=CHECKOUT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def reports_of(names: Sequence[str], cache: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Of checks that run side by side: each waits for its sandboxes for half of its time."""
    if not names:
        return
    with checking(names[0], cache / names[0]) as process:
        yield from reports_of(names[1:], cache)
        out, err = process.communicate(timeout=PATIENCE)
        assert out, err
        (task,) = json.loads(out)["tasks"]
        yield process.returncode, task


@pytest.mark.real
@pytest.mark.skipif(not CHECKED, reason="AGENTKIT_CHECKED names no task")
def test_oracle_and_nop_land_where_they_must(tmp_path: Path) -> None:
    reports = list(reports_of(CHECKED, tmp_path))
    for code, task in reports:
        # Neighbours on the machine may hide a gap, and then there are no landings; they cannot turn it round.
        assert code == 0 and task["state"] in ("sound", "not measurable"), task
        assert task["ends"]["target"] < task["ends"]["start"], task
        found = {each["name"]: each["state"] for each in task["findings"]}
        assert (found["digest"], found["masks hold"]) == ("ok", "ok"), task
    landed = [task for _, task in reports if task["state"] == "sound"]
    assert landed, "no gap shows at all"
    for task in landed:
        assert task["oracle"]["valid"] == task["oracle"]["measurements"] == 2
        assert task["nop"]["fsr"] < task["oracle"]["fsr"]
