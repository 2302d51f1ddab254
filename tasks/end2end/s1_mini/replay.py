"""Replaying: what the model says under a setting, and whether a generation is one that it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from agentkit.contracts.record import Record

from .files.start.thinker import (
    ANSWERS,
    CAP,
    EFFORTS,
    END,
    NOTHING,
    VOCABULARY,
    WAIT,
    WINDOW,
    Ints,
    Question,
    Thinker,
    step_token,
)

METHODS = ("truncation", "forcing", "class")
NEAR = 1e-3
"""Scores closer than this are a tie: another order of the same sums may decide it."""


class Setting(Record):
    """One way to generate. `least` and `most` are thinking tokens; for `class` they are hoped for only."""

    name: str
    method: Literal["truncation", "forcing", "class"]
    effort: Literal["short", "normal", "long"]
    least: int
    most: int

    @property
    def enforced(self) -> tuple[int, int]:
        return (0, CAP) if self.method == "class" else (self.least, self.most)


class Generation(Record):
    """All tokens after the question: the thinking, END, and the answer."""

    tokens: tuple[int, ...]

    @property
    def thought(self) -> int:
        """Thinking tokens, those that were put there included; END is none."""
        return len(self.tokens) - 2

    @property
    def answer(self) -> int:
        return self.tokens[-1] - ANSWERS


def generate(model: Thinker, questions: Sequence[Question], setting: Setting) -> list[Generation]:
    """Greedily, all questions in step; what has ended leaves the batch."""
    effort = EFFORTS.index(setting.effort)
    least, most = setting.enforced
    numbers, tokens = np.arange(len(questions)), np.zeros((len(questions), 0), np.int64)
    said: dict[int, Generation] = {}
    while len(numbers):
        asked = [questions[int(each)] for each in numbers]
        following = model.scores(asked, effort, tokens)[:, :ANSWERS].argmax(axis=1)
        if tokens.shape[1] < least:
            following[following == END] = WAIT
        if tokens.shape[1] >= most:
            following[:] = END
        tokens = np.column_stack([tokens, following])
        ended = following == END
        if ended.any():
            scores = model.scores([questions[int(each)] for each in numbers[ended]], effort, tokens[ended])
            answers = scores[:, ANSWERS:].argmax(axis=1) + ANSWERS
            for number, thinking, answer in zip(numbers[ended], tokens[ended], answers, strict=True):
                said[int(number)] = Generation(tokens=(*map(int, thinking), int(answer)))
        numbers, tokens = numbers[~ended], tokens[~ended]
    return [said[number] for number in range(len(questions))]


def explains(model: Thinker, question: Question, setting: Setting, generation: Generation) -> bool:
    """Whether the model says just this under the setting, token by token, ties either way."""
    tokens = generation.tokens
    least, most = setting.enforced
    if not 2 <= len(tokens) <= most + 2 or not all(0 <= each < VOCABULARY for each in tokens):
        return False
    if tokens[-2] != END or END in tokens[:-2]:
        return False
    scores = model.window_scores(windows(question, EFFORTS.index(setting.effort), tokens))
    answers, thinking = scores[-1, ANSWERS:], scores[:-1, :ANSWERS]
    for thought, (token, row) in enumerate(zip(tokens[:-1], thinking, strict=True)):
        best = {int(each) for each in np.flatnonzero(row >= row.max() - NEAR)}
        if thought < least and END in best:
            best = best - {END} | {WAIT}
        if thought >= most:
            best = {END}
        if token not in best:
            return False
    return bool(tokens[-1] >= ANSWERS and answers[tokens[-1] - ANSWERS] >= answers.max() - NEAR)


def windows(question: Question, effort: int, tokens: Sequence[int]) -> Ints:
    """[len(tokens), 6]: what the model saw before each token."""
    history = [NOTHING, NOTHING, step_token(question.start, question.times), *tokens]
    rows = [
        (question.rule, effort, min(thought, len(tokens) - 2), *history[thought : thought + WINDOW])
        for thought in range(len(tokens))
    ]
    return np.array(rows, np.int64)
