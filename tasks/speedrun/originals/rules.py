"""The rules of a task with a real script: what is launched, what it must reach, how long it may take."""

from __future__ import annotations

from agentkit.contracts.record import Record

from .printed import TimingRule

SCRIPT = "train.py"
ARGUMENTS = "arguments.json"
"""Words for the script's command line, where a record's script takes any: a list of strings."""


class SmokeRules(Record):
    """A few steps on made-up tokens, before anything that costs."""

    ranks: int = 1
    steps: int = 3
    """Training steps that have to be printed; then it is stopped, and has passed."""
    seconds: float = 2400.0
    """Wall clock until then: some scripts compile for a quarter of an hour."""
    shards: int = 3
    tokens: int = 12_000_000
    """In a shard for training. Loaders look for the beginnings of documents in the first six million."""
    validation_tokens: int = 12_000_000
    """Scripts validate before their first step, on 10,485,760 of them."""


class SavedRules(Record):
    """How the loss of a saved model is measured."""

    windows: int = 256
    """Of the validation shard, evenly spaced."""
    length: int = 1024
    batch: int = 1
    """Logits of one window are 206 MB."""
    vocabulary: int = 50257
    """Logits a token; a model with a padded head leaves the padding out."""
    checked: int = 16
    """Windows asked again with another end."""
    apart: float = 0.02
    """Nats by which a printed loss may be off beside the standard error: other windows, other precision."""
    most: float = 0.1
    """Nats by which one answer may differ where nothing it may see was changed: room for bfloat16."""
    mean: float = 0.01
    seconds: float = 3600.0
    """Wall clock of each of the two processes."""
    bytes: int = 16 * 1024**3
    """Of the file: model and optimizer."""


class OriginalRules(Record):
    """Every field decides a score, so all belong to the task's digest."""

    metric: str = "train_ms"
    target_loss: float
    """Nats a token at the last validation."""
    ranks: int
    on_gpus: bool = True
    """False: ranks on processors, for trying the machinery with a small script."""
    timing: TimingRule
    shards: int
    """For training, from the first one on."""
    seconds: float
    """Wall clock of the run: its start, compilation and validation included."""
    runs: int = 1
    """Of the same files; more where the score is a matter of their mean."""
    tokens_a_step: int | None = None
    """The fewest that a step of either end takes; None: it is not the same all through."""
    smoke: SmokeRules = SmokeRules()
    saved: SavedRules = SavedRules()
    program_bytes: int = 1024 * 1024
    """Of all Python files together."""
    printed_bytes: int = 64 * 1024**2
    """Of output that is read."""
