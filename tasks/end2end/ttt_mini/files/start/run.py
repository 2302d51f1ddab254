"""The commands that the harness runs; see the instructions. This file is yours, too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

import model
import puzzles
from ttt import adapt, training_tasks, vote

SEED = int(os.environ.get("AGENTKIT_SEED", "42"))
DATA = Path(os.environ.get("AGENTKIT_DATA", "/data"))
CONFIGURATIONS = {
    "ttt": {},
    "no_augmentation": {"augmented": False},
    "no_demonstration_loss": {"demonstration_loss": False},
}
STRATEGIES = ("flat", "hierarchical", "final")


def data(given: Path, out: Path) -> None:
    """tasks.json: for every puzzle its tasks without and with augmentation."""
    rows = []
    for number, puzzle in enumerate(puzzles.read(given)):
        plain, more = (training_tasks(puzzle, augmented, SEED + number) for augmented in (False, True))
        rows.append({"leave_one_out": plain, "augmented": more})
    (out / "tasks.json").write_text(json.dumps(rows, default=lambda each: each.tolist()), encoding="utf-8")


def study(given: Path, out: Path) -> None:
    """adapters/*.npz: for every configuration the adapters of all puzzles."""
    weights = model.load(str(DATA / "fine_tuned.npz"))
    found = puzzles.read(given)
    (out / "adapters").mkdir()
    for name, options in CONFIGURATIONS.items():
        adapters = [adapt(weights, puzzle, SEED + number, **options) for number, puzzle in enumerate(found)]
        write_adapters(out / "adapters" / f"{name}.npz", adapters)


def write_adapters(path: Path, adapters: list[model.Adapter]) -> None:
    """`NAME_left` [puzzles, m, rank] and `NAME_right` [puzzles, rank, n]."""
    arrays = {}
    for name in model.ADAPTED:
        arrays[f"{name}_left"] = np.stack([each[name][0] for each in adapters]).astype(np.float32)
        arrays[f"{name}_right"] = np.stack([each[name][1] for each in adapters]).astype(np.float32)
    np.savez(path, **arrays)


def count_votes(given: Path, out: Path) -> None:
    """votes.json: for every strategy and puzzle the place of the chosen view."""
    rows = json.loads(given.read_text(encoding="utf-8"))
    votes = {strategy: [int(vote(views, strategy)) for views in rows] for strategy in STRATEGIES}
    (out / "votes.json").write_text(json.dumps(votes), encoding="utf-8")


if __name__ == "__main__":
    commands = {"data": data, "study": study, "vote": count_votes}
    commands[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
