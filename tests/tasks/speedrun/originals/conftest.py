"""Logs and repositories of a few lines, in the shape of the real ones."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

RULE = "=" * 100 + "\n"
NEWER = "import os\nprint('newer')\n"
KERNELS = "import triton\n"
OLDEST = "print('before there were logs')\n"
PRINTED = (
    "step:0/20 val_loss:10.8200 train_time:0ms step_avg:nanms\nstep:20/20 val_loss:3.2700 train_time:900ms\n"
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def newer_log(script: str, printed: str, **further: str) -> str:
    """As print0(code) writes it: the source first, each further file after its heading."""
    parts = [f"\n\n{'-' * 40}\n# {name}.py\n{'-' * 40}\n\n{text}" for name, text in further.items()]
    return script + "".join(parts) + "\n" + RULE + "Running Python 3.12\n" + RULE + printed


def older_log(script: str, printed: str) -> str:
    return RULE + script + RULE + "Running pytorch 2.5.1\nnvidia-smi:\n" + RULE + printed


@dataclass(frozen=True)
class Upstream:
    """A bare repository with one record of each kind, and the table that describes it."""

    repository: Path
    commit: str
    table: str

    def write_table(self, path: Path) -> Path:
        path.write_text(self.table)
        return path


@pytest.fixture
def originals(module: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda name: module(f"originals.{name}")


@pytest.fixture(scope="session")
def logs() -> tuple[Callable[..., str], Callable[..., str]]:
    return older_log, newer_log


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    work = tmp_path / "upstream"
    work.mkdir()
    git(work, "init", "--quiet")
    (work / "train_gpt2.py").write_text(OLDEST)
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "first")
    first = git(work, "rev-parse", "HEAD")
    (work / "train_gpt2.py").unlink()
    log = work / "records" / "track_1_short" / "2026-01-01_New" / "run.txt"
    log.parent.mkdir(parents=True)
    log.write_text(newer_log(NEWER, PRINTED, triton_kernels=KERNELS))
    git(work, "add", "--all", ".")
    git(work, "commit", "--quiet", "-m", "second")
    commit = git(work, "rev-parse", "HEAD")
    bare = tmp_path / "upstream.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    name = log.relative_to(work).as_posix()
    table = f"""
repository = "{bare.as_uri()}"
commit = "{commit}"
templates_repository = "{bare.as_uri()}"
templates_commit = "{commit}"
[main.1]
commit = "{first}"
arguments = ["--num_iterations=3"]
files = {{ "train_gpt2.py" = "{sha(OLDEST)}" }}
[main.61]
log = "{name}"
log_sha256 = "{sha(log.read_text())}"
files = {{ "train_gpt.py" = "{sha(NEWER)}", "triton_kernels.py" = "{sha(KERNELS)}" }}
[main.66]
absent = "a change of PyTorch only"
[retimed]
[medium]
[steps]
[templates]
1 = "{sha(OLDEST)}"
"""
    return Upstream(bare, commit, table)
