"""What the harness runs and measures: every generation of its own run is replayed through its own model."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..evaluator import THREADS
from ..examining import Bench, Ran
from .files.start import thinker
from .files.start.thinker import CAP, Question, Thinker, all_questions, solve, word
from .measures import Point, control, performance, scaling
from .outputs import (
    Key,
    number_in,
    read_circles,
    read_generations,
    read_rows,
    read_samples,
    share_in_place,
)
from .replay import METHODS, Generation, Setting, explains, generate

WEIGHTS = "model.npz"
QUESTIONS = 240
BUDGETS = 5
MEASURES = {"control": control, "scaling": scaling, "performance": performance}
FIGURES = {
    "performance": 0.0,
    "rise": 0.0,
    **{f"{method}_right": 0.0 for method in METHODS},
    **{f"{name}_right": 0.0 for name in MEASURES},
    "points_right": 0.0,
    "plot_right": 0.0,
    "samples_right": 0.0,
}
Told = Mapping[Key, Generation]


class BudgetForcing:
    """Implements `examining.Examination`."""

    figures: Mapping[str, float] = FIGURES

    def prepare(self, folder: Path) -> None:
        # On one thread, in a process of its own: the order of a sum would depend on how many there are.
        command = [sys.executable, thinker.__file__, str(folder / WEIGHTS)]
        subprocess.run(command, env={**os.environ, **dict.fromkeys(THREADS, "1")}, check=True)

    async def examine(self, bench: Bench) -> str:
        rng = np.random.default_rng(bench.seed)
        questions, settings = draw_questions(rng), draw_settings(rng)
        given = {
            "questions.json": [
                {"id": number, "rule": each.rule, "start": each.start, "times": each.times}
                for number, each in enumerate(questions)
            ],
            "settings.json": [each.model_dump() for each in settings],
        }
        ran = await bench.run(
            "study",
            ("run.py", "given/questions.json", "given/settings.json", "out"),
            {name: json.dumps(table, indent=1).encode() for name, table in given.items()},
        )
        model = Thinker.load(bench.data / WEIGHTS)
        found = await asyncio.to_thread(measure, model, questions, settings, ran)
        bench.figures.update(found)
        right = sum(found[f"{method}_right"] for method in METHODS) / len(METHODS)
        return (
            f"performance {found['performance']:.3f}; {right:.0%} of the generations are the model's,"
            f" {found['rise']:+.3f} by force"
        )


def draw_questions(rng: np.random.Generator) -> list[Question]:
    pool = all_questions(held_out=True)
    return [pool[each] for each in rng.choice(len(pool), QUESTIONS, replace=False)]


def draw_settings(rng: np.random.Generator) -> list[Setting]:
    """Budgets that nobody knows before: one that cuts most thoughts, others, and the largest there can be."""
    others = rng.choice(np.arange(5, CAP - 1), BUDGETS - 1, replace=False)
    budgets = [int(rng.integers(2, 5)), *sorted(map(int, others)), CAP]
    bounds = {"short": (0, 4), "normal": (5, 7), "long": (8, CAP)}
    rows: list[tuple[str, str, str, int, int]] = [
        *((f"truncation-{each}", "truncation", "normal", 0, each) for each in budgets),
        *((f"forcing-{each}", "forcing", "normal", each, each) for each in budgets),
        *((f"class-{effort}", "class", effort, least, most) for effort, (least, most) in bounds.items()),
    ]
    return [Setting.model_validate(dict(zip(Setting.model_fields, row, strict=True))) for row in rows]


def measure(
    model: Thinker, questions: Sequence[Question], settings: Sequence[Setting], ran: Ran
) -> dict[str, float]:
    """All figures. What is not the model's own saying counts as a wrong answer in `performance`, and
    elsewhere its place is taken by what the model says."""
    claimed = read_generations(ran.read("generations.jsonl"))
    told: dict[Key, Generation] = {}
    truth: dict[Key, Generation] = {}
    for setting in settings:
        for number, expected in enumerate(generate(model, questions, setting)):
            key = (setting.name, number)
            said = claimed.get(key)
            if said is not None and (said == expected or explains(model, questions[number], setting, said)):
                told[key] = said
            truth[key] = told.get(key, expected)
    points = [point(setting, questions, truth) for setting in settings]
    shown = {each.name: point(each, questions, told) for each in settings}
    natural = next(each for each in points if each.setting == f"truncation-{CAP}")
    forced = [shown[each.name] for each in settings if each.method == "forcing"]
    return {
        "performance": performance(list(shown.values())),
        "rise": max(0.0, performance(forced) - natural.accuracy),
        **{f"{method}_right": share_told(method, settings, told, len(questions)) for method in METHODS},
        **measures_right(points, ran),
        "points_right": points_right(points, ran),
        "plot_right": share_in_place(
            read_circles(ran.read("plot.svg"), METHODS),
            {each.setting: (each.tokens, each.accuracy) for each in points},
        ),
        "samples_right": samples_right(questions, settings, told, ran),
    }


def point(setting: Setting, questions: Sequence[Question], said: Told) -> Point:
    """A question of which nothing was said counts as wrong, and as outside the bounds."""
    found = {number: said.get((setting.name, number)) for number in range(len(questions))}
    there = {number: each for number, each in found.items() if each is not None}
    return Point(
        setting=setting.name,
        method=setting.method,
        generations=len(questions),
        right=sum(each.answer == solve(questions[number]) for number, each in there.items()),
        within=sum(setting.least <= each.thought <= setting.most for each in there.values()),
        thought=sum(each.thought for each in there.values()),
    )


def share_told(method: str, settings: Sequence[Setting], told: Told, count: int) -> float:
    keys = [(each.name, number) for each in settings if each.method == method for number in range(count)]
    return sum(key in told for key in keys) / len(keys)


def same(written: float, value: float) -> bool:
    return math.isclose(written, value, rel_tol=1e-3, abs_tol=1e-6)


def measures_right(points: Sequence[Point], ran: Ran) -> dict[str, float]:
    """For each measure, the share of methods whose cell in `table.csv` is right."""
    rows = read_rows(ran.read("table.csv"), "method")
    of = {method: [each for each in points if each.method == method] for method in METHODS}
    return {
        f"{name}_right": sum(
            same(number_in(rows.get(method, {}), name), measure_of(of[method])) for method in METHODS
        )
        / len(METHODS)
        for name, measure_of in MEASURES.items()
    }


def points_right(points: Sequence[Point], ran: Ran) -> float:
    """The share of settings whose row in `points.csv` is right."""
    rows = read_rows(ran.read("points.csv"), "setting")
    good = 0
    for each in points:
        row = rows.get(each.setting, {})
        numbers = same(number_in(row, "tokens"), each.tokens) and same(
            number_in(row, "accuracy"), each.accuracy
        )
        good += numbers and row.get("method", "").strip() == each.method
    return good / len(points)


def samples_right(questions: Sequence[Question], settings: Sequence[Setting], told: Told, ran: Ran) -> float:
    """In quarters: two true samples of each method, and a question that only force got right, both ways.

    One that is not true spoils its method's quarter."""
    method_of = {each.name: each.method for each in settings}
    true: dict[str, list[tuple[int, bool, str]]] = {method: [] for method in METHODS}
    spoilt: set[str] = set()
    for sample in read_samples(ran.read_json("samples.json")):
        said = told.get((sample.setting, sample.question))
        if said is None:
            spoilt.add(method_of.get(sample.setting, ""))
            continue
        method = method_of[sample.setting]
        right = said.answer == solve(questions[sample.question])
        if right is sample.right and sample.text.split() == " ".join(map(word, said.tokens)).split():
            true[method].append((sample.question, right, sample.setting))
        else:
            spoilt.add(method)
    good = sum(len(set(true[method])) >= 2 and method not in spoilt for method in METHODS)
    lost = {number for number, right, name in true["truncation"] if not right and name.endswith(f"-{CAP}")}
    rescued = any(right and number in lost for number, right, _ in true["forcing"])
    return (good + rescued) / (len(METHODS) + 1)


examination = BudgetForcing()
