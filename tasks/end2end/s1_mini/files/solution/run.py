"""python run.py QUESTIONS.json SETTINGS.json OUT: from generations to table, plot and samples."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

from thinker import Question, Thinker, solve, word

from study.decoding import Generation, Setting, generate
from study.drawing import draw
from study.measuring import control, measure, performance, scaling

METHODS = ("truncation", "forcing", "class")
Said = dict[str, list[Generation]]


def write_generations(path: Path, said: Said) -> None:
    with path.open("w") as file:
        for setting, generations in said.items():
            for each in generations:
                line = {"setting": setting, "question": each.question, "tokens": each.tokens}
                file.write(json.dumps(line) + "\n")


def write_table(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def choose_samples(questions: list[Question], settings: list[Setting], said: Said) -> list[dict[str, object]]:
    """Two of each method, one right and one wrong where there are both; and a question that force rescued."""

    def right(each: Generation) -> bool:
        return each.answer == solve(questions[each.question])

    chosen: dict[tuple[str, int], Generation] = {}
    for method in METHODS:
        largest = [each.name for each in settings if each.method == method][-1]
        ordered = sorted(said[largest], key=right)
        for each in (ordered[0], ordered[-1]):
            chosen[largest, each.question] = each
    free, forced = (
        [each.name for each in settings if each.method == method][-1] for method in ("truncation", "forcing")
    )
    for before, after in zip(said[free], said[forced]):
        if right(after) and not right(before):
            chosen[free, before.question], chosen[forced, after.question] = before, after
            break
    return [
        {
            "setting": name,
            "question": number,
            "text": " ".join(map(word, each.tokens)),
            "right": right(each),
        }
        for (name, number), each in chosen.items()
    ]


def main() -> None:
    questions = [
        Question(each["rule"], each["start"], each["times"])
        for each in json.loads(Path(sys.argv[1]).read_text())
    ]
    settings = [Setting(**each) for each in json.loads(Path(sys.argv[2]).read_text())]
    out = Path(sys.argv[3])
    model = Thinker.load(Path(os.environ["AGENTKIT_DATA"]) / "model.npz")
    said = {each.name: generate(model, questions, each) for each in settings}
    write_generations(out / "generations.jsonl", said)
    points = [measure(each, questions, said[each.name]) for each in settings]
    write_table(
        out / "points.csv",
        ["setting", "method", "tokens", "accuracy"],
        [
            [each.setting.name, each.setting.method, float(each.tokens), float(each.accuracy)]
            for each in points
        ],
    )
    of = {method: [each for each in points if each.setting.method == method] for method in METHODS}
    table: list[list[object]] = [
        [method, float(control(group)), float(scaling(group)), float(performance(group))]
        for method, group in of.items()
    ]
    write_table(out / "table.csv", ["method", "control", "scaling", "performance"], table)
    draw(points, out / "plot.svg")
    (out / "samples.json").write_text(json.dumps(choose_samples(questions, settings, said), indent=1))
    for row in table:
        print(*row)


if __name__ == "__main__":
    main()
