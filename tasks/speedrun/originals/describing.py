"""A task with real scripts in words: for lists, for its page, and for the agent that works on it."""

from __future__ import annotations

from pathlib import Path

from .ladder import Original
from .rules import ARGUMENTS, OriginalRules


def words_for(place: str) -> str:
    """`record 12 of the main track`"""
    track, number = place.split(".", 1)
    if track == "retimed":
        return "record 21 of the main track, measured again"
    return f"record {number} of the {track} track" if track != "steps" else f"result {number} of track 3"


def title_of(original: Original, ranks: int) -> str:
    start, number = words_for(original.start), original.target_record
    return f"From {start} to {number}, on {ranks} GPU{'s' if ranks > 1 else ''}"


def purpose_of(original: Original) -> str:
    if original.metric == "steps":
        return f"Train a GPT to a loss of {original.target_loss:g} on FineWeb in fewer steps."
    return f"Train a GPT to a loss of {original.target_loss:g} on FineWeb in less time, by a real script."


def facts_of(original: Original, origin: str, data: Path) -> dict[str, str]:
    """Not the technique: that is what is to be found."""
    return {
        "start script": f"{words_for(original.start)}, from {origin}",
        "target date": original.date.isoformat() if original.date else "not known",
        "gap": f"{original.gap}, as upstream reports it",
        "timing": f"{original.timing.value}: what the printed clock leaves out",
        "shards": f"{original.shards} for training, in {data}",
    }


def fill(text: str, original: Original, rules: OriginalRules, has_arguments: bool) -> str:
    steps = original.metric == "steps"
    devices = f"{rules.ranks} GPUs" if rules.ranks > 1 else "one GPU"
    values = {
        "aim": "reach the same loss in fewer steps" if steps else "reach the same loss in less time",
        "start": words_for(original.start),
        "ranks": devices,
        "count": str(rules.ranks),
        "goal": (
            f"it reaches a loss of {rules.target_loss:g} nats a token in fewer training steps. Architecture, "
            "data and the 524,288 tokens of a step stay as they are; how long a step takes does not matter"
            if steps
            else f"it reaches a loss of {rules.target_loss:g} nats a token in less time"
        ),
        "arguments": f" with the words of `{ARGUMENTS}`, a list of strings" if has_arguments else "",
        "arguments_too": f", and `{ARGUMENTS}`" if has_arguments else "",
        "shards:06": f"{rules.shards:06d}",
        "minutes": f"{rules.seconds / 60:.0f}",
        "program_kilobytes": f"{rules.program_bytes // 1024}",
        "smoke_steps": f"{rules.smoke.steps}",
        "score": "the number of training steps" if steps else "the milliseconds of its clock",
        "target_loss": f"{rules.target_loss:g}",
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
