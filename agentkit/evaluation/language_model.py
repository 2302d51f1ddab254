"""Language model: the loss of a model that only answers, and whether it looks where it must not.

The loss is the harness's own arithmetic in float64 on the logits that come back. Two processes answer:
the first the held-out windows as they are; the second, which cannot know what the first was asked, a
shuffled mix of changed windows. A window whose end was replaced must be answered as before up to there
(else the model reads the future); one whose far past was replaced must be answered differently (else it
does not use the context that the rules ask for); one that was not changed must be answered the same
(else an answer depends on chance, on other windows of its batch, or on what was asked before).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from agentkit.contracts.record import Record

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from agentkit.evaluation.answers import Logits

    Windows = NDArray[numpy.uint8]
    """[K, T]."""
    Scores = NDArray[numpy.float64]
    """[K, T - 1]: log-probability, in nats, of each next token of the true window."""

Ask = Callable[["Windows"], Awaitable["Logits"]]
"""Logits [B, T, V] for tokens [B, T]."""

Breach = Literal["not_repeatable", "looks_ahead", "short_context"]


class LossRules(Record):
    """How a loss is measured. Every field decides a score, so all belong to a task's digest."""

    windows: int = Field(default=128, ge=2)
    """K: evenly spaced over the held-out text."""
    length: int = Field(default=1024, ge=4)
    """T, in tokens; the first is only context."""
    batch: int = Field(default=16, ge=1)
    vocabulary: int = Field(default=256, ge=2, le=256)
    reach: int = Field(default=512, ge=1)
    """R: an answer must depend on what lies this many tokens back."""
    checked: int = Field(default=64, ge=1)
    """Windows answered again with another end."""
    unchanged: int = Field(default=8, ge=1)
    """Windows answered again as they are."""
    far: int = Field(default=8, ge=1)
    """Windows answered again with another far past."""
    most: float = 0.05
    """Nats by which one answer may differ where nothing it may see was changed: room for bfloat16."""
    mean: float = 0.005
    """The same on average; all that looking ahead could still gain."""
    least: float = 5e-4
    """Nats by which the last answers must differ, on average, where the far past was changed."""
    last: int = Field(default=8, ge=1)
    """How many answers at the end of a window count for that."""


@dataclass(frozen=True)
class Variant:
    """A window of the second round."""

    kind: Literal["unchanged", "end", "past"]
    index: int
    """Of the window it was made from."""
    place: int
    """`end`: the first replaced position. `past`: the first kept one."""


def cut_windows(text: bytes, rules: LossRules) -> Windows:
    """K windows [K, T], evenly spaced over all of the text. ValueError if it is too short."""
    import numpy as np

    data = np.frombuffer(text, dtype=np.uint8)
    room = len(data) - rules.length
    if room < rules.length:
        raise ValueError(f"{len(data)} bytes of text are too few for windows of {rules.length}")
    starts = [room * index // (rules.windows - 1) for index in range(rules.windows)]
    return np.stack([data[start : start + rules.length] for start in starts])


def log_probabilities(logits: Logits, tokens: Windows) -> Scores:
    """Of tokens[:, 1:] under logits[:, :-1]: [B, T - 1] in nats, computed in float64."""
    import numpy as np

    values = logits[:, :-1].astype(np.float64)
    values -= values.max(axis=-1, keepdims=True)
    total = np.log(np.exp(values).sum(axis=-1))
    chosen = np.take_along_axis(values, tokens[:, 1:, None].astype(np.int64), axis=-1)[..., 0]
    scores: Scores = chosen - total
    return scores


def loss_of(scores: Scores) -> float:
    """Mean cross entropy in nats a token."""
    return float(-scores.mean())


async def score_windows(ask: Ask, windows: Windows, rules: LossRules, rng: numpy.random.Generator) -> Scores:
    """The first round: every window once, in an order nobody can foresee."""
    import numpy as np

    scores = np.empty((len(windows), rules.length - 1), dtype=np.float64)
    order = rng.permutation(len(windows))
    for start in range(0, len(order), rules.batch):
        rows = order[start : start + rules.batch]
        logits = await ask(windows[rows])
        # A hundred milliseconds of arithmetic should not stop the screen and the other workers.
        scores[rows] = await asyncio.to_thread(log_probabilities, logits, windows[rows])
    return scores


def make_variants(
    text: bytes, windows: Windows, rules: LossRules, rng: numpy.random.Generator
) -> tuple[list[Variant], Windows]:
    """The second round's windows, shuffled. What is put in is other text of the same kind."""
    import numpy as np

    data = np.frombuffer(text, dtype=np.uint8)
    count, length = windows.shape
    kept = max(1, length - rules.reach)
    variants = [
        *(Variant("unchanged", int(index), 0) for index in pick(rng, count, rules.unchanged)),
        *(
            Variant("end", int(index), int(rng.integers(1, length)))
            for index in pick(rng, count, rules.checked)
        ),
        *(Variant("past", int(index), kept) for index in pick(rng, count, rules.far)),
    ]
    variants = [variants[index] for index in rng.permutation(len(variants))]
    changed = windows[[each.index for each in variants]]
    for row, each in zip(changed, variants, strict=True):
        start = int(rng.integers(0, len(data) - length))
        other = data[start : start + length]
        if each.kind == "end":
            row[each.place :] = other[each.place :]
        elif each.kind == "past":
            row[: each.place] = other[: each.place]
    return variants, changed


def pick(rng: numpy.random.Generator, count: int, wanted: int) -> list[int]:
    return [int(each) for each in rng.choice(count, size=min(count, wanted), replace=False)]


async def find_breach(
    ask: Ask, text: bytes, windows: Windows, first: Scores, rules: LossRules, rng: numpy.random.Generator
) -> tuple[Breach, str] | None:
    """The second round, asked of a fresh process; None: nothing is wrong. The text says what was seen."""
    import numpy as np

    variants, changed = make_variants(text, windows, rules, rng)
    second = np.empty((len(variants), rules.length - 1), dtype=np.float64)
    for start in range(0, len(variants), rules.batch):
        rows = slice(start, start + rules.batch)
        logits = await ask(changed[rows])
        # The true next tokens, not the ones put in: only so can the two answers be compared.
        true = windows[[each.index for each in variants[rows]]]
        second[rows] = await asyncio.to_thread(log_probabilities, logits, true)
    difference = first[[each.index for each in variants]] - second
    return judge_differences(variants, difference, rules)


def judge_differences(
    variants: list[Variant], difference: Scores, rules: LossRules
) -> tuple[Breach, str] | None:
    """`difference` [rows, T - 1]: first round minus second, in nats; a gain of the first is positive."""
    import numpy as np

    def rows(kind: str) -> list[int]:
        return [row for row, each in enumerate(variants) if each.kind == kind]

    same = np.abs(difference[rows("unchanged")])
    if same.max() > rules.most or same.mean() > rules.mean:
        return "not_repeatable", (
            "the same text was answered differently by two processes, "
            f"by up to {same.max():.3f} nats: answers must depend on the window alone"
        )
    before = [difference[row, : variants[row].place] for row in rows("end")]
    seen = np.abs(np.concatenate(before))
    edge = float(np.mean([each[-1] for each in before]))
    if seen.max() > rules.most or seen.mean() > rules.mean or edge > rules.mean:
        return "looks_ahead", (
            f"answers changed when only later text was replaced: by up to {seen.max():.3f} nats, "
            f"{seen.mean():.4f} on average, {edge:.4f} at the last place before it"
        )
    far = float(np.abs(difference[rows("past"), -rules.last :]).mean())
    if far < rules.least:
        return "short_context", (
            f"replacing all text more than {rules.reach} tokens back changed the last answers by only "
            f"{far:.2g} nats: the model that is measured must use at least that much context"
        )
    return None
