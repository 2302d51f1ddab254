"""A real gigabyte of output, once in each sandbox: the slowest test of the suite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.sandboxes.pipes import LOG_BYTES
from tests.escapes.catalogue.leftovers import MOST_GROWTH, MOST_OUTPUT

CHECKOUT = Path(__file__).parents[2]
GIGABYTE = 1 << 30


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.proof
@pytest.mark.parametrize("name", ["local", "bubblewrap", "docker"])
def test_a_gigabyte_of_output(name: str, tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.escapes.flood", name, tmp_path, str(GIGABYTE)],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(said.stdout)
    if "lack" in found:
        pytest.skip(found["lack"])
    assert found["status"] == "ok"
    assert found["printed"] > GIGABYTE  # all of it was read
    assert found["shown"] < MOST_OUTPUT
    assert found["log"] < LOG_BYTES + 1024
    assert found["growth"] < MOST_GROWTH, found
