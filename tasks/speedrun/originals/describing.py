"""A task with real scripts in words: for lists, for its page, and for the agent that works on it."""

from __future__ import annotations

import math
from pathlib import Path

from .ladder import Original
from .rules import ARGUMENTS, OriginalRules


def words_for(place: str) -> str:
    """`record 12 of the main track`"""
    track, number = place.split(".", 1)
    if track == "retimed":
        return "record 21 of the main track, measured again"
    return f"record {number} of the {track} track" if track != "steps" else f"result {number} of track 3"


def title_of(original: Original, ranks: int, horizon: float = 1.0) -> str:
    start, number = words_for(original.start), original.target_record
    steps = f", at {horizon:g} of the steps" if horizon < 1 else ""
    return f"From {start} to {number}, on {ranks} GPU{'s' if ranks > 1 else ''}{steps}"


def purpose_of(original: Original, horizon: float = 1.0) -> str:
    loss = f"a loss of {original.target_loss:g}" if horizon == 1 else "the loss of a shorter training"
    if original.metric == "steps":
        return f"Train a GPT to {loss} on FineWeb in fewer steps."
    return f"Train a GPT to {loss} on FineWeb in less time, by a real script."


def facts_of(original: Original, origin: str, data: Path, shards: int) -> dict[str, str]:
    """Not the technique: that is what is to be found."""
    return {
        "start script": f"{words_for(original.start)}, from {origin}",
        "target date": original.date.isoformat() if original.date else "not known",
        "gap": f"{original.gap}, as upstream reports it",
        "timing": f"{original.timing.value}: what the printed clock leaves out",
        "shards": f"{shards} for training, in {data}",
    }


def fill(
    text: str, original: Original, rules: OriginalRules, has_arguments: bool, horizon: float = 1.0
) -> str:
    steps = original.metric == "steps"
    loss = loss_of(rules)
    devices = f"{rules.ranks} GPUs" if rules.ranks > 1 else "one GPU"
    part = f", with {horizon:g} of its steps" if horizon < 1 else ""
    values = {
        "aim": "reach the same loss in fewer steps" if steps else "reach the same loss in less time",
        "start": words_for(original.start) + part,
        "ranks": devices,
        "count": str(rules.ranks),
        "goal": f"it reaches a loss of {loss} nats a token in less time"
        if not steps
        else GOAL_OF_STEPS.format(loss),
        "arguments": f" with the words of `{ARGUMENTS}`, a list of strings" if has_arguments else "",
        "arguments_too": f", and `{ARGUMENTS}`" if has_arguments else "",
        "shards:06": f"{rules.shards:06d}",
        "minutes": f"{rules.seconds / 60:.0f}",
        "program_kilobytes": f"{rules.program_bytes // 1024}",
        "smoke_steps": f"{rules.smoke.steps}",
        "score": (SCORE_OF_STEPS if steps else SCORE_OF_TIME).format(loss=loss, runs=rules.runs),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def loss_of(rules: OriginalRules) -> str:
    return f"{rules.target_loss:g}" if math.isfinite(rules.target_loss) else "that is not measured yet"


GOAL_OF_STEPS = (
    "it reaches a loss of {} nats a token in fewer training steps. Architecture, data and the 524,288 tokens "
    "of a step stay as they are, and each step has one forward and one backward pass; how long it takes does "
    "not matter. Classes of the model, `norm`, the loader, `batch_size`, `val_tokens` and the call of `GPT` "
    "have to stay as they are written"
)
SCORE_OF_TIME = """\
The **score** is the milliseconds of its clock,
   as it prints it at its last validation. Lower is better. A run is **valid if its loss there is at most
   {loss}**."""
SCORE_OF_STEPS = """\
It is made {runs} times, all to their end. The **score**
   is the earliest step that every run validated and at which **({loss} - mean loss) * sqrt({runs}) is at
   least 0.004**: validate as often as you like near the end. Lower is better; without such a step it is
   invalid. No run may decide by its own loss when it ends."""
