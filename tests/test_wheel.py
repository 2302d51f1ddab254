"""The wheel: what it puts into site-packages, and that a task is solved from it anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("tools/shell.py", "scaffolds/aide.py", "tasks/speedrun/adapter.py", "plugins/speedrun.py")
DATA = (
    "agentkit/search/prompts/draft.md",
    "agentkit/builtin/tasks/speedrun/records.toml",
    "agentkit/builtin/tasks/speedrun/record12/demo.toml",
    "agentkit/builtin/tasks/speedrun/files/pocket/record12.py",
    "agentkit/py.typed",
    "agentkit/builtin/exploits/pieces.toml",
    "agentkit/builtin/exploits/training/printed_loss.toml",
)

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (path,) = folder.glob("*.whl")
    return path


def test_site_packages_gains_only_agentkit(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {each for each in tops if not each.endswith(".dist-info")} == {"agentkit"}
    assert {f"agentkit/builtin/{part}" for part in PARTS} <= set(names)
    assert set(DATA) <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".bin"))]


def test_a_task_is_solved_from_the_wheel_in_another_folder(wheel: Path, tmp_path: Path) -> None:
    """Unpacked as pip would, in a process that sees neither the checkout nor its folders."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    here = tmp_path / "here"
    here.mkdir()
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AGENTKIT_", "PYTHON"))
    }
    environment = {**inherited, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def agentkit(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agentkit", *words]
        return subprocess.run(
            command, cwd=here, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    listed = json.loads(agentkit("list", "--json").stdout)
    assert {"aide", "react"} <= {row["name"] for row in listed["scaffolds"]}
    task = ROOT / "tests" / "acme_kit" / "acme_agentkit" / "tasks" / "acme" / "words"
    done = agentkit("solve", str(task), "--scaffold", "oracle", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["best"]["fsr"] == 1.0
    planned = agentkit("solve", "tasks/speedrun/record12", "--dry-run")
    assert planned.returncode == 0, planned.stderr[-3000:]
    assert "record 12" in planned.stdout
