"""Whole tasks as a user checks them: both ends and both landings trained and measured for real.

AGENTKIT_CHECKED="record1 record11" says which, side by side; by default none, as two take some four minutes,
more beside other tests. These two are the cheapest whose gap is far beyond the noise.
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
PATIENCE = 1800
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
@pytest.mark.slow
@pytest.mark.skipif(not CHECKED, reason="AGENTKIT_CHECKED names no task")
def test_oracle_and_nop_land_where_they_must(tmp_path: Path) -> None:
    for code, task in reports_of(CHECKED, tmp_path):
        assert (code, task["state"]) == (0, "sound"), task
        oracle, nop = task["oracle"], task["nop"]
        assert oracle["valid"] == oracle["measurements"] == 2
        assert nop["fsr"] < 0.5 < oracle["fsr"], "each is nearer to its own end than to the other"
