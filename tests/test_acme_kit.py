"""A stranger's kit is used by name with no change to ours: as a folder, and as an installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[1]
ACME = CHECKOUT / "tests" / "acme_kit"
Agent = Callable[..., subprocess.CompletedProcess[str]]

USE_BY_NAME = """
import asyncio, json, sys
from pathlib import Path
from agentkit import Environment, ToolContext
from agentkit.catalog import open_catalog
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace

catalog = open_catalog()
here = Path.cwd()
work = here / "work"
work.mkdir()
(work / "a.txt").write_text("three words here")
context = ToolContext(SnapshotWorkspace(work, Blobs(here / "blobs")), LocalSandbox(), Environment(), here)
tool = catalog.load("tool", "count_words")
result = asyncio.run(tool.call(context, {"path": "a.txt"}))
scaffold = catalog.load("scaffold", "pair")
entry, task = catalog.find_benchmark("acme/words")
modules = [tool.function.__module__, scaffold.make.__module__]
print(json.dumps([result.data["words"], scaffold.build({}).attempts, entry.name, task, modules]))
"""


def agent_in(folder: Path, **variables: str) -> Agent:
    """Runs Python in `folder`, an empty one, with agentkit importable."""
    folder.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGENTKIT_")}
    environment = {**inherited, "PYTHONPATH": str(CHECKOUT), **variables}

    def agent(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    return agent


def lay_out(site: Path) -> None:
    """What pip leaves behind for Acme's package."""
    record = site / "acme_agentkit-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-agentkit\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[agentkit.kits]\nacme = acme_agentkit\n")
    (site / "acme_agentkit").symlink_to(ACME / "acme_agentkit")


@pytest.fixture(params=["folder", "package"])
def acme(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Agent, str]:
    """An agentkit that sees the kit, and the name Python has for the kit there."""
    if request.param == "folder":
        return agent_in(tmp_path / "here", AGENTKIT_PROJECT=str(ACME / "acme_agentkit")), "agentkit.project"
    lay_out(tmp_path / "site")
    return agent_in(tmp_path / "here", PYTHONPATH=f"{CHECKOUT}:{tmp_path / 'site'}"), "acme_agentkit"


def used_by_name(agent: Agent) -> Any:
    result = agent("-c", USE_BY_NAME)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def expected(package: str) -> list[object]:
    modules = [f"{package}.tools.count_words", f"{package}.scaffolds.pair"]
    return [3, 2, "acme", "words", modules]


def test_its_parts_are_used_by_name(acme: tuple[Agent, str]) -> None:
    agent, package = acme
    assert used_by_name(agent) == expected(package)


def test_it_is_listed(acme: tuple[Agent, str]) -> None:
    content = json.loads(acme[0]("-m", "agentkit", "list", "--json").stdout)
    purposes = {row["name"]: row["purpose"] for section in ("tools", "scaffolds") for row in content[section]}
    assert purposes["count_words"] == "Count the words of a file."
    assert purposes["pair"] == "One draft and one improvement of it."
    assert "_count" not in purposes
    tasks = json.loads(acme[0]("-m", "agentkit", "list", "tasks", "--json").stdout)["tasks"]
    assert "acme/words" in [row["name"] for row in tasks]


def test_its_command_is_one_of_agentkits(acme: tuple[Agent, str]) -> None:
    agent, _ = acme
    assert "Say hello from Acme." in agent("-m", "agentkit", "--help").stdout
    assert agent("-m", "agentkit", "acme", "--loud").stdout.startswith("HELLO FROM ACME")


def test_its_task_is_solved_with_its_scaffold_and_its_tool(acme: tuple[Agent, str], tmp_path: Path) -> None:
    agent, _ = acme
    words = [
        "solve",
        "acme/words",
        "--tools",
        "editor,count_words,submit",
        "--cache-folder",
        str(tmp_path / "c"),
    ]
    done = agent("-m", "agentkit", *words, "--model", "scripted/demo", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["scaffold"] == "pair"
    assert [each["metrics"]["words"] for each in summary["attempts"]] == [2.0, 3.0]
    assert summary["best"]["attempt"] == "a2"
    journal = Path(summary["folder"], "journal.jsonl").read_text()
    assert '"name":"count_words","ok":true' in journal


@pytest.mark.real
def test_pip_installs_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(site),
        str(ACME),
    ]
    subprocess.run(install, check=True)
    assert {path.name for path in site.iterdir()} == {"acme_agentkit", "acme_agentkit-1.0.dist-info"}
    agent = agent_in(tmp_path / "here", PYTHONPATH=f"{CHECKOUT}:{site}")
    assert used_by_name(agent) == expected("acme_agentkit")
