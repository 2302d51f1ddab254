"""`agentkit speedrun fetch`, as it is typed, from a repository beside the test."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
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
    for place, told in (("full/file", "Not a directory"), ("full/file/below", "Not a directory")):
        fetch[3] = str(tmp_path / place)
        assert main(fetch) == 4
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("file://", "https://127.0.0.1:9", "clone it elsewhere"),
        ('commit = "', 'commit = "0123', "no longer has the commit"),
    ],
)
def test_no_network_and_a_commit_that_is_gone(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    text = table.read_text().replace(old, new)
    table.write_text(re.sub(r'commit = "0123(\w{36})\w{4}"', r'commit = "0123\1"', text))
    assert main(["speedrun", "fetch", "--to", str(tmp_path / "here"), "--table", str(table)]) == 3
    assert told in capsys.readouterr().err


def test_without_git(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert main(["speedrun", "fetch", "--to", str(tmp_path / "here"), "--table", str(table)]) == 3
    assert "git is not installed" in capsys.readouterr().err


@pytest.mark.real
@pytest.mark.parametrize("step", ["fetch", "checkout"])
def test_killed_in_a_step_it_goes_on(table: Path, tmp_path: Path, step: str) -> None:
    """The git of the first call ends its caller and itself, as a machine does that goes down."""
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "git"
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do [ "$word" = {step} ] && kill -9 $PPID $$; done\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    command = [sys.executable, "-m", "agentkit", "speedrun", "fetch", "--table", str(table)]
    command += ["--to", str(tmp_path / "here")]
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    killed = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert killed.returncode == -9
    assert not (tmp_path / "here" / "train_gpt2.py").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "1 scripts as they should be" in done.stdout) == (0, True), done.stderr
    assert ("fetching commit" in done.stderr) is (step == "fetch"), "what had come is kept"


@pytest.mark.real
def test_a_full_disk_says_how_much_room_it_takes(table: Path, tmp_path: Path) -> None:
    """A small file system in a namespace of its own; then the same command with room."""
    (tmp_path / "disk").mkdir()
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run(
        [*own, f"mount -t tmpfs tmpfs {tmp_path}/disk"], capture_output=True, check=False
    ).returncode:
        pytest.skip("this system lets nobody mount")
    fetch = f"{sys.executable} -m agentkit speedrun fetch --to {tmp_path}/disk/here --table {table}"
    script = (
        f"mount -t tmpfs -o size=64k tmpfs {tmp_path}/disk; {fetch}; echo rc=$?; "
        f"mount -o remount,size=8m {tmp_path}/disk; {fetch}; echo rc=$?"
    )
    done = subprocess.run([*own, script], capture_output=True, text=True, check=False)
    assert "make room (some 500 MB)" in done.stderr, done.stderr
    assert done.stdout.splitlines()[0] == "rc=3" and done.stdout.splitlines()[-1] == "rc=0"
