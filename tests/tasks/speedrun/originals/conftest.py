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


LOOP = "for _ in range(grad_accum_steps):\n    loss = model(x)\n    loss.backward()\noptimizer.step()\n"
MADE: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "3": ({"train_gpt.py": "print('three')\n"}, ("--a=1",)),
    "4": ({"train_gpt.py": "print('four')\n"}, ()),
    "12": ({"train_gpt.py": "print('twelve')\n"}, ()),
    "13": ({"train_gpt.py": "print('thirteen')\n", "triton_kernels.py": KERNELS}, ()),
    "18": ({"train_gpt.py": LOOP}, ()),
    "19": ({"train_gpt.py": LOOP + "# faster\n"}, ()),
}
"""Records of the main track by number: files, and words for the command line."""


@dataclass(frozen=True)
class MadeCheckout:
    """A folder that looks like a checkout of modded-nanogpt, and the table that describes it."""

    folder: Path
    checkout: Any
    sources: Any

    def of(self, profile: str) -> tuple[Any, str, Any]:
        return self.checkout, profile, self.sources


@pytest.fixture
def made_checkout(tmp_path: Path, originals: Callable[[str], Any]) -> MadeCheckout:
    source = originals("source")
    folder = tmp_path / "modded-nanogpt"
    places = {}
    for number, (files, arguments) in MADE.items():
        further = {name.removesuffix(".py"): text for name, text in files.items() if name != "train_gpt.py"}
        log = newer_log(files["train_gpt.py"], PRINTED, **further)
        name = f"{source.LOGS}/{number}.txt"
        if arguments:
            name, log = f"{source.LOGS}/{number}.py", files["train_gpt.py"]
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(log)
        places[number] = source.Place(
            **{"file" if arguments else "log": name},
            arguments=arguments,
            files={each: sha(text) for each, text in files.items()},
        )
    empty: dict[str, Any] = {}
    sources = source.Sources(
        repository="r", commit="c", templates_repository="r", templates_commit="c",
        main=places, retimed=empty, medium=empty, steps=empty, templates={},
    )  # fmt: skip
    return MadeCheckout(folder, source.Checkout(folder, is_templates=False), sources)
