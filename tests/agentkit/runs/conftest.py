"""The number task is measured once for all tests of this folder, as a cache of the user's would keep it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import agentkit
from tests.agentkit.conftest import write_number_task
from tests.conftest import Once


def calibrate_number_task(folder: Path) -> None:
    """By the command, in the sandbox that `auto` takes where no docker is."""
    write_number_task(folder)
    variables = {
        "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "DOCKER_HOST": "unix:///no/docker/in/this/test",
    }
    command = [sys.executable, "-m", "agentkit", "calibrate", "toy/number"]
    subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, check=True, stdout=subprocess.DEVNULL
    )


@pytest.fixture
def uncalibrated(project: Path) -> Path:
    """`project` with nothing in its cache."""
    shutil.rmtree(project / "cache")
    return project


@pytest.fixture
def project(project: Path, once: Once) -> Path:
    shutil.copytree(once("number", calibrate_number_task) / "cache", project / "cache")
    return project
