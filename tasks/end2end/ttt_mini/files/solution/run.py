"""The commands that the harness runs: training tasks, the study with its ablations, and the votes."""

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
    """adapters/*.npz: for every configuration the adapters of all puzzles; results.json, bars.csv, bars.svg."""
    weights = model.load(str(DATA / "fine_tuned.npz"))
    found = puzzles.read(given)
    (out / "adapters").mkdir()
    known = [number for number, puzzle in enumerate(found) if puzzle.query is not None]
    solved = {
        "base": share_solved([model.load(str(DATA / "base.npz"))] * len(found), found, known),
        "fine_tuned": share_solved([weights] * len(found), found, known),
    }
    for name, options in CONFIGURATIONS.items():
        adapters = [adapt(weights, puzzle, SEED + number, **options) for number, puzzle in enumerate(found)]
        write_adapters(out / "adapters" / f"{name}.npz", adapters)
        solved[name] = share_solved([model.merge(weights, each) for each in adapters], found, known)
    report(out, solved, len(known))


def share_solved(weights: list[model.Weights], found: list[puzzles.Puzzle], known: list[int]) -> float:
    """Of the puzzles whose answer is known: of how many every cell is right."""
    right = 0
    for number in known:
        puzzle = found[number]
        seen = np.ones((1, len(puzzle.inputs)))
        batch = model.Batch(
            puzzle.inputs[None], puzzle.outputs[None], seen, puzzle.query[None], puzzle.answer[None]
        )
        right += bool(np.array_equal(model.predict(weights[number], batch)[0], puzzle.answer))
    return right / max(1, len(known))


def report(out: Path, solved: dict[str, float], count: int) -> None:
    """results.json, bars.csv and bars.svg."""
    results = {"seed": SEED, "puzzles": count, "solved": solved}
    (out / "results.json").write_text(json.dumps(results, indent=2), encoding="utf-8")
    rows = "".join(f"{name},{value}\n" for name, value in solved.items())
    (out / "bars.csv").write_text("configuration,solved\n" + rows, encoding="utf-8")
    (out / "bars.svg").write_text(bar_plot(solved), encoding="utf-8")


def bar_plot(values: dict[str, float]) -> str:
    """SVG: a bar of up to 200 units for each value, its name below and its share above."""
    bars = []
    for number, (name, value) in enumerate(values.items()):
        left, height = 50 + 130 * number, 200 * value
        bars.append(
            f'<rect data-configuration="{name}" x="{left}" y="{230 - height}" width="80" height="{height}" '
            f'fill="steelblue"/>'
            f'<text x="{left + 40}" y="{224 - height}" text-anchor="middle">{value:.0%}</text>'
            f'<text x="{left + 40}" y="248" text-anchor="middle" font-size="11">{name}</text>'
        )
    title = '<text x="350" y="18" text-anchor="middle">Puzzles solved, by configuration</text>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="260" font-family="sans-serif">'
        f'{title}<line x1="40" y1="230" x2="690" y2="230" stroke="black"/>{"".join(bars)}</svg>\n'
    )


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
