"""`agentkit new`: what it writes works as it is, and it never overwrites."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.cli.main import main
from agentkit.cli.new import write_start
from agentkit.errors import UsageError

CHECKOUT = Path(__file__).parents[3]
PROGRAMS = Path(sys.executable).parent


def run(folder: Path, *words: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder, env={"PYTHONPATH": str(CHECKOUT), "PATH": f"{PROGRAMS}:/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "-W", "error")


@pytest.mark.parametrize("kind", ["scaffold", "tool", "task"])
def test_a_start_passes_its_own_test(kind: str, tmp_path: Path) -> None:
    write_start(kind, "my_first", tmp_path)
    run(tmp_path, *PYTEST, "tests")


def test_a_kit_passes_its_own_tests(tmp_path: Path) -> None:
    write_start("kit", "acme_kit", tmp_path)
    run(tmp_path / "acme_kit", *PYTEST)
    kit = tmp_path / "acme_kit" / "acme_kit"
    catalog = open_catalog(kit)
    assert catalog.load("tool", "count_lines").name == "count_lines"
    assert catalog.find_benchmark("acme_kit/roman")[0].path == kit / "tasks" / "acme_kit"


@pytest.mark.real
def test_what_is_written_is_clean(tmp_path: Path) -> None:
    """Strictly typed and linted, each part alone and the kit as a whole."""
    for kind in ("scaffold", "tool", "task"):
        write_start(kind, f"my_{kind}", tmp_path)
    write_start("kit", "acme_kit", tmp_path)
    ruff = ("ruff", "check", "--isolated", "--no-cache", "--line-length", "110")
    run(tmp_path, *ruff, "--select", "E,F,I,B,UP,RET,SIM,PTH", ".")
    cache = str(tmp_path / "cache")
    strict = (
        "mypy",
        "--strict",
        "--explicit-package-bases",
        "--cache-dir",
        cache,
        "--follow-imports",
        "silent",
    )
    run(tmp_path, *strict, "tools", "scaffolds", "tests", "tasks/own/my_task/evaluate.py")
    run(tmp_path / "acme_kit", "mypy", "--cache-dir", cache, "--follow-imports", "silent")


def test_it_says_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "task", "games/chess"]) == 0
    text = capsys.readouterr().out
    assert "wrote tasks/games/chess/task.toml" in text
    assert "pytest tests/tasks/test_chess.py" in text
    assert "agentkit solve tasks/games/chess --scaffold oracle" in text
    assert main(["new", "scaffold", "flat"]) == 0
    assert "It hides" in capsys.readouterr().out


def test_it_never_overwrites(tmp_path: Path) -> None:
    written = write_start("tool", "count", tmp_path)
    written[0].write_text("mine")
    written[1].unlink()
    with pytest.raises(UsageError, match=r"would overwrite[\s\S]*count\.py"):
        write_start("tool", "count", tmp_path)
    assert written[0].read_text() == "mine"
    assert not written[1].exists()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("tool", "my-tool"), ("tool", "class"), ("tool", "a/b"), ("tool", "_hidden"), ("tool", "test_it"),
     ("task", "my-bench/first"), ("task", "a/b/c"), ("kit", "../x"), ("scaffold", "")],
)  # fmt: skip
def test_bad_names_are_refused_before_anything_is_written(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing was written"):
        write_start(kind, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tools").write_text("a file is in the way")
    monkeypatch.chdir(tmp_path)
    assert main(["new", "tool", "count"]) == 1
    assert "cannot be written" in capsys.readouterr().err
