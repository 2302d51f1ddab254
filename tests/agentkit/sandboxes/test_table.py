"""docs/sandboxes.md says what the sandboxes say."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from agentkit.contracts.sandbox import Wall
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.cgroup import group_parents
from agentkit.sandboxes.docker.daemon import walls_of
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.table import with_table
from agentkit.sandboxes.walls import HOLDERS, MEANINGS

PAGE = Path(__file__).parents[3] / "docs/sandboxes.md"
DAEMON = {
    "CgroupVersion": "2",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "MemoryLimit": True,
    "CpuCfsQuota": True,
    "PidsLimit": True,
    "Runtimes": {"nvidia": {}},
}
"""Of `docker info`, on a machine that has everything."""


def found() -> dict[str, dict[Wall, str]]:
    docker = {wall: by.replace("cgroup v2", "cgroup") for wall, by in walls_of(DAEMON).items()}
    return {
        "docker": docker,
        "bubblewrap": dict(BubblewrapSandbox().walls),
        "local": dict(LocalSandbox().walls),
    }


def test_the_page_is_in_step() -> None:
    parents = group_parents()
    if parents is None or "cpu" not in parents.folders:
        pytest.skip("no control groups are permitted here, so the walls are others than the page's")
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_table(text, found())


def test_no_sandbox_has_a_wall_that_advice_denies_it() -> None:
    assert set(MEANINGS) == set(HOLDERS) == set(get_args(Wall))
    for name, walls in found().items():
        assert {wall for wall in walls if name not in HOLDERS[wall]} == set(), name
