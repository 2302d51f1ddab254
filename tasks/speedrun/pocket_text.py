"""The pocket tier's text: train.bin in a folder to mount, the held-out part in memory only."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from agentkit.evaluation.locked import is_plain

from . import corpus

NAME = "train.bin"


@cache
def pocket_corpus() -> corpus.Corpus:
    """Built once a process: it reads eleven megabytes of source."""
    return corpus.build(corpus.running_stdlib())


def train_folder(cache_folder: Path) -> Path:
    """A folder with nothing but train.bin in it, named by the corpus. The held-out text is never written."""
    return cache_folder.resolve() / "speedrun" / f"pocket-{pocket_corpus().digest[:16]}"


def write_train(folder: Path) -> None:
    """Idempotent, and safe beside another process that does the same."""
    if train_is_intact(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".train-", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pocket_corpus().train)
    Path(name).chmod(0o444)
    Path(name).replace(folder / NAME)


def train_is_intact(folder: Path) -> bool:
    path = folder / NAME
    text = pocket_corpus().train
    return is_plain(path) and path.stat().st_size == len(text) and path.read_bytes() == text
