"""python run.py QUESTIONS.json SETTINGS.json OUT: the whole study. So far the model is left alone."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from thinker import ANSWERS, CAP, EFFORTS, END, NOTHING, Question, Thinker


def think(model: Thinker, questions: list[Question], effort: int) -> list[list[int]]:
    """Greedy generation: for each question the thinking, END and the answer."""
    tokens = np.zeros((len(questions), 0), np.int64)
    told: list[list[int]] = [[] for _ in questions]
    for thought in range(CAP + 1):
        following = model.scores(questions, effort, tokens)[:, :ANSWERS].argmax(axis=1)
        if thought == CAP:
            following[:] = END
        tokens = np.column_stack([tokens, following])
        answers = model.scores(questions, effort, tokens)[:, ANSWERS:].argmax(axis=1) + ANSWERS
        for number in np.flatnonzero(following == END):
            if not told[number]:
                told[number] = [*map(int, tokens[number]), int(answers[number])]
        tokens[following == END, -1] = NOTHING  # it has ended; what follows is not looked at
    return told


def main() -> None:
    questions = [
        Question(each["rule"], each["start"], each["times"])
        for each in json.loads(Path(sys.argv[1]).read_text())
    ]
    settings = json.loads(Path(sys.argv[2]).read_text())
    out = Path(sys.argv[3])
    model = Thinker.load(Path(os.environ["AGENTKIT_DATA"]) / "model.npz")
    with (out / "generations.jsonl").open("w") as file:
        for setting in settings:
            if (setting["method"], setting["most"]) != ("truncation", CAP):
                continue  # every other way to think is yours to write
            for number, tokens in enumerate(think(model, questions, EFFORTS.index(setting["effort"]))):
                line = {"setting": setting["name"], "question": number, "tokens": tokens}
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
