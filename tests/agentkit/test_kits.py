"""Which kits there are: the project's folder, installed packages, agentkit's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentkit import builtin, project
from agentkit.errors import UsageError
from agentkit.kits import BUILTIN, PROJECT, add_kit, find_kits, is_kit

CHECKOUT = Path(__file__).parents[2]
ACME = CHECKOUT / "tests" / "acme_kit"


def names(folder: Path) -> list[str]:
    return [kit.name for kit in find_kits(folder)]


def test_project_comes_before_builtin(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    kits = find_kits(tmp_path)
    assert (kits[0].name, kits[0].root, kits[0].package) == (PROJECT, tmp_path, "agentkit.project")
    assert (kits[-1].name, kits[-1].root) == (BUILTIN, builtin.ROOT)


def test_checkout_as_project_is_one_kit(tmp_path: Path) -> None:
    assert PROJECT not in names(builtin.ROOT)
    link = tmp_path / "checkout"
    link.symlink_to(builtin.ROOT)
    assert PROJECT not in names(link)
    assert project.mounted() == ()


def test_builtin_reached_through_linked_folders_is_one_kit(tmp_path: Path) -> None:
    """A developer may link agentkit/builtin/tools to the checkout's, for the type checker's sake."""
    (tmp_path / "scaffolds").symlink_to(builtin.ROOT / "scaffolds")
    assert is_kit(tmp_path, find_kits(tmp_path)[-1])
    assert PROJECT not in names(tmp_path)


def test_environment_names_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        (folder / "scaffolds").mkdir(parents=True)
    monkeypatch.chdir(here)
    assert find_kits()[0].root == here
    monkeypatch.setenv("AGENTKIT_PROJECT", str(there))
    assert find_kits()[0].root == there


def test_missing_project_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_PROJECT", str(tmp_path / "gone"))
    with pytest.raises(UsageError, match=r"gone does not exist[\s\S]*AGENTKIT_PROJECT"):
        find_kits()


def test_added_kit_goes_first_and_keeps_the_project(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        (folder / "tools").mkdir(parents=True)
    find_kits(inner)
    assert add_kit(outer).root == outer
    assert project.mounted() == (outer, inner)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages, as pip leaves it: Acme's kit, and one whose package is gone."""
    site = tmp_path / "site"
    for name, value in (("acme", "acme_agentkit"), ("gone", "gone_agentkit")):
        record = site / f"{name}_dist-1.0.dist-info"
        record.mkdir(parents=True)
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n")
        (record / "entry_points.txt").write_text(f"[agentkit.kits]\n{name} = {value}\n")
    (site / "acme_agentkit").symlink_to(ACME / "acme_agentkit")
    return site


SHOW_KITS = """
import sys
from agentkit.kits import find_kits
for kit in find_kits(): print(kit.name, kit.package, kit.broken)
print("imported", "acme_agentkit" in sys.modules)
"""


def test_installed_kits_are_found_without_importing_them(site: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = subprocess.run(
        [sys.executable, "-c", SHOW_KITS],
        cwd=tmp_path / "empty",
        env={"PYTHONPATH": f"{CHECKOUT}:{site}"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [
        [PROJECT, "agentkit.project"],
        ["acme", "acme_agentkit"],
    ]
    assert lines[2] == "gone gone_agentkit there is no package 'gone_agentkit'"
    assert lines[-2].split()[0] == BUILTIN
    assert lines[-1] == "imported False"
