"""What is run and measured. Neither answers nor the grids that are asked about leave the harness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agentkit.errors import RunProblem

from ..evaluator import THREADS
from ..examining import Bench, Ran
from .handed_in import (
    BARS,
    CONFIGURATIONS,
    MISSING,
    plot_error,
    read_adapters,
    read_votes,
    reported_error,
    size_of,
    table_error,
)
from .training_tasks import is_leave_one_out, read_tasks, stems_from
from .views import View, ask, flat_winners, hierarchical_winners, made_up, model, puzzles, shown_views, solved

SALT = 20_251
"""Keeps the draws of the harness apart from those of a candidate with the same seed."""
STRATEGIES = ("flat", "hierarchical", "final")
ZERO = {
    "solved": 0.0,
    **dict.fromkeys(BARS, 0.0),
    "gain": 0.0,
    "augmentation_gain": 0.0,
    "vote_flat": 0.0,
    "vote_hierarchical": 0.0,
    "oracle": 0.0,
    "flat_right": 0.0,
    "hierarchical_right": 0.0,
    "leave_one_out_right": 0.0,
    "augmented_right": 0.0,
    "expansion": 0.0,
    "kinds_of_augmentation": 0.0,
    "repeatable": 0.0,
    "adapted": 0.0,
    "ablations_differ": 0.0,
    "validation_gap": 1.0,
    "reported_error": MISSING,
    "table_error": MISSING,
    "plot_error": MISSING,
}
PREPARE_SECONDS = 600
Winners = Callable[[Sequence[View]], set[tuple[int, ...]]]


@dataclass(frozen=True)
class PuzzleExamination:
    """Implements `Examination`. Numbers of puzzles."""

    known: int = 12
    """With their answers, for the report."""
    held_back: int = 32
    """For the score."""
    checked: int = 12
    """Of those, the ones whose training tasks are looked at."""
    made_up: int = 40
    """Lists for the votes on which one can go wrong."""

    @property
    def figures(self) -> Mapping[str, float]:
        return ZERO

    def prepare(self, folder: Path) -> None:
        """base.npz and fine_tuned.npz, by the script that the candidate can read."""
        script = Path(model.__file__).with_name("pretrain.py")
        command = [sys.executable, "-B", str(script), str(folder)]
        one_thread = {**os.environ, **dict.fromkeys(THREADS, "1")}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PREPARE_SECONDS, check=False, env=one_thread
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:]
            raise RunProblem("The network of ttt_mini could not be trained.", *last, "Next: agentkit doctor")

    async def examine(self, bench: Bench) -> str:
        known, held_back = draw(bench.seed, self.known, self.held_back)
        await examine_data(bench, held_back[: self.checked])
        weights = await examine_study(bench, known, held_back)
        await examine_votes(bench, weights, held_back, self.made_up)
        figures = bench.figures
        return (
            f"solved {figures['solved']:.0%} of {self.held_back}: base {figures['base']:.0%}, fine-tuned "
            f"{figures['fine_tuned']:.0%}, test-time training {figures['ttt']:.0%}"
        )


def draw(seed: int, known: int, held_back: int) -> tuple[list[Any], list[Any]]:
    """Puzzles of the rules that the candidate may develop on, and of those that it has never met."""
    used = {*puzzles.TRAINING, *puzzles.VALIDATION}
    unseen = [number for number in range(len(puzzles.MOVES)) if number not in used]
    first, second = (int(each) for each in np.random.SeedSequence([SALT, seed]).generate_state(2))
    return (
        puzzles.make_puzzles(first, known, puzzles.VALIDATION),
        puzzles.make_puzzles(second, held_back, unseen),
    )


def without_test(asked: Sequence[Any]) -> list[Any]:
    return [puzzles.Puzzle(each.inputs, each.outputs, None, None) for each in asked]


async def examine_data(bench: Bench, asked: Sequence[Any]) -> None:
    """The training tasks, made twice."""
    given = {"puzzles.json": puzzles.write(without_test(asked))}
    words = ("run.py", "data", "given/puzzles.json", "out")
    runs = [await bench.run(name, words, given) for name in ("data", "data_again")]
    written = runs[0].read_json("tasks.json")
    rows = written if isinstance(written, list) and len(written) == len(asked) else []
    plain, images, kinds, expansion = 0, [], set(), []
    for row, puzzle in zip(rows, asked, strict=False):
        row = row if isinstance(row, dict) else {}
        plain += is_leave_one_out(read_tasks(row.get("leave_one_out")), puzzle)
        more = read_tasks(row.get("augmented")) or []
        found = [stems_from(task, puzzle) for task in more]
        images += [bool(each) for each in found]
        kinds |= set(found) - {"", "same"}
        expansion.append(len({each.unordered for each in more}) / len(puzzle.inputs))
    bench.figures |= {
        "leave_one_out_right": plain / len(asked),
        "augmented_right": sum(images) / len(images) if images else 0.0,
        "expansion": sum(expansion) / len(asked),
        "kinds_of_augmentation": float(bool(kinds & {"colours", "both"}) + bool(kinds & {"turned", "both"})),
        "repeatable": float(bool(images) and runs[0].read("tasks.json") == runs[1].read("tasks.json")),
    }


async def examine_study(bench: Bench, known: Sequence[Any], held_back: Sequence[Any]) -> list[Any]:
    """Adapters, the figures that they reach, and what the run reported; returns the adapted weights of the
    puzzles that were held back."""
    given = puzzles.write([*known, *without_test(held_back)])
    words = ("run.py", "study", "given/puzzles.json", "out")
    ran = await bench.run("study", words, {"puzzles.json": given})
    count = len(known) + len(held_back)
    adapters = {name: read_adapters(ran, name, count) for name in CONFIGURATIONS}
    base, fine_tuned = (model.load(str(bench.data / f"{name}.npz")) for name in ("base", "fine_tuned"))
    weights = {
        "base": [base] * count,
        "fine_tuned": [fine_tuned] * count,
        **{name: [model.merge(fine_tuned, each) for each in own] for name, own in adapters.items()},
    }
    bars = {name: solved(own[len(known) :], held_back) for name, own in weights.items()}
    shown = {name: solved(own[: len(known)], known) for name, own in weights.items()}
    changed = [size_of(each) > 1e-4 for each in adapters["ttt"]]
    bench.figures |= {
        **bars,
        "gain": bars["ttt"] - bars["fine_tuned"],
        "augmentation_gain": bars["ttt"] - bars["no_augmentation"],
        "adapted": sum(changed) / count,
        "ablations_differ": differing(adapters, [*known, *held_back]),
        "validation_gap": abs(shown["ttt"] - bars["ttt"]),
        **report_figures(ran, shown),
    }
    return weights["ttt"][len(known) :]


def differing(adapters: Mapping[str, Sequence[Any]], asked: Sequence[Any]) -> float:
    """Share of puzzles whose adapter is another one in each ablation that has a meaning for them.

    With two demonstrations only the left-out one can be predicted, so demonstration loss changes nothing.
    """
    apart = []
    for number, puzzle in enumerate(asked):
        ablations = CONFIGURATIONS[1:] if len(puzzle.inputs) > 2 else CONFIGURATIONS[1:2]
        full = adapters["ttt"][number]
        apart.append(all(differ(full, adapters[name][number]) for name in ablations))
    return share(apart)


def differ(one: Any, other: Any) -> bool:
    pairs = ((one[name], other[name]) for name in model.ADAPTED)
    return any(not np.allclose(a @ b, c @ d, atol=1e-6) for (a, b), (c, d) in pairs)


def report_figures(ran: Ran, measured: Mapping[str, float]) -> dict[str, float]:
    """How far what the run reports is from what was measured, on the puzzles with answers."""
    return {
        "reported_error": reported_error(ran.read_json("results.json"), measured),
        "table_error": table_error(ran.read("bars.csv"), measured),
        "plot_error": plot_error(ran.read("bars.svg"), measured),
    }


async def examine_votes(
    bench: Bench, weights: Sequence[Any], held_back: Sequence[Any], lists_made_up: int
) -> None:
    """The candidate votes on predictions that the harness made; it sees neither question nor answer."""
    seen = [ask(own, puzzle, bench.seed) for own, puzzle in zip(weights, held_back, strict=True)]
    lists = [*seen, *made_up(SALT + bench.seed, lists_made_up)]
    given = {"views.json": json.dumps([shown_views(each) for each in lists]).encode()}
    ran = await bench.run("vote", ("run.py", "vote", "given/views.json", "out"), given)
    votes = read_votes(ran, STRATEGIES, lists)
    answers = [tuple(map(int, each.answer)) for each in held_back]
    shares = {name: share(map(is_right, seen, votes[name], answers)) for name in STRATEGIES}
    bench.figures |= {
        "solved": shares["final"],
        "vote_flat": shares["flat"],
        "vote_hierarchical": shares["hierarchical"],
        "oracle": share(map(is_among, seen, answers)),
        "flat_right": follows(votes["flat"], lists, flat_winners),
        "hierarchical_right": follows(votes["hierarchical"], lists, hierarchical_winners),
    }


def is_right(views: Sequence[View], choice: int, answer: tuple[int, ...]) -> bool:
    return views[choice].prediction == answer


def is_among(views: Sequence[View], answer: tuple[int, ...]) -> bool:
    return any(each.prediction == answer for each in views)


def follows(choices: Sequence[int], lists: Sequence[Sequence[View]], winners: Winners) -> float:
    """Share of the lists in which the chosen prediction may win the vote."""
    pairs = zip(choices, lists, strict=True)
    return share(views[choice].prediction in winners(views) for choice, views in pairs)


def share(found: Iterable[bool]) -> float:
    values = list(found)
    return sum(values) / len(values)


examination = PuzzleExamination()
