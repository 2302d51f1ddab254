"""Greedy decoding under a setting: cut off, forced on, or left alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from thinker import ANSWERS, CAP, EFFORTS, END, WAIT, Question, Thinker


@dataclass(frozen=True)
class Setting:
    name: str
    method: str
    effort: str
    least: int
    most: int

    @property
    def enforced(self) -> tuple[int, int]:
        """Class-conditional control only asks; the model may do as it likes."""
        return (0, CAP) if self.method == "class" else (self.least, self.most)


@dataclass(frozen=True)
class Generation:
    question: int
    tokens: tuple[int, ...]

    @property
    def thought(self) -> int:
        return len(self.tokens) - 2

    @property
    def answer(self) -> int:
        return self.tokens[-1] - ANSWERS


def generate(model: Thinker, questions: list[Question], setting: Setting) -> list[Generation]:
    """All questions in step; one that has ended leaves the batch."""
    least, most = setting.enforced
    effort = EFFORTS.index(setting.effort)
    open_numbers = np.arange(len(questions))
    tokens = np.zeros((len(questions), 0), np.int64)
    done: dict[int, Generation] = {}
    while len(open_numbers):
        asked = [questions[each] for each in open_numbers]
        thought = tokens.shape[1]
        following = model.scores(asked, effort, tokens)[:, :ANSWERS].argmax(axis=1)
        if thought >= most:
            following = np.full_like(following, END)
        elif thought < least:
            following = np.where(following == END, WAIT, following)
        tokens = np.column_stack([tokens, following])
        ended = following == END
        if ended.any():
            last = [question for question, out in zip(asked, ended) if out]
            answers = model.scores(last, effort, tokens[ended])[:, ANSWERS:].argmax(axis=1) + ANSWERS
            for number, said, answer in zip(open_numbers[ended], tokens[ended], answers):
                done[int(number)] = Generation(int(number), (*map(int, said), int(answer)))
        open_numbers, tokens = open_numbers[~ended], tokens[~ended]
    return [done[number] for number in range(len(questions))]
