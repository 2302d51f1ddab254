"""Where the user's shards are looked for, and the command that gets them."""

from __future__ import annotations

import os
from pathlib import Path

from .source import FETCHED, Checkout

DATA_VARIABLE = "AGENTKIT_FINEWEB"
"""The user's folder with the shards."""
DATA = "data/fineweb10B"
LOADER = "data/cached_fineweb10B.py"
"""Upstream's downloader, which puts them beside itself."""
VALIDATION_SHARD = "fineweb_val_000000.bin"


def train_shard(number: int) -> str:
    """From 1 on."""
    return f"fineweb_train_{number:06d}.bin"


def data_folder(checkout: Checkout, cache: Path) -> Path:
    """As the user says, else beside upstream's downloader."""
    return named_folder() or home_of_loader(checkout, cache) / DATA


def named_folder() -> Path | None:
    value = os.environ.get(DATA_VARIABLE, "").strip()
    return Path(value).expanduser().resolve() if value else None


def home_of_loader(checkout: Checkout, cache: Path) -> Path:
    """llm-speedrunner has no downloader, so there it is the one of a fetched checkout."""
    return cache / FETCHED if checkout.is_templates else checkout.folder


def loader_command(checkout: Checkout, cache: Path, shards: int) -> str:
    """What gets the shards to where they are looked for."""
    folder = home_of_loader(checkout, cache)
    command = f"pip install huggingface_hub && python {folder / LOADER} {shards}"
    if checkout.is_templates:
        command = f"agentkit speedrun fetch && {command}"
    if named_folder():
        command += f" && export {DATA_VARIABLE}={folder / DATA}"
    return command
