"""`agentkit speedrun fetch`, as it is typed, from a repository beside the test."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from agentkit.cli.main import main

SCRIPT = "print('a record')\n"
TABLE = """
repository = "{repository}"
commit = "{commit}"
templates_repository = "{repository}"
templates_commit = "{commit}"
[main.1]
commit = "{commit}"
files = {{ "train_gpt2.py" = "{digest}" }}
[main.66]
absent = "a change of PyTorch only"
[retimed]
[medium]
[steps]
[templates]
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Of a repository with one script."""
    work = tmp_path / "upstream"
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    work.mkdir()
    (work / "train_gpt2.py").write_text(SCRIPT)
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    digest = hashlib.sha256(SCRIPT.encode()).hexdigest()
    path = tmp_path / "table.toml"
    path.write_text(TABLE.format(repository=work.as_uri(), commit=done.stdout.strip(), digest=digest))
    return path


def test_it_says_where_and_how_many(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "here"
    assert main(["speedrun", "fetch", "--to", str(to), "--table", str(table)]) == 0
    said, progress = capsys.readouterr()
    assert "1 scripts as they should be" in said
    assert "main.66" in said
    assert f"AGENTKIT_MODDED_NANOGPT={to}" in said
    assert "fetching commit" in progress
    assert (to / "train_gpt2.py").read_text() == SCRIPT


def test_the_cache_folder_needs_no_variable(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main(["speedrun", "fetch", "--table", str(table), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(tmp_path / "cache" / "agentkit" / "modded-nanogpt")
    assert (found["scripts"], found["without"]) == (1, ["main.66"])


def test_what_is_not_right_is_told_with_its_exit_code(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch = ["speedrun", "fetch", "--to", str(tmp_path / "here"), "--table", str(table)]
    table.write_text(table.read_text().replace("/upstream", "/nothing"))
    assert main(fetch) == 3
    assert "git fetch did not work" in capsys.readouterr().err
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    fetch[3] = str(tmp_path / "full")
    assert main(fetch) == 4
    assert "in the way" in capsys.readouterr().err
