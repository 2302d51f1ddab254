"""Loss and breaches, with models that are a few lines of numpy: honest ones, and one for each trick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agentkit.evaluation.language_model import (
    Ask,
    LossRules,
    cut_windows,
    find_breach,
    log_probabilities,
    loss_of,
    score_windows,
)

Array = NDArray[np.float32]
Tokens = NDArray[np.uint8]
Model = Callable[[Tokens], Array]

RULES = LossRules(windows=24, length=64, batch=5, reach=32, checked=12, unchanged=4, far=4)
WORDS = [b"def ", b"return ", b"self.", b"None\n", b"    ", b"x = ", b"(a, b)", b"for i in range(9):\n"]
TEXT = b"".join(WORDS[index] for index in np.random.default_rng(3).integers(0, len(WORDS), 3000))


def base(tokens: Tokens) -> Array:
    """Depends on the present token, and a little on everything before: causal, with full reach."""
    batch, length = tokens.shape
    table = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    mean = np.cumsum(tokens, axis=1) / np.arange(1, length + 1)
    logits: Array = (table[tokens] + 0.05 * np.sin(mean)[..., None] * np.arange(256)).astype(np.float32)
    return logits


def peeking(tokens: Tokens) -> Array:
    """Gives each next token away, as far as it is in the window."""
    logits = base(tokens)
    rows, columns = np.indices((tokens.shape[0], tokens.shape[1] - 1))
    logits[rows, columns, tokens[:, 1:]] += 8
    return logits


def peeking_rarely(tokens: Tokens) -> Array:
    """The same, one place in eight."""
    honest, full = base(tokens), peeking(tokens)
    honest[:, ::8] = full[:, ::8]
    return honest


def peeking_at_the_end(tokens: Tokens) -> Array:
    """Every answer depends a little on the last token of the window."""
    shift = np.sin(tokens[:, -1:, None].astype(np.float32)) * np.arange(256) / 100
    logits: Array = (base(tokens) + shift).astype(np.float32)
    return logits


def forgetful(tokens: Tokens) -> Array:
    table = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    logits: Array = table[tokens]
    return logits


def batch_minded(tokens: Tokens) -> Array:
    """Counts over the whole batch: other windows tell it what is frequent."""
    counts = np.bincount(tokens.ravel(), minlength=256).astype(np.float32)
    logits: Array = base(tokens) + np.log1p(counts)
    return logits


def noisy_model() -> Model:
    rng = np.random.default_rng(1)
    return lambda tokens: base(tokens) + rng.normal(size=(*tokens.shape, 256)).astype(np.float32)


def learning_model() -> Model:
    """Remembers what it was asked before."""
    counts = np.zeros(256, dtype=np.float32)

    def answer(tokens: Tokens) -> Array:
        logits: Array = base(tokens) + np.log1p(counts)
        np.add.at(counts, tokens.ravel(), 1)
        return logits

    return answer


def rounded(tokens: Tokens) -> Array:
    """As a model in bfloat16 would: eight bits of mantissa, here rounded by chance between two values."""
    logits = base(tokens)
    step = np.abs(logits) / 256
    noise = np.random.default_rng(tokens.shape[0]).random(logits.shape) - 0.5
    low: Array = (logits + noise * step * 0.5).astype(np.float32)
    return low


def asking(model: Model) -> Ask:
    async def ask(tokens: Tokens) -> Array:
        return model(tokens)

    return ask


def examine(first: Model, second: Model, seed: int = 0) -> tuple[float, str, str]:
    async def both() -> tuple[float, str, str]:
        rng = np.random.default_rng(seed)
        windows = cut_windows(TEXT, RULES)
        scores = await score_windows(asking(first), windows, RULES, rng)
        breach = await find_breach(asking(second), TEXT, windows, scores, RULES, rng)
        return loss_of(scores), *(breach or ("", ""))

    return asyncio.run(both())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("model", [base, rounded])
def test_honest_models_pass(model: Model, seed: int) -> None:
    loss, breach, evidence = examine(model, model, seed)
    assert (breach, evidence) == ("", "")
    assert loss > 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("model", [peeking, peeking_rarely, peeking_at_the_end])
def test_a_model_that_reads_the_future_is_found(model: Model, seed: int) -> None:
    loss, breach, evidence = examine(model, model, seed)
    assert breach == "looks_ahead"
    assert "later text" in evidence
    if model is peeking:
        assert loss < examine(base, base)[0] - 1, "the trick does lower the loss, so the test has teeth"


def test_a_model_that_reads_one_token_ahead_differs_only_at_the_edge() -> None:
    _, _, evidence = examine(peeking, peeking)
    assert "at the last place before it" in evidence


def test_a_short_context_is_found() -> None:
    _, breach, evidence = examine(forgetful, forgetful)
    assert breach == "short_context"
    assert "32 tokens back" in evidence


@pytest.mark.parametrize("make", [noisy_model, learning_model, lambda: batch_minded])
def test_answers_that_depend_on_more_than_the_window_are_found(make: Callable[[], Model]) -> None:
    _, breach, _ = examine(make(), make())
    assert breach == "not_repeatable"


def test_the_second_round_holds_what_it_says() -> None:
    """The child cannot tell which window is which, but we can."""
    seen: list[Tokens] = []

    def spy(tokens: Tokens) -> Array:
        seen.append(tokens.copy())
        return base(tokens)

    examine(base, spy)
    rows = np.concatenate(seen)
    true = {window.tobytes() for window in cut_windows(TEXT, RULES)}
    assert len(rows) == RULES.unchanged + RULES.checked + RULES.far
    assert sum(row.tobytes() in true for row in rows) >= RULES.unchanged
    assert sum(row.tobytes() not in true for row in rows) >= RULES.checked
    assert all(bytes([byte]) in TEXT for byte in set(rows.ravel().tolist()))


@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(2, 5), st.floats(0.1, 50))
def test_log_probabilities_are_those_of_a_softmax(seed: int, batch: int, length: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    logits = (rng.normal(size=(batch, length, 256)) * size).astype(np.float32)
    tokens = rng.integers(0, 256, (batch, length)).astype(np.uint8)
    found = log_probabilities(logits, tokens)
    assert found.shape == (batch, length - 1) and found.dtype == np.float64
    for row in range(batch):
        for place in range(length - 1):
            values = logits[row, place].astype(np.float64)
            total = np.logaddexp.reduce(values)
            assert found[row, place] == pytest.approx(values[tokens[row, place + 1]] - total, abs=1e-9)
    assert (found <= 1e-12).all()


def test_a_model_that_knows_nothing_loses_log_256() -> None:
    zeros = np.zeros((2, 9, 256), dtype=np.float32)
    tokens = np.zeros((2, 9), dtype=np.uint8)
    assert loss_of(log_probabilities(zeros, tokens)) == pytest.approx(np.log(256))
    huge = zeros + np.float32(3e38)
    assert loss_of(log_probabilities(huge, tokens)) == pytest.approx(np.log(256))


@given(st.integers(130, 5000), st.integers(2, 40))
def test_windows_reach_from_the_first_byte_to_the_last(size: int, windows: int) -> None:
    rules = LossRules(windows=windows, length=64)
    text = bytes(index % 251 for index in range(size))
    cut = cut_windows(text, rules)
    assert cut.shape == (windows, 64)
    assert cut[0].tobytes() == text[:64] and cut[-1].tobytes() == text[-64:]
    assert all(row.tobytes() in text for row in cut)


def test_too_little_text_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        cut_windows(b"x" * 100, LossRules(length=64))
