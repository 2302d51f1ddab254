"""Examination: two fresh processes answer for one language model; what comes out is its loss, or a breach."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.evaluation.answers import Answerer, ModelFile, open_answerer
from agentkit.evaluation.language_model import (
    Ask,
    Breach,
    LossRules,
    cut_windows,
    find_breach,
    loss_of,
    score_windows,
)

if TYPE_CHECKING:
    from agentkit.evaluation.answers import Logits
    from agentkit.evaluation.language_model import Windows


class Patience(Record):
    """Wall seconds that a process which answers may take."""

    load: float = 120.0
    """For its imports and load(checkpoint)."""
    answer: float = 120.0
    """For one request."""
    whole: float = 600.0
    """From its start to its end."""


@dataclass(frozen=True)
class Text:
    """`heldout` is never shown in an error message; `known` is what the candidate may have read anyway."""

    heldout: bytes
    known: bytes


@dataclass(frozen=True)
class Examined:
    """Nats a token; and the CPU seconds of the cheaper of the two processes, loading included."""

    loss: float
    cpu_seconds: float
    breach: Breach | None = None
    evidence: str = ""


async def examine_model(
    sandbox: Sandbox,
    folder: Path,
    model: ModelFile,
    environment: Environment,
    text: Text,
    rules: LossRules,
    patience: Patience,
) -> Examined:
    """Raises BadAnswer for a model that does not answer as agreed. The folder is not written to."""
    import numpy as np

    limits = environment.limits.model_copy(update={"seconds": patience.whole})
    environment = environment.model_copy(update={"limits": limits})
    windows, rehearsal = cut_windows(text.heldout, rules), cut_windows(text.known, rules)[: rules.batch]
    rng = np.random.default_rng(int.from_bytes(os.urandom(16)))
    answerers = []
    async with open_answerer(sandbox, folder, model, environment, load_seconds=patience.load) as first:
        answerers.append(first)
        await first.ask(rehearsal, rules.vocabulary, seconds=patience.answer, secret=False)
        scores = await score_windows(asking(first, rules, patience), windows, rules, rng)
    async with open_answerer(sandbox, folder, model, environment, load_seconds=patience.load) as second:
        answerers.append(second)
        await second.ask(rehearsal, rules.vocabulary, seconds=patience.answer, secret=False)
        ask = asking(second, rules, patience)
        breach = await find_breach(ask, text.heldout, windows, scores, rules, rng)
    cpu_seconds = min(each.result.cpu_seconds for each in answerers if each.result)
    return Examined(loss_of(scores), cpu_seconds, *(breach or (None, "")))


def asking(answerer: Answerer, rules: LossRules, patience: Patience) -> Ask:
    async def ask(tokens: Windows) -> Logits:
        return await answerer.ask(tokens, rules.vocabulary, seconds=patience.answer)

    return ask
