"""s1 in miniature: the oracle shows the effect, nothing done is worth nothing, and no forgery pays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agentkit.contracts.task import Task

from ..conftest import Measure, load, module
from ..mini_work import carry_out, hold_to_the_rubric

examine = module("s1_mini.examine")
replay = module("s1_mini.replay")
thinker = module("s1_mini.files.start.thinker")

RNG = np.random.default_rng(4)
QUESTIONS = examine.draw_questions(RNG)[:30]
SETTINGS = examine.draw_settings(RNG)
MODEL = thinker.train(count=1500, epochs=2, batch=256)
SAID = {each.name: replay.generate(MODEL, QUESTIONS, each) for each in SETTINGS}


@pytest.fixture(scope="module")
def task() -> Task:
    return load("s1_mini")


@pytest.fixture
def figures_of(tmp_path: Path) -> Callable[[dict[str, str]], dict[str, float]]:
    """The figures of a run that wrote these files."""

    ran = module("examining").Ran(None, tmp_path)

    def measured(files: dict[str, str]) -> dict[str, float]:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        found: dict[str, float] = examine.measure(MODEL, QUESTIONS, SETTINGS, ran)
        assert set(found) == set(examine.FIGURES)
        return found

    return measured


def lines(change: Callable[[str, int, tuple[int, ...]], tuple[int, ...]]) -> str:
    rows = [
        {"setting": name, "question": number, "tokens": change(name, number, each.tokens)}
        for name, said in SAID.items()
        for number, each in enumerate(said)
    ]
    return "\n".join(map(json.dumps, rows))


def test_what_the_model_says_is_right_everywhere(figures_of: Callable[..., dict[str, float]]) -> None:
    found = figures_of({"generations.jsonl": lines(lambda name, number, tokens: tokens)})
    assert [found[f"{method}_right"] for method in replay.METHODS] == [1.0, 1.0, 1.0]
    right = [
        sum(e.answer == thinker.solve(q) for e, q in zip(said, QUESTIONS, strict=True))
        for said in SAID.values()
    ]
    assert found["performance"] == max(right) / len(QUESTIONS)
    assert found["control_right"] == found["plot_right"] == found["samples_right"] == 0.0


def test_answers_that_the_model_does_not_give_are_worth_nothing(
    figures_of: Callable[..., dict[str, float]],
) -> None:
    """The questions are easy for a program: a run that knows every answer must not score by it."""

    def know(name: str, number: int, tokens: tuple[int, ...]) -> tuple[int, ...]:
        return (*tokens[:-1], thinker.ANSWERS + thinker.solve(QUESTIONS[number]))

    def reason(name: str, number: int, tokens: tuple[int, ...]) -> tuple[int, ...]:
        question, said = QUESTIONS[number], []
        symbol = question.start
        for left in reversed(range(question.times)):
            symbol = int(thinker.SHUFFLES[question.rule, symbol])
            said.append(thinker.step_token(symbol, left))
        return (*said, thinker.END, thinker.ANSWERS + symbol)

    honest = figures_of({"generations.jsonl": lines(lambda name, number, tokens: tokens)})["performance"]
    for forge in (know, reason):
        assert figures_of({"generations.jsonl": lines(forge)})["performance"] <= honest < 0.9


def test_budgets_differ_between_seeds_and_span_the_effect() -> None:
    drawn = [examine.draw_settings(np.random.default_rng(seed)) for seed in range(5)]
    assert len({tuple(each.name for each in settings) for settings in drawn}) == 5
    for settings in drawn:
        for method in ("truncation", "forcing"):
            budgets = [each.most for each in settings if each.method == method]
            assert budgets == sorted(set(budgets))
            assert budgets[0] < 5
            assert budgets[-1] == thinker.CAP


def test_the_demonstration_ends_with_the_reference(task: Task) -> None:
    files = {name: path.read_text() for name, path in task.files.items()}
    last = carry_out(task.transcripts["demo"], files)
    assert {name: last[name] for name in task.solution} == {
        n: p.read_text() for n, p in task.solution.items()
    }


def test_the_instructions_agree_with_the_files(task: Task) -> None:
    assert "{" not in re.sub(r"`[^`]*`", "", task.instructions)
    assert f"`CAP` = {thinker.CAP}" in task.instructions
    assert f"{thinker.RULES} rules" in task.instructions
    assert task.rubric is not None
    named = set(re.findall(r'name = "(\w+)"', task.rubric.read_text()))
    assert named
    assert named <= set(examine.FIGURES)


CLAIMS = {
    "report.md": "| method | control | scaling | performance |\n|---|---|---|---|\n"
    "| truncation | 1.0 | 0.09 | 0.6 |\n| forcing | 1.0 | 0.03 | 0.98 |\n| class | 0.7 | 0.1 | 0.8 |\n",
    "results.json": '{"performance": 0.98, "forcing_right": 1.0}',
    "out/table.csv": "method,control,scaling,performance\nforcing,1.0,0.03,0.98\n",
}


@pytest.mark.real
@pytest.mark.slow
def test_oracle_nothing_and_mere_claims(task: Task, measure: Measure, tmp_path: Path) -> None:
    hold_to_the_rubric(task, measure, CLAIMS, tmp_path)
