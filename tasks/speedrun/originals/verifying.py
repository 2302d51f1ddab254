"""The loss of a saved model, measured here: its answers for windows of the validation shard.

A process in a sandbox loads what the run saved and returns logits; the arithmetic is the harness's own. A
second process is asked for some of the windows with other text at their end: what it says before that must
be what the first one said, else it reads what it must not. The windows are a sample of the tokens that the
script validates on, so the figure has a standard error, and cannot tell 3.279 from 3.281. What it tells is
that there is a model, that this run saved it, and that its loss is the printed one within the error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate
from agentkit.evaluation.answers import Answerer, ModelFile, open_answerer
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.language_model import log_probabilities
from agentkit.evaluation.locked import is_plain, take_artefact

from ..training import lay_program
from .rules import SavedRules
from .shards import VALIDATION_TOKENS, read_shard

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Windows = NDArray[numpy.int64]
    """[K, T]"""
    Scores = NDArray[numpy.float64]
    """[K, T - 1]: log-probability of each next token, in nats."""

ANSWER, SAVED = "answer.py", "saved.pt"
DEFAULT = Path(__file__).with_name("saved_model.py")
SUFFIXES = (".pt", ".pth")
ERRORS = 4.0
"""Standard errors by which a printed loss may be off."""


@dataclass(frozen=True)
class Measured:
    """Nats a token, or why there is no figure; `breach`: the model reads ahead, or answers by chance."""

    loss: float = math.nan
    error: float = math.nan
    lack: str = ""
    breach: str = ""

    def disagrees(self, printed: float, rules: SavedRules) -> bool:
        return not abs(self.loss - printed) <= rules.apart + ERRORS * self.error


async def measure_saved(
    candidate: Candidate, work: Path, answering: Path, around: Environment, shard: Path, rules: SavedRules
) -> Measured:
    """`work`: where the run ended; `answering`: a new folder for the processes that answer."""
    name = find_saved(work)
    if name is None:
        return Measured(lack="it saved no model")
    lay_program(candidate.folder, answering)
    if lack := take_artefact(work, name, answering / SAVED, rules.bytes):
        return Measured(lack=lack)
    if not is_plain(answering / ANSWER):
        (answering / ANSWER).write_text(DEFAULT.read_text(encoding="utf-8"), encoding="utf-8")
    limits = around.limits.model_copy(update={"seconds": rules.seconds})
    # A GPU that is there may be timing another run just now, so who answers has none.
    variables = {**around.variables, "CUDA_VISIBLE_DEVICES": ""}
    update = {"limits": limits, "mounts": (), "variables": variables}
    environment = around.model_copy(update=update)
    windows = cut_windows(shard, rules)
    if len(windows) < 2:
        return Measured(lack=f"the validation shard has fewer than two windows of {rules.length} tokens")
    try:
        return await ask_twice(candidate, answering, environment, windows, rules)
    except BadAnswer as answer:
        return Measured(lack=answer.reason)


def find_saved(work: Path) -> str | None:
    """The newest file below the folder that looks like a model; links are not followed."""
    found = []
    for folder, folders, names in os.walk(work):
        folders[:] = [each for each in folders if not Path(folder, each).is_symlink()]
        found += [Path(folder, name) for name in names if name.endswith(SUFFIXES)]
    plain = [path for path in found if is_plain(path)]
    newest = max(plain, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    return newest.relative_to(work).as_posix() if newest else None


def cut_windows(shard: Path, rules: SavedRules) -> Windows:
    """Evenly spaced over the tokens that scripts validate on; fewer where there is no room for all."""
    import numpy as np

    tokens = read_shard(shard)[:VALIDATION_TOKENS]
    count = min(rules.windows, len(tokens) // rules.length)
    starts = [(len(tokens) - rules.length) * number // max(1, count - 1) for number in range(count)]
    rows = [np.asarray(tokens[start : start + rules.length], dtype=np.int64) for start in starts]
    return np.stack(rows) if rows else np.empty((0, rules.length), dtype=np.int64)


async def ask_twice(
    candidate: Candidate, folder: Path, environment: Environment, windows: Windows, rules: SavedRules
) -> Measured:
    """Raises BadAnswer."""
    import numpy as np

    random = np.random.default_rng(int.from_bytes(os.urandom(16)))
    model = ModelFile(ANSWER, SAVED)
    scores = np.empty((len(windows), rules.length - 1))
    order = random.permutation(len(windows))
    async with open_answerer(
        candidate.sandbox, folder, model, environment, load_seconds=rules.seconds
    ) as one:
        for rows in batches(order.tolist(), rules.batch):
            scores[rows] = await answers(one, windows[rows], windows[rows], rules)
    places = {int(row): int(random.integers(1, rules.length)) for row in order[: rules.checked]}
    most, gaps = 0.0, []
    async with open_answerer(
        candidate.sandbox, folder, model, environment, load_seconds=rules.seconds
    ) as two:
        for rows in batches(list(places), rules.batch):
            changed = windows[rows].copy()
            for line, row in zip(changed, rows, strict=True):
                line[places[row] :] = windows[random.integers(len(windows))][places[row] :]
            again = await answers(two, changed, windows[rows], rules)
            for line, row in zip(again, rows, strict=True):
                gap = np.abs(line - scores[row])[: places[row]]
                most = max(most, float(gap.max()))
                gaps.append(float(gap.mean()))
    means = scores.mean(axis=1)
    loss, error = float(-means.mean()), float(means.std(ddof=1) / math.sqrt(len(means)))
    breach = ""
    if most > rules.most or math.fsum(gaps) / len(gaps) > rules.mean:
        breach = f"answers changed by up to {most:.3f} nats where only later text was replaced"
    return Measured(loss, error, breach=breach)


def batches(rows: Sequence[int], size: int) -> list[list[int]]:
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]


async def answers(answerer: Answerer, asked: Windows, true: Windows, rules: SavedRules) -> Scores:
    """Log-probabilities of the true next tokens, given the tokens asked. [B, T - 1]"""
    import asyncio

    logits = await answerer.ask(asked, rules.vocabulary, seconds=rules.seconds)
    # The arithmetic takes a second; the screen and other workers go on meanwhile.
    return await asyncio.to_thread(log_probabilities, logits, true)  # type: ignore[arg-type]
