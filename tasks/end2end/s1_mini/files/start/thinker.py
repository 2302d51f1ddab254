"""A tiny language model that thinks step by step, and often stops too early. Locked: use it as it is.

A question: take a symbol (0 to 9) and apply one of 24 rules to it, so many times in a row; each rule is a
shuffling of the ten symbols. The model thinks aloud, a token a step, then says END and an answer:

    rule 7, start 3, 4 times:  (8, 3 to go) (1, 2 to go) (5, 1 to go) (3, 0 to go) END answer 3

It learnt from a teacher of little patience, which ends after about 3, 6 or 9 tokens (effort short, normal,
long) however much is left to do. Where a trace went on after all, there is WAIT in the place of the END.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Floats = NDArray[np.float32]

SYMBOLS, RULES, MOST_TIMES = 10, 24, 12
EFFORTS = ("short", "normal", "long")
PATIENCE = (3, 6, 9)
CAP = 24
"""Thinking tokens after which every generation is ended, whatever its setting."""

STEPS = SYMBOLS * (MOST_TIMES + 1)
"""Tokens below are steps: a symbol, and how many times are still to go."""
NOTHING, WAIT, END, ANSWERS = STEPS, STEPS + 1, STEPS + 2, STEPS + 3
"""NOTHING pads a window; ANSWERS + s says that the answer is the symbol s."""
VOCABULARY = ANSWERS + SYMBOLS
WINDOW = 3
"""Tokens that the model looks back."""
SHUFFLES = np.stack([np.random.default_rng(5 + rule).permutation(SYMBOLS) for rule in range(RULES)])


@dataclass(frozen=True)
class Question:
    """`rule` applied to `start` so many `times` (2 to 12)."""

    rule: int
    start: int
    times: int


def all_questions(held_out: bool) -> list[Question]:
    """Those that no training trace begins with (one in five), or the others."""
    everything = [
        Question(rule, start, times)
        for rule in range(RULES)
        for start in range(SYMBOLS)
        for times in range(2, MOST_TIMES + 1)
    ]
    chosen = np.random.default_rng(11).random(len(everything)) < 0.2
    return [each for each, out in zip(everything, chosen, strict=True) if bool(out) is held_out]


def solve(question: Question) -> int:
    symbol = question.start
    for _ in range(question.times):
        symbol = int(SHUFFLES[question.rule, symbol])
    return symbol


def step_token(symbol: int, left: int) -> int:
    return symbol * (MOST_TIMES + 1) + left


def word(token: int) -> str:
    """A token as a reader sees it."""
    if token < STEPS:
        return f"({token // (MOST_TIMES + 1)}, {token % (MOST_TIMES + 1)} to go)"
    return {NOTHING: "-", WAIT: "WAIT", END: "END"}.get(token, f"answer {token - ANSWERS}")


class Thinker:
    """A window model: two layers over the embedded rule, effort, position and last three tokens."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, path: Path) -> Thinker:
        with np.load(path) as file:
            return cls({name: file[name] for name in file.files})

    def scores(self, questions: Sequence[Question], effort: int, tokens: Ints) -> Floats:
        """[n, VOCABULARY] for what comes next. `tokens`: [n, t], all that was generated so far, the same
        number for each question. After END, the best of the last SYMBOLS scores is the answer."""
        first = [[NOTHING, NOTHING, step_token(each.start, each.times)] for each in questions]
        history = np.concatenate([np.array(first), tokens], axis=1)
        thought = tokens.shape[1] - (tokens[:, -1] == END if tokens.shape[1] else 0)
        columns = np.empty((len(questions), 3 + WINDOW), np.int64)
        columns[:, 0] = [each.rule for each in questions]
        columns[:, 1], columns[:, 2] = effort, thought
        columns[:, 3:] = history[:, -WINDOW:]
        return self.window_scores(columns)

    def window_scores(self, columns: Ints) -> Floats:
        """`columns`: [n, 6] rule, effort, thinking tokens so far, the three last tokens, newest last."""
        return self.forward(columns)[0]

    def forward(self, columns: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """The scores, and the layers below them: features, first and second hidden layer."""
        weights = self.weights
        inside = np.concatenate([weights[name][rows] for name, rows in lookups(columns)], axis=1)
        first = np.maximum(inside @ weights["first"] + weights["first_bias"], 0)
        second = np.maximum(first @ weights["second"] + weights["second_bias"], 0)
        symbols, left = second @ weights["to_symbol"], second @ weights["to_left"]
        steps = (symbols[:, :, None] + left[:, None, :]).reshape(len(columns), STEPS)
        never = np.full((len(columns), 1), -1e9, np.float32)
        return np.concatenate([steps, never, second @ weights["to_other"]], axis=1), inside, first, second


def lookups(columns: Ints) -> list[tuple[str, Ints]]:
    """Name of a table and the rows to take from it, for each part of the features."""
    found: list[tuple[str, Ints]] = [("rule", columns[:, 0]), ("effort", columns[:, 1])]
    found.append(("position", np.minimum(columns[:, 2], CAP)))
    for token in columns[:, 3:].T:
        step = token < STEPS
        kind = np.clip(token - STEPS, 0, 2)
        found.append(("symbol", np.where(step, token // (MOST_TIMES + 1), SYMBOLS + kind)))
        found.append(("left", np.where(step, token % (MOST_TIMES + 1), MOST_TIMES + 1)))
    return found


def first_weights(rng: np.random.Generator, hidden: int = 128) -> dict[str, Floats]:
    tables = {"rule": (RULES, 32), "effort": (3, 8), "position": (CAP + 1, 8)}
    tables |= {"symbol": (SYMBOLS + 3, 24), "left": (MOST_TIMES + 2, 8)}
    width = 32 + 8 + 8 + WINDOW * (24 + 8)
    layers = {"first": (width, hidden), "second": (hidden, hidden), "to_symbol": (hidden, SYMBOLS)}
    layers |= {"to_left": (hidden, MOST_TIMES + 1), "to_other": (hidden, 2 + SYMBOLS)}
    drawn = {name: 0.5 * rng.standard_normal(shape) for name, shape in tables.items()}
    drawn |= {name: rng.standard_normal(shape) / shape[0] ** 0.5 for name, shape in layers.items()}
    drawn |= {name: np.zeros(hidden) for name in ("first_bias", "second_bias")}
    return {name: value.astype(np.float32) for name, value in drawn.items()}


def teach(rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Windows [n, 6] and the token that followed each, from so many traces of the teacher."""
    pool = all_questions(held_out=False)
    chosen = [pool[each] for each in rng.integers(0, len(pool), count)]
    rule = np.array([each.rule for each in chosen])
    symbol, left = np.array([each.start for each in chosen]), np.array([each.times for each in chosen])
    effort = rng.integers(0, 3, count)
    patience = np.array(PATIENCE)[effort] + rng.integers(-1, 2, count)
    history = [np.full(count, NOTHING), np.full(count, NOTHING), step_token(symbol, left)]
    windows: list[Ints] = []
    following: list[Ints] = []
    alive, waited = np.ones(count, bool), np.zeros(count, bool)
    for position in range(CAP + 2):
        stop = ((position >= patience) | (left == 0)) & ~waited
        # Some are cut short, so that an answer has been learnt from wherever a thought may be ended.
        cut = (rng.random(count) < 0.06) & ~stop & (position > 0)
        goes_on = stop & (rng.random(count) < 0.75)
        walks = ~stop & ~cut
        after = np.where(left > 0, SHUFFLES[rule, symbol], symbol)
        symbol, left = np.where(walks, after, symbol), np.where(walks, np.maximum(left - 1, 0), left)
        said = np.where(goes_on, WAIT, np.where(walks, step_token(symbol, left), END))
        fixed = [rule, effort, np.full(count, position)]
        shown = alive & ~cut
        windows.append(np.stack([*fixed, *history[-WINDOW:]], axis=1)[shown])
        # Where the teacher would have ended, ending is what is learnt, even if the trace goes on.
        following.append(np.where(stop, END, said)[shown])
        history.append(said)
        ended = alive & (said == END)
        windows.append(np.stack([*fixed, *history[-WINDOW:]], axis=1)[ended])
        following.append((ANSWERS + symbol)[ended])
        alive, waited = alive & ~ended, goes_on
    return np.concatenate(windows), np.concatenate(following)


def gradients(model: Thinker, columns: Ints, wanted: Ints) -> dict[str, Floats]:
    """Of the mean cross-entropy, by the name of each weight."""
    weights, count = model.weights, len(columns)
    scores, inside, first, second = model.forward(columns)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    odds[np.arange(count), wanted] -= 1
    odds /= count
    steps = odds[:, :STEPS].reshape(count, SYMBOLS, MOST_TIMES + 1)
    heads = {"to_symbol": steps.sum(axis=2), "to_left": steps.sum(axis=1), "to_other": odds[:, NOTHING + 1 :]}
    found = {name: second.T @ value for name, value in heads.items()}
    back = sum((value @ weights[name].T for name, value in heads.items()), np.float32(0)) * (second > 0)
    found |= {"second": first.T @ back, "second_bias": back.sum(axis=0)}
    back = (back @ weights["second"].T) * (first > 0)
    found |= {"first": inside.T @ back, "first_bias": back.sum(axis=0)}
    back = back @ weights["first"].T
    column = 0
    for name, rows in lookups(columns):
        width = weights[name].shape[1]
        marks = np.zeros((len(weights[name]), count), np.float32)
        marks[rows, np.arange(count)] = 1
        found[name] = found.get(name, np.float32(0)) + marks @ back[:, column : column + width]
        column += width
    return found


def train(seed: int = 42, count: int = 12_000, epochs: int = 6, batch: int = 1024) -> Thinker:
    """Adam with a rate that rises briefly and then falls to nearly nothing; about five seconds."""
    rng = np.random.default_rng(seed)
    windows, following = teach(rng, count)
    model = Thinker(first_weights(rng))
    means = {name: np.zeros_like(value) for name, value in model.weights.items()}
    squares = {name: np.zeros_like(value) for name, value in model.weights.items()}
    number, whole = 0, epochs * (len(windows) // batch)
    for _ in range(epochs):
        order = rng.permutation(len(windows))
        for begin in range(0, len(windows) - batch + 1, batch):
            part = order[begin : begin + batch]
            number += 1
            rate = 0.004 * min(1.0, number / 50) * (0.02 + 0.98 * (1 - number / whole))
            for name, slope in gradients(model, windows[part], following[part]).items():
                means[name] += 0.1 * (slope - means[name])
                squares[name] += 0.02 * (slope**2 - squares[name])
                size = np.sqrt(squares[name] / (1 - 0.98**number)) + 1e-8
                model.weights[name] -= (rate / (1 - 0.9**number)) * means[name] / size
    return model


if __name__ == "__main__":
    np.savez(sys.argv[1], **train().weights)
